//go:build unix

package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/command/sweep"
)

// outcomes are what a run said, and what it came to.
type outcomes struct {
	Summary
	list []*Outcome
	err  error
}

// plan makes a plan of a command and one list.
func plan(t *testing.T, text string, values ...string) *Plan {
	t.Helper()
	c, err := command.Parse(text, command.Auto)
	if err != nil {
		t.Fatal(err)
	}
	s := &sweep.Sweep{}
	if err := s.Add(values); err != nil {
		t.Fatal(err)
	}
	return &Plan{Template: c, Sweep: s, Slots: 2, Keep: 1 << 16, Grace: time.Minute, Environ: os.Environ()}
}

func numbers(n int) (values []string) {
	for i := range n {
		values = append(values, strconv.Itoa(i))
	}
	return values
}

// run runs a plan.
func run(t *testing.T, p *Plan) (o outcomes) {
	t.Helper()
	return runWith(t.Context(), t, p)
}

func runWith(ctx context.Context, t *testing.T, p *Plan) (o outcomes) {
	t.Helper()
	if p.Ended == nil {
		p.Ended = func(one *Outcome) error {
			o.list = append(o.list, one)
			return nil
		}
	}
	r, err := New(*p)
	if err != nil {
		t.Fatal(err)
	}
	o.Summary, o.err = r.Run(ctx)
	p.Ended = nil
	return o
}

// stdout is what all tasks have printed, in the order in which they were given.
func (o outcomes) stdout() string {
	var b strings.Builder
	for _, one := range o.list {
		b.Write(one.Stdout)
	}
	return b.String()
}

func TestEachTaskRunsOnce(t *testing.T) {
	o := run(t, plan(t, "printf %s. {}", numbers(200)...))
	seen := map[int64]bool{}
	for _, one := range o.list {
		if want := fmt.Sprintf("%d.", one.Task-1); string(one.Stdout) != want || !one.OK() || seen[one.Task] || one.Attempts != 1 {
			t.Errorf("%+v, want %s", one, want)
		}
		seen[one.Task] = true
	}
	if len(seen) != 200 || o.Done != 200 || o.Failed+o.NotRun+o.Earlier != 0 || o.err != nil {
		t.Errorf("%d tasks, %+v, %v", len(seen), o.Summary, o.err)
	}
}

func TestOrderIsKept(t *testing.T) {
	dir := t.TempDir()
	// The first task waits for the last.
	p := plan(t, "if [ {} = 0 ]; then until [ -e "+dir+"/19 ]; do sleep 0.01; done; fi; : > "+dir+"/{}; printf %s, {}", numbers(20)...)
	p.KeepOrder = true
	want := strings.Join(numbers(20), ",") + ","
	if o := run(t, p); o.stdout() != want || o.err != nil {
		t.Errorf("%q %v, want %q", o.stdout(), o.err, want)
	}
	p.Archive = openArchive(t, filepath.Join(dir, "j"))
	if o := run(t, p); o.stdout() != want || o.err != nil {
		t.Errorf("with a journal: %q %v", o.stdout(), o.err)
	}
	if o := run(t, p); o.stdout() != want && o.err == nil {
		t.Errorf("again: %q %v", o.stdout(), o.err)
	}
}

