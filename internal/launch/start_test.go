//go:build unix

package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func look(t *testing.T, o Options) sight {
	t.Helper()
	o.Count, o.Payload = 1, []byte("see")
	g, lines := start(t, o)
	c := g.Processes()[0].Wait()
	var s sight
	if err := json.Unmarshal([]byte(<-lines), &s); err != nil || !c.OK() {
		t.Fatalf("%v, %v", err, c)
	}
	if s.Pid != c.Pid {
		t.Errorf("pid %d, certificate says %d", s.Pid, c.Pid)
	}
	return s
}

func TestAWorkerSeesAPlainProcess(t *testing.T) {
	s := look(t, Options{})
	if s.Role != "agent" || s.Number != 0 {
		t.Errorf("started as agent 0, sees %q %d", s.Role, s.Number)
	}
	if !slices.Equal(s.Args, os.Args) {
		t.Errorf("arguments %q, those of the first process are %q", s.Args, os.Args)
	}
	if s.Marker != "" || s.Input != "" {
		t.Errorf("marker %q and standard input %q are left for tasks to see", s.Marker, s.Input)
	}
	if s.Group != s.Pid {
		t.Errorf("process %d is in group %d: Ctrl-C would reach it", s.Pid, s.Group)
	}
	if runtime.GOOS == "linux" {
		if want := filepath.Base(os.Args[0]); s.Name != want[:min(len(want), 15)] {
			t.Errorf("top shows %q, want %q", s.Name, want)
		}
		if len(s.Fds) > 12 {
			t.Errorf("the worker has open files of others: %q", s.Fds)
		}
	}
}

func TestOptionsReachTheProcess(t *testing.T) {
	t.Setenv("GIVEN", "by the parent")
	dir := t.TempDir()
	s := look(t, Options{Role: "other-1", Args: []string{"-x", "y"}, Env: []string{"GIVEN=by the options"}, Dir: dir, Cores: 3})
	if s.Role != "other-1" || !slices.Equal(s.Args[1:], []string{"-x", "y"}) || s.Given != "by the options" || s.Procs != "3" {
		t.Errorf("sees %+v", s)
	}
	if got, _ := filepath.EvalSymlinks(s.Dir); got != dir && s.Dir != dir {
		t.Errorf("works in %s, want %s", s.Dir, dir)
	}
}

func TestNumbersCountAndAddGoesOn(t *testing.T) {
	type said struct {
		proc int
		line string
	}
	lines := make(chan said, 10)
	g, _ := start(t, Options{Count: 3, Payload: []byte("exit 7"), Exited: func(p *Process, c Certificate) { lines <- said{p.Number(), c.Text()} }})
	if _, err := g.Add(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[int]string{}
	for range 4 {
		s := <-lines
		seen[s.proc] = s.line
	}
	for i := range 4 {
		if seen[i] != "exited with code 7" {
			t.Errorf("process %d: %q", i, seen[i])
		}
	}
	if n := len(g.Processes()); n != 4 {
		t.Errorf("%d processes, want 4", n)
	}
}

func TestLargeStartWordsArrive(t *testing.T) {
	// Longer than a pipe holds.
	p, lines := act(t, "exit 0 "+strings.Repeat("x", 3<<20))
	if c := p.Wait(); !c.OK() {
		t.Errorf("%v, %q", c, <-lines)
	}
	_, err := Start(t.Context(), Options{Role: "agent", Payload: make([]byte, MaxPayload+1)})
	wantError(t, err, "start words", "more than")
}

func TestAProgramThatATaskStartsIsNoWorker(t *testing.T) {
	p, lines := act(t, "child")
	if c := p.Wait(); !c.OK() {
		t.Fatal(c)
	}
	if got := []string{<-lines, <-lines}; !slices.Equal(got, []string{"the body ran", "<nil>"}) {
		t.Errorf("the program printed %q", got)
	}
}

func TestMarksThatAreNotMeantForAProcess(t *testing.T) {
	good := identity{parent: os.Getpid(), number: 3, role: "agent"}
	for name, c := range map[string]struct {
		id     identity
		suffix string
		want   string // what is printed
		ok     bool   // whether the exit code is 0
	}{
		"a leaked variable":        {good, "", "the body ran\n", true},
		"another process's name":   {good, identity{number: 4, role: "agent"}.suffix(), "the body ran\n", true},
		"a leaked variable, again": {identity{parent: os.Getpid(), role: "A b"}, "", "the body ran\n", true},
		"a parent that is gone":    {identity{parent: 1 << 30, number: 3, role: "agent"}, good.suffix(), "", false},
		"right marks":              {good, good.suffix(), `unknown act "nothing"` + "\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := raw(t, c.id, c.suffix, strings.NewReader(string(appendStart(nil, []byte("nothing")))))
			if c.want == `unknown act "nothing"`+"\n" && strings.HasPrefix(c.want, out) {
				return // its input ended, which may end it before it says something
			}
			if out != c.want || (err == nil) != c.ok {
				t.Errorf("printed %q, %v; want %q", out, err, c.want)
			}
		})
	}
}

