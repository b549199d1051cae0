//go:build unix

package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

func writeTo(w io.Writer, kind byte, number uint32, first []byte, values [][]byte) error {
	return writeFrame(bufio.NewWriter(w), kind, number, first, values)
}

// readOne takes the agent's first words and its first message.
func readOne(r io.Reader) {
	if _, err := readHello(r, sideAgent); err == nil {
		readFrame(r, DefaultLimit)
	}
}

// start starts a runner that ends with the test, and returns its lines.
func start(t testing.TB, o Options) (*Runner, <-chan string) {
	t.Helper()
	lines := make(chan string, 100)
	if o.Output == nil {
		o.Output = func(line []byte) {
			select {
			case lines <- string(line):
			default: // the report of a fatal error is long
			}
		}
	}
	r, err := Start(t.Context(), "", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, lines
}

func ask(t testing.TB, r *Runner, q Request) Response {
	t.Helper()
	a, err := r.Call(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// deadFor fails unless the error is the death of a runner that says all the words.
func deadFor(t *testing.T, err error, words ...string) launch.Certificate {
	t.Helper()
	var d *Death
	if !errors.As(err, &d) {
		t.Fatalf("error %v, want a death", err)
	}
	for _, w := range words {
		if !strings.Contains(d.Error(), w) {
			t.Errorf("%q does not say %q", d, w)
		}
	}
	return d.Certificate
}

func TestCallsOneAfterTheOther(t *testing.T) {
	r, _ := start(t, Options{})
	for i := range 100 {
		a := ask(t, r, Request{Op: "t/sum", Args: [][]byte{{1, 2, byte(i)}, {}, {3}}})
		if got := binary.LittleEndian.Uint64(a.Outputs[0]); got != uint64(6+i) {
			t.Fatalf("call %d: %d", i, got)
		}
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			want := bytes.Repeat([]byte{byte(i)}, i*1000)
			if a, err := r.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{want}}); err != nil || !bytes.Equal(a.Outputs[0], want) {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

func TestLargeAndManyValues(t *testing.T) {
	r, _ := start(t, Options{})
	args := [][]byte{bytes.Repeat([]byte("0123456789abcdef"), 5<<16), nil, []byte("x"), bytes.Repeat([]byte{7}, 100_001)}
	a := ask(t, r, Request{Op: "t/echo", Outputs: 4, Args: args})
	for i := range args {
		if !bytes.Equal(a.Outputs[i], args[i]) {
			t.Errorf("value %d of %d bytes came back with %d", i, len(args[i]), len(a.Outputs[i]))
		}
	}
	many := make([][]byte, 10_000)
	if a = ask(t, r, Request{Op: "t/echo", Outputs: 10_000, Args: many}); len(a.Outputs) != len(many) {
		t.Errorf("%d values came back", len(a.Outputs))
	}
}

func TestFailuresAreAnswers(t *testing.T) {
	r, _ := start(t, Options{})
	for _, c := range []struct {
		q    Request
		kind Kind
		text string
	}{
		{Request{Op: "t/fail", Task: "luck"}, KindError, "no luck"},
		{Request{Op: "t/panic", Task: "no"}, KindPanic, "oh no"},
		{Request{Op: "t/goexit"}, KindExit, "Goexit"},
		{Request{Op: "t/unheard"}, KindUnknown, "t/unheard"},
		{Request{Op: "t/echo", Args: [][]byte{{1}, {2}}}, KindResult, "2 outputs came, and 1 were expected"},
	} {
		f := ask(t, r, c.q).Failure
		if f == nil || f.Kind != c.kind || !strings.Contains(f.Text, c.text) {
			t.Errorf("%s: %+v", c.q.Op, f)
			continue
		}
		if (c.kind == KindPanic) != bytes.Contains(f.Stack, []byte("runner.run(")) {
			t.Errorf("%s: stack %q", c.q.Op, f.Stack)
		}
	}
	long := strings.Repeat("x", maxText)
	if f := ask(t, r, Request{Op: "t/fail", Task: long[:60_000]}).Failure; len(f.Text) != 60_003 {
		t.Errorf("%d bytes of text", len(f.Text))
	}
	small, _ := start(t, Options{Limit: 1000})
	if f := ask(t, small, Request{Op: "t/echo", Args: [][]byte{make([]byte, 2000)}}).Failure; f == nil || f.Kind != KindResult || !strings.Contains(f.Text, "at most 1000") {
		t.Errorf("a large answer: %v", f)
	}
}

// waiting is a task that yields its slot and takes it again.
type waiting struct {
	mu   sync.Mutex
	said []string
	back chan struct{} // Unblock waits for a value; nil: it does not
}

func (w *waiting) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, what)
}

func (w *waiting) Block(what string) { w.note("block: " + what) }

func (w *waiting) Unblock() {
	if w.back != nil {
		<-w.back
	}
	w.note("unblock")
}

func (w *waiting) Meet(_ context.Context, data []byte) ([][]byte, error) {
	w.note("meet: " + string(data))
	if len(data) == 0 {
		return nil, errors.New("nobody comes")
	}
	return [][]byte{data, []byte("+"), data}, nil
}

func TestACallThatWaitsYieldsItsSlot(t *testing.T) {
	r, _ := start(t, Options{})
	for range 3 {
		var w waiting
		if a := ask(t, r, Request{Op: "t/yield", Waits: &w}); a.Failure != nil {
			t.Fatal(a.Failure)
		}
		for k, s := range w.said {
			if (k%2 == 0) != strings.HasPrefix(s, "block: ") {
				t.Fatalf("%q: a slot is yielded and taken again in turns", w.said)
			}
		}
		if n := len(w.said); n < 4 || n%2 != 0 || !slices.Contains(w.said, "block: one") {
			t.Errorf("the task did %q", w.said)
		}
	}
	if a := ask(t, r, Request{Op: "t/yield"}); a.Failure != nil { // nobody's slot
		t.Error(a.Failure)
	}
}

// A function may return while others that it began wait: the task has its slot again when the call returns.
func TestACallThatEndsHasItsSlot(t *testing.T) {
	r, _ := start(t, Options{})
	for range 3 {
		w := waiting{back: make(chan struct{}, 1)}
		w.back <- struct{}{}
		if a := ask(t, r, Request{Op: "t/leave", Waits: &w}); a.Failure != nil {
			t.Fatal(a.Failure)
		}
		if n := len(w.said); n != 0 && !slices.Equal(w.said, []string{"block: for ever", "unblock"}) {
			t.Errorf("the task did %q", w.said)
		}
	}
	if a := ask(t, r, Request{Op: "t/sum", Args: [][]byte{{1, 2}}}); a.Failure != nil {
		t.Error(a.Failure)
	}
}

// A runner may die, or be killed, while its call waits or wants its slot again.
func TestATaskWhoseRunnerDiesHasItsSlot(t *testing.T) {
	r, _ := start(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	blocked := make(chan struct{})
	w := &blocking{blocked: blocked}
	go func() {
		<-blocked
		r.Kill("the test wants it")
		cancel()
	}()
	if _, err := r.Call(ctx, Request{Op: "t/stay", Waits: w}); err == nil || w.unblocked != 1 {
		t.Errorf("%v; the slot was taken again %d times", err, w.unblocked)
	}
}

// blocking says that it was blocked.
type blocking struct {
	blocked   chan struct{}
	unblocked int
}

func (b *blocking) Block(string) { close(b.blocked) }
func (b *blocking) Unblock()     { b.unblocked++ }

func (b *blocking) Meet(context.Context, []byte) ([][]byte, error) { return nil, nil }

func TestACallMeetsWhomItsTaskMeets(t *testing.T) {
	r, _ := start(t, Options{})
	var w waiting
	q := Request{Op: "t/meet", Outputs: 2, Args: [][]byte{[]byte("a"), []byte("b")}, Waits: &w}
	a := ask(t, r, q)
	if a.Failure != nil || string(a.Outputs[0]) != "a+a" || string(a.Outputs[1]) != "b+b" || !slices.Equal(w.said, []string{"meet: a", "meet: b"}) {
		t.Errorf("the call has %q, %v; its task did %q", a.Outputs, a.Failure, w.said)
	}
	q.Args[1] = nil
	if f := ask(t, r, q).Failure; f == nil || f.Text != "nobody comes" {
		t.Errorf("a meeting that did not take place: %v", f)
	}
	q.Waits = nil
	if f := ask(t, r, q).Failure; f == nil || f.Text != "the call is of no gang" {
		t.Errorf("a meeting with nobody: %v", f)
	}
}

// absent is a task whose others never come.
type absent struct {
	waiting
	came chan struct{} // has a value for each meeting that it has come to
}

func (a *absent) Meet(ctx context.Context, _ []byte) ([][]byte, error) {
	a.came <- struct{}{}
	<-ctx.Done()
	a.note("gone")
	return nil, context.Cause(ctx)
}

// Whatever ends a call ends its meeting: its task waits no longer than the call.
func TestAMeetingEndsWithItsCall(t *testing.T) {
	r, _ := start(t, Options{})
	w := &absent{came: make(chan struct{}, 1)}
	if a := ask(t, r, Request{Op: "t/absent", Waits: w}); a.Failure != nil || !slices.Equal(w.said, []string{"gone"}) {
		t.Errorf("a call that returns: %v; its task did %q", a.Failure, w.said)
	}
	<-w.came
	go func() {
		<-w.came
		r.Kill("the test wants it")
	}()
	_, err := r.Call(t.Context(), Request{Op: "t/meet", Outputs: 1, Args: [][]byte{nil}, Waits: w})
	if _, ok := errors.AsType[*Death](err); !ok || len(w.said) != 2 {
		t.Errorf("a runner that dies: %v; its task did %q", err, w.said)
	}
}

func TestRunnersThatMeetOutOfTurn(t *testing.T) {
	for words, says := range map[string]string{"meets": "a second meeting at a time", "brings": "to a meeting, more than"} {
		r, _ := start(t, Options{Payload: []byte(words), Grace: 5 * time.Millisecond})
		_, err := r.Call(t.Context(), Request{Op: "t/sum", Waits: &absent{came: make(chan struct{}, 1)}})
		deadFor(t, err, says)
	}
}

func TestWhatIsPrintedIsNoAnswer(t *testing.T) {
	r, lines := start(t, Options{})
	ask(t, r, Request{Op: "t/print"})
	if a, b := <-lines, <-lines; a != "to standard output" || b != "to standard error" {
		t.Errorf("lines %q, %q", a, b)
	}
}

func TestDeaths(t *testing.T) {
	for op, words := range map[string][]string{
		"t/exit": {"while it ran t/exit: runner 0 (pid ", "exited with code 3", "about to exit"},
		"t/kill": {"killed by signal 9 (SIGKILL)"},
	} {
		r, _ := start(t, Options{})
		_, err := r.Call(t.Context(), Request{Op: op})
		if c := deadFor(t, err, words...); c.Ended != "" {
			t.Errorf("%s: %+v", op, c)
		}
		<-r.Done()
		_, err = r.Call(t.Context(), Request{Op: "t/sum"})
		deadFor(t, err, words[1:]...)
	}
	r, lines := start(t, Options{})
	failed := make(chan error, 1)
	go func() {
		_, err := r.Call(context.Background(), Request{Op: "t/hang"})
		failed <- err
	}()
	<-lines
	r.Close()
	deadFor(t, <-failed, "its group was closed")
	r, lines = start(t, Options{})
	go func() {
		_, err := r.Call(context.Background(), Request{Op: "t/hang"})
		failed <- err
	}()
	<-lines
	r.Kill("the test wants it")
	deadFor(t, <-failed, "t/hang", "ended because the test wants it")
}

func TestCancellation(t *testing.T) {
	cause := errors.New("not needed any more")
	for _, c := range []struct {
		op    string
		grace time.Duration
		dies  bool
		ok    bool
	}{
		{"t/wait", time.Minute, false, false},
		{"t/finish", time.Minute, false, true},
		{"t/hang", time.Millisecond, true, false},
	} {
		r, lines := start(t, Options{Grace: c.grace})
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-lines
			cancel(cause)
		}()
		_, err := r.Call(ctx, Request{Op: c.op})
		switch {
		case c.dies:
			deadFor(t, err, c.op, "its task was cancelled and did not return within 1ms")
			continue
		case c.ok && err != nil, !c.ok && err != cause:
			t.Errorf("%s: %v", c.op, err)
		}
		ask(t, r, Request{Op: "t/sum"}) // it lives on
		if _, err := r.Call(ctx, Request{Op: "t/sum"}); err != cause {
			t.Errorf("a call with a cancelled context: %v", err)
		}
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	r, lines := start(t, Options{})
	first, cancelFirst := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := r.Call(first, Request{Op: "t/wait"})
		failed <- err
	}()
	<-lines
	second, cancelSecond := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.Call(second, Request{Op: "t/sum"})
		done <- err
	}()
	cancelSecond()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	cancelFirst()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTimeLimits(t *testing.T) {
	r, _ := start(t, Options{Grace: time.Minute})
	f := ask(t, r, Request{Op: "t/wait", Time: time.Millisecond}).Failure
	if f == nil || f.Kind != KindLimit || !strings.Contains(f.Text, context.DeadlineExceeded.Error()) {
		t.Errorf("%+v", f)
	}
	ask(t, r, Request{Op: "t/sum", Time: time.Minute})

	// What the op says at the end of a context with a deadline is kept.
	r, lines := start(t, Options{Grace: time.Minute})
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		<-lines
		cancel(context.DeadlineExceeded)
	}()
	a, err := r.Call(ctx, Request{Op: "t/wait"})
	if err != nil || a.Failure == nil || a.Failure.Kind != KindLimit || a.Failure.Text != "ended: context deadline exceeded" {
		t.Errorf("%+v, %v", a.Failure, err)
	}

	r, _ = start(t, Options{Grace: time.Millisecond})
	_, err = r.Call(t.Context(), Request{Op: "t/hang", Time: 2 * time.Millisecond})
	deadFor(t, err, "its task took longer than its limit of 2ms and did not return within 1ms after it")
}

func TestMemoryLimits(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes address space of its own")
	}
	r, _ := start(t, Options{})
	if a := ask(t, r, Request{Op: "t/memory", Memory: 300 << 20, Args: [][]byte{[]byte("250000000")}}); a.Failure != nil {
		t.Fatal(a.Failure)
	}
	if runtime.GOOS != "linux" {
		if r.Unenforced() == "" {
			t.Error("nobody says that memory is not limited here")
		}
		return
	}
	if why := r.Unenforced(); why != "" {
		t.Fatal(why)
	}
	// Much garbage under a limit is no much memory.
	r, _ = start(t, Options{})
	if a := ask(t, r, Request{Op: "t/garbage", Memory: 32 << 20}); a.Failure != nil {
		t.Fatal(a.Failure)
	}
	a, err := r.Call(t.Context(), Request{Op: "t/memory", Memory: 100 << 20, Args: [][]byte{[]byte("250000000")}})
	if err == nil {
		t.Fatalf("it took twice its limit: %v", a.Failure)
	}
	if c := deadFor(t, err, "t/memory", "exited with code 2; it could not get the memory it asked for", "out of memory"); !c.OutOfMemory {
		t.Errorf("%+v", c)
	}
	// The limit of one call is not that of the next.
	r, _ = start(t, Options{})
	ask(t, r, Request{Op: "t/sum", Memory: 50 << 20})
	if a := ask(t, r, Request{Op: "t/memory", Args: [][]byte{[]byte("250000000")}}); a.Failure != nil {
		t.Fatal(a.Failure)
	}
}

