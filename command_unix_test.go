//go:build unix

package braid_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

// Programs of these tests hold the other end of a named pipe open: a reader sees its end when the last of their processes is
// gone.
var (
	// lingers leaves a child that holds the pipe too, and waits for it.
	lingers = braid.Command{Line: `exec 9>{}; echo began >&9; sleep 1000 & wait`}.Func("command/lingers")
	// stubborn goes on after SIGTERM, and so does its child.
	stubborn = braid.Command{Line: `trap '' TERM; exec 9>{}; echo began >&9; while :; do sleep 1000; done`, Grace: 20 * time.Millisecond}.Func("command/stubborn")
	// polite ends after SIGTERM in its own way.
	polite = braid.Command{Line: `exec 9>{}; trap 'echo ended >&9; exit 0' TERM; echo began >&9; while :; do sleep 0.01; done`, Grace: time.Hour}.Func("command/polite")
	// once lingers in its first attempt, and ends in the next.
	once = braid.Command{Line: `if mkdir {}.first; then exec 9>{}; echo began >&9; sleep 1000 & wait; else echo again; fi`}.Func("command/once")
	// leaves ends at once and leaves a child behind.
	leaves = braid.Command{Line: `exec 9>{}; echo began >&9; sleep 1000 & echo done`}.Func("command/leaves")
	// complains says on its standard error what it waits for.
	complains = braid.Command{Line: `exec 9>{}; echo 'waiting for the licence server' >&2; echo began >&9; sleep 1000`}.Func("command/complains")
	// noProgram is not there.
	noProgram = braid.Command{Args: []string{"braid-has-no-such-program"}}.Func("command/missing")
	// reads waits for somebody who writes to its standard input.
	reads = braid.Command{Line: "cat", Stdin: "{}"}.Func("command/reads")
	// babbles writes without end.
	babbles = braid.Command{Line: `exec 9>{}; echo began >&9; exec yes`}.Func("command/babbles")
)

// commandClients are the clients on which programs are tried.
func commandClients(t *testing.T, body func(t *testing.T, c *braid.Client, with ...braid.Option)) {
	t.Run("in process", func(t *testing.T) { body(t, openProcesses(t, braid.Options{Slots: 2})) })
	t.Run("processes", func(t *testing.T) { body(t, openProcesses(t, braid.Options{Processes: 1, Slots: 2})) })
	t.Run("isolated", func(t *testing.T) { body(t, openProcesses(t, braid.Options{Slots: 2}), braid.Isolated()) })
}

// A fifo is a named pipe and what is read from it.
type fifo struct {
	path string
	text *bufio.Reader
}

// newFifo makes a pipe. What is read before a writer has opened it waits for one.
func newFifo(t *testing.T) *fifo {
	t.Helper()
	f := &fifo{path: filepath.Join(t.TempDir(), "pipe")}
	if err := syscall.Mkfifo(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fifo) open(t *testing.T, flags int) {
	t.Helper()
	file, err := os.OpenFile(f.path, os.O_RDONLY|flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	f.text = bufio.NewReader(file)
}

// began waits for the program to say so.
func (f *fifo) began(t *testing.T) {
	t.Helper()
	f.open(t, 0) // waits for the writer
	if line, err := f.text.ReadString('\n'); line != "began\n" {
		t.Fatalf("the program said %q, %v", line, err)
	}
}

// ended waits until no process holds the pipe, and returns what was said meanwhile.
func (f *fifo) ended(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(f.text)
	if err != nil {
		t.Fatal(err)
	}
	return string(rest)
}

func TestCancellingEndsTheWholeProcessGroup(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		for name, d := range map[string]*braid.Func1[string, []byte]{"lingers": lingers, "stubborn": stubborn, "babbles": babbles} {
			pipe := newFifo(t)
			f := braid.Submit(t.Context(), c, d.With(with...).Call(braid.V(pipe.path)))
			pipe.began(t)
			f.Cancel()
			pipe.ended(t)
			if _, err := f.Get(t.Context()); !errors.Is(err, braid.ErrCancelled) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAProgramIsAskedToEndFirst(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		pipe := newFifo(t)
		f := braid.Submit(t.Context(), c, polite.With(with...).Call(braid.V(pipe.path)))
		pipe.began(t)
		f.Cancel()
		if said := pipe.ended(t); said != "ended\n" {
			t.Errorf("it said %q at its end", said)
		}
	})
}

func TestATimeLimitEndsTheWholeProcessGroup(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		pipe := newFifo(t)
		pipe.open(t, syscall.O_NONBLOCK) // the limit may be over before the program has begun
		f := braid.Submit(t.Context(), c, lingers.With(with...).With(braid.TimeLimit(300*time.Millisecond)).Call(braid.V(pipe.path)))
		if _, err := f.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		pipe.ended(t)
	})
}