func TestAMarkOfAnotherVersionIsRefused(t *testing.T) {
	_, err := parseIdentity("2 1 0 watch agent")
	wantError(t, err, `version "2"`, "version 1")
	for _, text := range []string{"", "1", "1 x 0 watch agent", "1 1 x watch agent", "1 1 0 sing agent", "1 1 0 watch Agent", "1 1 0 watch ", "1 1 0 watch a b"} {
		if id, err := parseIdentity(text); err == nil {
			t.Errorf("%q was read as %+v", text, id)
		}
	}
	for _, id := range []identity{{1, 2, true, "agent"}, {99999, 0, false, "a-1"}} {
		if got, err := parseIdentity(id.String()); err != nil || got != id {
			t.Errorf("%+v came back as %+v, %v", id, got, err)
		}
	}
}

func TestGarbageInPlaceOfStartWords(t *testing.T) {
	id := identity{parent: os.Getpid(), role: "agent"}
	for name, c := range map[string]struct {
		input string
		words []string
	}{
		"text":            {"GET / HTTP/1.1\r\n\r\n", []string{"something else writes"}},
		"another version": {"\xbd\x77\x02\x00\x00\x00\x00\x00", []string{"version 2.0", "knows 1.0"}},
		"too long":        {"\xbd\x77\x01\x00\xff\xff\xff\xff", []string{"claim 4294967295 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			// The pipe stays open, so that the process is not ended by the end of its input.
			in, mine, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer mine.Close()
			defer in.Close()
			if _, err := mine.WriteString(c.input); err != nil {
				t.Fatal(err)
			}
			out, err := raw(t, id, id.suffix(), in)
			if err == nil {
				t.Errorf("the process took it: %q", out)
			}
			for _, w := range c.words {
				if !strings.Contains(out, w) {
					t.Errorf("it says %q, want %q in it", out, w)
				}
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if out, err := raw(t, id, id.suffix(), strings.NewReader("")); err == nil || out != "" {
			t.Errorf("printed %q, %v; want the end without a word", out, err)
		}
	})
}

func TestAWorkerThatDoesNotAskForItsRoleStartsNoOthers(t *testing.T) {
	g, lines := start(t, Options{Role: "unasked", Count: 1})
	g.Processes()[0].Wait()
	if line := <-lines; !strings.Contains(line, "is itself a worker (unasked 0)") || !strings.Contains(line, "braid.Main") {
		t.Errorf("it says %q", line)
	}
}

func TestAConnection(t *testing.T) {
	g, lines := start(t, Options{Count: 1, Talk: true, Payload: []byte("echo")})
	p := g.Processes()[0]
	conn := p.Conn()
	want := strings.Repeat("0123456789", 20000)
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, want)
		sent <- err
	}()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if line := <-lines; line != "printed" {
		t.Errorf("what it prints came as %q", line)
	}
	conn.Close()
	if c := p.Wait(); c.Ended != "its connection was closed" || c.OK() {
		t.Errorf("%+v", c)
	}
}