func TestProgramsThatAreNoRunners(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		binary string
		o      Options
		words  []string
	}{
		"says something else": {t.Context(), "", Options{Payload: []byte("text")}, []string{`"Usage: program `, "is the program built with braid"}},
		"ends":                {t.Context(), "", Options{Payload: []byte("gone")}, []string{"unexpected EOF after 0 bytes", "exited with code 1", "there is nothing to do"}},
		"another version":     {t.Context(), "", Options{Payload: []byte("old")}, []string{"speaks version 9", "version 4"}},
		"says nothing":        {t.Context(), "", Options{Payload: []byte("silent"), Startup: 50 * time.Millisecond}, []string{"it did not answer within 50ms of its start"}},
		"given up":            {over, "", Options{}, []string{"context canceled"}},
		"no program":          {t.Context(), t.TempDir() + "/gone", Options{}, []string{"gone", "no such file"}},
		"negative options":    {t.Context(), "", Options{Grace: -1}, []string{"negative"}},
	} {
		r, err := Start(c.ctx, c.binary, c.o)
		if err == nil {
			r.Close()
			t.Errorf("%s: it was taken for a runner", name)
			continue
		}
		for _, w := range c.words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
	}
	if path, err := exec.LookPath("true"); err == nil {
		_, err := Start(t.Context(), path, Options{})
		if err == nil || !strings.Contains(err.Error(), "exited with code 0") {
			t.Error(err)
		}
	}
}