// What a program wrote before its limit is often the reason why it took so long.
func TestATimeLimitShowsWhatTheProgramSaid(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		pipe := newFifo(t)
		f := braid.Submit(t.Context(), c, complains.With(with...).With(braid.TimeLimit(time.Second)).Call(braid.V(pipe.path)))
		pipe.began(t)
		_, err := f.Get(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "it outlived its time limit of 1s, and ended with: ") ||
			!strings.Contains(err.Error(), "waiting for the licence server") {
			t.Error(err)
		}
		pipe.ended(t)
	})
}

func TestWhatAProgramLeavesBehindIsKilled(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		pipe := newFifo(t)
		f := braid.Submit(t.Context(), c, leaves.With(with...).Call(braid.V(pipe.path)))
		pipe.began(t)
		pipe.ended(t)
		if out, err := f.Get(t.Context()); string(out) != "done\n" || err != nil {
			t.Errorf("%q, %v", out, err)
		}
	})
}

// A worker that is killed takes along what its programs have started, and the call is made elsewhere.
func TestAKilledWorkerLeavesNoProgram(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 1, Slots: 1})
	pipe := newFifo(t)
	f := braid.Submit(t.Context(), c, once.Call(braid.V(pipe.path)))
	pipe.began(t)
	if err := kill(c.Pids()[0]); err != nil {
		t.Fatal(err)
	}
	pipe.ended(t)
	if out, err := f.Get(t.Context()); string(out) != "again\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestClosingAClientEndsItsPrograms(t *testing.T) {
	for name, o := range map[string]braid.Options{"in process": {Slots: 1}, "processes": {Processes: 1, Slots: 1}} {
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		pipe := newFifo(t)
		braid.Submit(t.Context(), c, lingers.Call(braid.V(pipe.path)))
		pipe.began(t)
		if err := c.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		pipe.ended(t)
	}
}

func TestAProgramThatIsMissingIsRefusedAtSubmission(t *testing.T) {
	for _, o := range []braid.Options{{Slots: 1}, {Processes: 1, Slots: 1}} {
		c := openProcesses(t, o)
		fs := noProgram.Map(t.Context(), c, []string{"a", "b"})
		if err := fs.Wait(t.Context()); err == nil || !strings.Contains(err.Error(), "command_unix_test.go:") || !strings.Contains(err.Error(), "PATH") {
			t.Errorf("%v: %v", o, err)
		}
	}
}

func TestACommandThatIsWrongPanicsWhereItIsRegistered(t *testing.T) {
	for want, c := range map[string]braid.Command{
		"empty":              {},
		"exclude":            {Args: []string{"true"}, Line: "true"},
		"Scratch":            {Args: []string{"true"}, Dir: "/", Scratch: true},
		"{2}":                {Args: []string{"true", "{2}"}},
		"{name}":             {Args: []string{"true"}, Dir: "{name}"},
		"NAME=VALUE":         {Args: []string{"true"}, Env: []string{"=x"}},
		"{#}":                {Line: "echo {#}"},
		"not be negative":    {Args: []string{"true"}, MaxResult: -1},
		"single quote":       {Line: "echo '"},
		"the field {3}":      {Args: []string{"true"}, Env: []string{"A={3}"}},
		"holds a NUL byte":   {Args: []string{"tr\x00ue"}},
		"Env[0] is \"none\"": {Args: []string{"true"}, Env: []string{"none"}},
	} {
		func() {
			defer func() {
				text, _ := recover().(string)
				if !strings.Contains(text, want) || !strings.Contains(text, "command_unix_test.go:") {
					t.Errorf("%q: %s", want, text)
				}
			}()
			c.Func("command/wrong")
		}()
	}
}

func TestANamedPipeAsInputKeepsNobodyWaiting(t *testing.T) {
	commandClients(t, func(t *testing.T, c *braid.Client, with ...braid.Option) {
		late := reads.Call(braid.V(newFifo(t).path)).With(append(with, braid.TimeLimit(50*time.Millisecond))...)
		if _, err := braid.Submit(t.Context(), c, late).Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a writer it ended with %v", err)
		}
		f := newFifo(t) // one of its own: whoever stops waiting wakes all that wait for a writer
		future := braid.Submit(t.Context(), c, reads.Call(braid.V(f.path)).With(with...))
		w, err := os.OpenFile(f.path, os.O_WRONLY, 0)
		if err == nil {
			_, err = io.WriteString(w, "hello")
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if text, err := future.Get(t.Context()); string(text) != "hello" || err != nil {
			t.Errorf("with one it gave %q, %v", text, err)
		}
	})
}