func openArchive(t *testing.T, path string) *archive.Archive {
	t.Helper()
	a, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestTheJournalLeavesOutWhatIsDone(t *testing.T) {
	dir := t.TempDir()
	log, input := filepath.Join(dir, "log"), filepath.Join(dir, "input")
	write(t, input, "a")
	again := func(values []string, change func(*Plan)) outcomes {
		a, err := archive.Open(filepath.Join(dir, "j"))
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		p := plan(t, "echo {} >> "+log+"; echo {}; [ {} != bad ]", values...)
		p.Archive = a
		p.Inputs = []command.Text{command.ParseText(input)}
		if change != nil {
			change(p)
		}
		return run(t, p)
	}
	for _, step := range []struct {
		name    string
		values  []string
		change  func(*Plan)
		ran     int
		earlier int64
	}{
		{"the first time", []string{"x", "x", "y", "bad"}, nil, 4, 0},
		{"again, with what failed", []string{"x", "x", "y", "bad"}, nil, 1, 3},
		{"one more of the same", []string{"x", "x", "x", "y"}, nil, 1, 3},
		{"another order", []string{"y", "z", "x"}, nil, 1, 2},
		{"all once more", []string{"y", "z"}, func(p *Plan) { p.Rerun = true }, 2, 0},
		{"another variable", []string{"y"}, func(p *Plan) { p.Env = []Variable{{"A", command.ParseText("1")}} }, 1, 0},
		{"with the content of a file", []string{"y"}, func(p *Plan) { p.Content = true }, 1, 0},
		{"and another content", []string{"y"}, func(p *Plan) { p.Content = true; write(t, input, "b") }, 1, 0},
		{"and the same", []string{"y"}, func(p *Plan) { p.Content = true; write(t, input, "a") }, 0, 1},
	} {
		os.Remove(log)
		o := again(step.values, step.change)
		ran, _ := os.ReadFile(log)
		if got := strings.Count(string(ran), "\n"); got != step.ran || o.Earlier != step.earlier || o.err != nil || len(o.list) != len(step.values) {
			t.Errorf("%s: %d ran, %+v, %v; want %d and %d", step.name, got, o.Summary, o.err, step.ran, step.earlier)
		}
		for _, one := range o.list {
			if want := one.Args[0] + "\n"; string(one.Stdout) != want {
				t.Errorf("%s: task %d printed %q, want %q", step.name, one.Task, one.Stdout, want)
			}
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRetries(t *testing.T) {
	dir := t.TempDir()
	p := plan(t, "echo x >> "+dir+"/{}; [ $(wc -l < "+dir+"/{}) -ge {} ]", "1", "3", "9")
	p.Retries = 2
	o := run(t, p)
	attempts := map[int64]int{}
	for _, one := range o.list {
		attempts[one.Task] = one.Attempts
	}
	if want := map[int64]int{1: 1, 2: 3, 3: 3}; fmt.Sprint(attempts) != fmt.Sprint(want) || o.Done != 2 || o.Failed != 1 || o.Retried != 4 {
		t.Errorf("%v, want %v; %+v", attempts, want, o.Summary)
	}
}

func TestHaltStopsARun(t *testing.T) {
	for text, want := range map[string]struct {
		slots          int
		failed, notRun int64
	}{
		"soon,fail=1": {1, 1, 99}, "now,fail=1": {2, 1, 99},
	} {
		p := plan(t, "if [ {} = 0 ]; then exit 1; fi; sleep 1000", numbers(100)...)
		p.Slots = want.slots
		var err error
		if p.Halt, err = ParseHalt(text); err != nil {
			t.Fatal(err)
		}
		if o := run(t, p); o.err != nil || !o.Halted || o.Failed != want.failed || o.NotRun != want.notRun || len(o.list) != 1 {
			t.Errorf("%s: %+v %v, %d outcomes", text, o.Summary, o.err, len(o.list))
		}
	}
}

func TestTheEndOfTheContextStopsTheRun(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	p := plan(t, "[ {} = 0 ] || sleep 1000", numbers(100)...)
	p.KeepOrder = true
	var ended int
	p.Ended = func(*Outcome) error {
		ended++
		cancel(gone)
		return nil
	}
	if o := runWith(ctx, t, p); !errors.Is(o.err, gone) || o.Done != 1 || o.NotRun != 99 || ended != 1 {
		t.Errorf("%+v %v, %d outcomes", o.Summary, o.err, ended)
	}
}

func TestAnErrorOfEndedStopsTheRun(t *testing.T) {
	full := errors.New("the disk is full")
	p := plan(t, "[ {} = 0 ] || sleep 1000", numbers(100)...)
	p.Ended = func(*Outcome) error { return full }
	if o := runWith(t.Context(), t, p); !errors.Is(o.err, full) {
		t.Errorf("%+v %v", o.Summary, o.err)
	}
}

func TestFilesOfOutput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "out")
	p := plan(t, "echo {}; [ {} = a ] || echo no >&2", "a", "b")
	p.Files = dir
	o := run(t, p)
	if o.err != nil || o.Done != 2 {
		t.Fatalf("%+v %v", o.Summary, o.err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Name()+"="+strings.TrimSpace(string(text)))
	}
	if want := []string{"1.out=a", "2.err=no", "2.out=b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p.Files = filepath.Join(filepath.Dir(dir), "file", "out")
	if o := run(t, p); o.err == nil {
		t.Error("output went into a folder below a file")
	}
}

func TestSurroundings(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "in"), "in "+name)
	}
	p := plan(t, `printf '%s|%s|%s|%s|' "$V" "$BRAID_TASK" "$BRAID_SLOT" "${PWD##*/}"; cat; : {}`, "a", "b", "c")
	p.Slots = 1
	cwd, in := command.ParseText(dir+"/{}"), command.ParseText(dir+"/{}/in")
	p.Dir, p.Stdin = &cwd, &in
	p.Environ = append(p.Environ, "V=old", "BRAID_TASK=7")
	p.Env = []Variable{{"V", command.ParseText("<{}>")}}
	o := run(t, p)
	if want := "<a>|1|1|a|in a<b>|2|1|b|in b"; o.stdout() != want || o.err != nil || o.Failed != 1 {
		t.Errorf("%q %v, want %q", o.stdout(), o.err, want)
	}
	only := plan(t, "cat", "a", "b")
	only.Stdin, only.KeepOrder = &in, true
	if o := run(t, only); o.stdout() != "in ain b" || o.err != nil {
		t.Errorf("a command without fields: %q %v", o.stdout(), o.err)
	}
	p.Stdin = nil
	o = run(t, p)
	if last := o.list[2]; last.Why != process.NotStarted || last.Err == nil || !strings.Contains(last.Err.Error(), "the folder to run in") {
		t.Errorf("%+v", last)
	}
}