func TestAskingWhereThereIsNothing(t *testing.T) {
	if role, ok := Role(); ok || role != "" || Number() != 0 {
		t.Errorf("the test itself has role %q %v", role, ok)
	}
	if _, err := Payload(); !errors.Is(err, ErrNotStarted) {
		t.Error(err)
	}
	if _, err := Conn(); !errors.Is(err, ErrNotStarted) {
		t.Error(err)
	}
	p, _ := act(t, "hang")
	if _, err := p.Conn().Read(make([]byte, 1)); err == nil {
		t.Error("a process without a connection can be read")
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	ctx := t.Context()
	for name, c := range map[string]struct {
		o     Options
		words []string
	}{
		"no role":          {Options{}, []string{`role ""`}},
		"a bad role":       {Options{Role: "My Role"}, []string{`"My Role"`, "a-z"}},
		"a negative count": {Options{Role: "agent", Count: -1}, []string{"negative"}},
		"no variable":      {Options{Role: "agent", Env: []string{"X"}}, []string{`"X"`, "NAME=value"}},
		"no file":          {Options{Role: "agent", Count: 2, Path: filepath.Join(t.TempDir(), "gone")}, []string{"start agent 0 from", "gone", "no such file"}},
		"no program":       {Options{Role: "agent", Count: 1, Path: t.TempDir()}, []string{"permission denied"}},
		"no folder":        {Options{Role: "agent", Count: 1, Dir: filepath.Join(t.TempDir(), "gone")}, []string{"no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := Start(ctx, c.o)
			if err == nil {
				g.Close()
			}
			wantError(t, err, c.words...)
		})
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err := Start(over, Options{Role: "agent", Count: 1})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g, _ := start(t, Options{})
	g.Close()
	if _, err := g.Add(ctx); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestManyStartsAndAddsDuringClose(t *testing.T) {
	for range 10 {
		g, _ := start(t, Options{Count: 4, Payload: []byte("exit 0")})
		added := make(chan error)
		go func() {
			_, err := g.Add(context.Background())
			added <- err
		}()
		g.Close()
		if err := <-added; err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		for _, p := range g.Processes() {
			p.Wait()
		}
		g.Close()
	}
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for _, n := range []int{1, 2, 8} {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			for b.Loop() {
				g, err := Start(b.Context(), Options{Role: "agent", Count: n, Payload: []byte("exit 0")})
				if err != nil {
					b.Fatal(err)
				}
				for _, p := range g.Processes() {
					p.Wait()
				}
				g.Close()
			}
		})
	}
}

// BenchmarkFirstInstruction measures from the call of Start to the first instruction of the second worker's packages.
func BenchmarkFirstInstruction(b *testing.B) {
	var total time.Duration
	for b.Loop() {
		from := time.Now()
		g, lines := start(b, Options{Count: 2, Payload: []byte("time")})
		var last int64
		for range 2 {
			var at int64
			line := <-lines
			for line == "ready" {
				line = <-lines
			}
			if _, err := fmt.Sscan(line, &at); err != nil {
				b.Fatal(err)
			}
			last = max(last, at)
		}
		total += time.Duration(last - from.UnixNano())
		b.StopTimer()
		g.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms-to-first")
}

func TestOutputComesLineByLine(t *testing.T) {
	p, lines := act(t, "lines 400")
	c := p.Wait()
	if !c.OK() || len(lines) != 801 {
		t.Fatalf("%v, %d lines", c, len(lines))
	}
	for i := range 400 {
		if a, b := <-lines, <-lines; a != fmt.Sprintf("line %d", i) || b != fmt.Sprintf("error %d", i) {
			t.Fatalf("lines %q %q at %d", a, b, i)
		}
	}
	if n := len(c.LastLines); n != keptLines || c.LastLines[n-1] != "no end" || c.LastLines[n-2] != "error 399" {
		t.Errorf("last lines %q", c.LastLines)
	}
}

func TestAPanicIsInTheCertificate(t *testing.T) {
	p, _ := act(t, "panic")
	c := p.Wait()
	if c.Code != 2 || c.Signal != 0 || !strings.HasPrefix(c.Fatal[0], "panic: the test wants it") || c.LastLines[0] != "before" {
		t.Errorf("%+v", c)
	}
	if want := fmt.Sprintf("agent 0 (pid %d) exited with code 2 after ", c.Pid); !strings.HasPrefix(c.String(), want) || !strings.Contains(c.String(), ". It failed with: panic: the test") {
		t.Errorf("%q", c)
	}
}

// The process is long gone when its last lines are taken.
func TestSlowOutputLosesNothing(t *testing.T) {
	n := 0
	var p *Process
	began := make(chan struct{})
	g, err := Start(t.Context(), Options{Role: "agent", Count: 1, Payload: []byte("lines 100"), Output: func(int, []byte) {
		if n++; n == 1 || n == 150 {
			<-began
			for p.Signal(syscall.Signal(0)) == nil { // until it was waited for
				runtime.Gosched()
			}
			<-time.After(time.Millisecond) // and the deadline was set
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	p = g.Processes()[0]
	close(began)
	if p.Wait(); n != 201 {
		t.Errorf("%d lines of 201 came", n)
	}
}