func TestRunnersThatBreakTheProtocol(t *testing.T) {
	large := [][]byte{make([]byte, 500_000)}
	for words, c := range map[string]struct {
		args [][]byte
		says []string
	}{
		"twice":   {nil, []string{"ended because it "}}, // whichever side of it is seen first
		"other":   {nil, []string{"it answered call 77 while call 1 ran"}},
		"garbage": {nil, []string{"does not keep to the protocol: ", "where zeros belong"}},
		"retake":  {nil, []string{"out of turn"}},
		"yields":  {nil, []string{"out of turn"}},
		"rooms":   {nil, []string{"asks for room for a second result"}},
		"placed":  {nil, []string{"its result is in room that it was not given"}},
		"cut":     {nil, []string{"exited with code 5"}},
		"deaf":    {large, []string{"its task took longer than its limit of 1ms"}},
	} {
		r, _ := start(t, Options{Payload: []byte(words), Grace: 5 * time.Millisecond})
		var err error
		q := Request{Op: "t/sum", Args: c.args}
		if words == "deaf" {
			q.Time = time.Millisecond
		}
		for range 3 { // the first answers may be right
			if err == nil {
				_, err = r.Call(t.Context(), q)
			}
		}
		deadFor(t, err, c.says...)
	}
	r, _ := start(t, Options{Payload: []byte("early"), Grace: time.Millisecond})
	if _, err := r.Call(t.Context(), Request{Op: "t/sum", Args: large}); err == nil {
		<-r.Done()
		_, err = r.Call(t.Context(), Request{Op: "t/sum"})
		deadFor(t, err, "answered a call that it has not read")
	}
}

func TestRequestsThatCannotBeSent(t *testing.T) {
	r, _ := start(t, Options{Payload: []byte("deaf")})
	for _, c := range []struct {
		q    Request
		says string
	}{
		{Request{}, "must have a name"},
		{Request{Op: "t/sum", Time: -1}, "negative"},
		{Request{Op: "t/sum", Task: strings.Repeat("x", 70_000)}, "70000 bytes"},
		{Request{Op: "t/sum", Args: [][]byte{make([]byte, 2<<20)}}, "takes at most 1048576"},
		{Request{Op: "t/sum", Args: make([][]byte, maxBlobs+1)}, "at most 1048576 arguments"},
	} {
		if _, err := r.Call(t.Context(), c.q); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	for _, size := range []int{8, 64 << 10, 64 << 20} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			r, _ := start(b, Options{})
			arg := make([]byte, size)
			b.SetBytes(int64(size) * 2)
			for b.Loop() {
				ask(b, r, Request{Op: "t/echo", Args: [][]byte{arg}})
			}
		})
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		r, err := Start(b.Context(), "", Options{})
		if err != nil {
			b.Fatal(err)
		}
		ask(b, r, Request{Op: "t/sum"})
		r.Close()
	}
}