func TestProgramsAreLookedForBeforeAnythingRuns(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plain"), "hello")
	for text, want := range map[string]string{
		"no-such-program {}": "in no folder of PATH",
		dir + "/nothing {}":  "no such file",
		dir + "/plain {}":    "not executable",
		dir + " {}":          "folder",
		"{}/no-such-program": "task 1",
		"echo {2}":           "no more than 1",
		"true":               "no field",
	} {
		if _, err := New(*plan(t, text, "a")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	o := run(t, plan(t, script+" {}", "a"))
	if len(o.list) != 1 || o.list[0].Why != process.NotStarted || !strings.Contains(o.list[0].Err.Error(), "interpreter") {
		t.Errorf("%+v", o.list)
	}
}

func TestLinesComeWhileATaskRuns(t *testing.T) {
	dir := t.TempDir()
	go_ := filepath.Join(dir, "go")
	p := plan(t, "echo one; until [ -e "+go_+" ]; do sleep 0.01; done; echo two; printf {}", "x")
	var live string
	p.Live = func(task int64, stream int, text []byte) {
		live += fmt.Sprintf("%d/%d %s", task, stream, text)
		write(t, go_, "")
	}
	o := run(t, p)
	if len(o.list) != 1 || o.err != nil {
		t.Fatalf("%+v %v", o.list, o.err)
	}
	if got := live + string(o.list[0].Rest[0]); got != "1/0 one\ntwo\nx" && got != "1/0 one\n1/0 two\nx" {
		t.Errorf("%q", got)
	}
}

func TestEndlessOutputIsCut(t *testing.T) {
	p := plan(t, "head -c 3000000 /dev/zero; echo {}", "end")
	o := run(t, p)
	one := o.list[0]
	if len(one.Stdout) > int(p.Keep)+100 || one.Cut != 3000004-p.Keep || !strings.HasSuffix(string(one.Stdout), "\x00end\n") || o.Cut != one.Cut {
		t.Errorf("%d bytes kept, %d cut", len(one.Stdout), one.Cut)
	}
}

func TestANamedPipeAsInputKeepsToTheTimeLimit(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := plan(t, "cat {}", "-")
	in := command.ParseText(pipe)
	p.Stdin, p.Time = &in, 20*time.Millisecond
	o := run(t, p)
	if o.err != nil || o.Failed != 1 || o.list[0].Why != process.TimeLimit {
		t.Errorf("%v, %+v", o.err, o.list)
	}
	p.Time = 0
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if o := runWith(ctx, t, p); !errors.Is(o.err, context.Canceled) || o.NotRun != 1 {
		t.Errorf("cancelled: %v, %+v", o.err, o.Summary)
	}
}

func TestOutputThatCannotBeReadIsAFailure(t *testing.T) {
	c, err := process.NewCapture(1<<10, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	o := &Outcome{Task: 1}
	o.keep(c, false)
	if o.OK() || o.Why != process.NotKept || o.Err == nil {
		t.Errorf("%+v", o)
	}
	killed := &Outcome{Result: process.Result{Code: -1, Signal: 9}}
	if killed.keep(c, false); killed.Why != "" || killed.Err == nil {
		t.Errorf("%+v", killed)
	}
}
