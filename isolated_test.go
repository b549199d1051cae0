package braid_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var deafForever = braid.Func("isolated/deaf", func(_ context.Context, n int) (int, error) {
	select {} // it never looks at its context
})

// isolates are the clients on which isolated calls are tried.
func isolates(t *testing.T, body func(t *testing.T, c *braid.Client)) {
	for name, o := range map[string]braid.Options{"in process": {Slots: 2}, "processes": {Processes: 1, Slots: 2}} {
		t.Run(name, func(t *testing.T) { body(t, openProcesses(t, o)) })
	}
}

func TestEachIsolatedCallHasAProcessOfItsOwn(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		pids, err := whoami.With(braid.Isolated()).Map(t.Context(), c, []int{1, 2, 3}).Gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(pids)
		others := append(c.Pids(), os.Getpid())
		if len(slices.Compact(slices.Clone(pids))) != 3 || slices.ContainsFunc(pids, func(p int) bool { return slices.Contains(others, p) }) {
			t.Errorf("three isolated calls ran in processes %v; the client and its workers are %v", pids, others)
		}
		v, err := braid.Submit(t.Context(), c, add.With(braid.Isolated()).Call(square.Call(braid.V(3)), square.With(braid.Isolated()).Call(braid.V(4)))).Get(t.Context())
		if err != nil || v != 25 {
			t.Errorf("3² + 4² = %d, %v", v, err)
		}
		total, err := braid.Submit(t.Context(), c, sum.With(braid.Isolated()).Call(square.Map(t.Context(), c, []int{1, 2, 3}))).Get(t.Context())
		if err != nil || total != 14 {
			t.Errorf("a list as an argument: %d, %v", total, err)
		}
	})
}

func TestAnIsolatedCallThatDiesTakesNobodyWithIt(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		_, err := braid.Submit(t.Context(), c, suicide.With(braid.Isolated()).Call(braid.V(1))).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), "SIGKILL") {
			t.Errorf("the error does not say how the process died: %v", err)
		}
		v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context())
		if err != nil || v != 9 {
			t.Errorf("afterwards: %d, %v", v, err)
		}
	})
}

func TestAnIsolatedCallThatIgnoresItsTimeLimitIsEnded(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		f := braid.Submit(t.Context(), c, deafForever.With(braid.Isolated(), braid.TimeLimit(50*time.Millisecond)).Call(braid.V(1)))
		if _, err := f.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want that its time is over", err)
		}
	})
}

var (
	errIsolated = braid.RegisterError("isolated/error", errors.New("a registered error"))
	failAlone   = braid.Func("isolated/fail", func(context.Context, int) (int, error) { return 0, errIsolated })
)

func TestAnErrorOfAnIsolatedCallIsKnown(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		_, err := braid.Submit(t.Context(), c, failAlone.With(braid.Isolated()).Call(braid.V(1))).Get(t.Context())
		if !errors.Is(err, errIsolated) {
			t.Errorf("%v, want the registered error", err)
		}
	})
}

var panicAlone = braid.Func("isolated/panic", func(_ context.Context, n int) (int, error) { return []int{}[n], nil })

func TestAPanicOfAnIsolatedCallSaysWhere(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		_, err := braid.Submit(t.Context(), c, panicAlone.With(braid.Isolated()).Call(braid.V(1))).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), "panic: ") || !strings.Contains(err.Error(), ", at isolated_test.go:") {
			t.Errorf("%v, want the panic and its place", err)
		}
	})
}

// deafAlone says which process it is in, and never looks at its context.
var deafAlone = braid.Func("isolated/deafAlone", func(_ context.Context, dir string) (int, error) {
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("began-0-%d", os.Getpid())), nil, 0o600); err != nil {
		return 0, err
	}
	select {}
})

func TestClosingEndsAnIsolatedCall(t *testing.T) {
	for name, o := range map[string]braid.Options{"in process": {Slots: 1}, "processes": {Processes: 1, Slots: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each takes as long as a call may that was cancelled
			c, err := braid.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			f := braid.Submit(t.Context(), c, deafAlone.With(braid.Isolated()).Call(braid.V(dir)))
			pid := startedIn(t, dir, 1)[0]
			if err := c.Close(); err != nil {
				t.Errorf("closing ended the call and says %v", err)
			}
			if _, err := f.Get(t.Context()); !errors.Is(err, braid.ErrClosed) {
				t.Errorf("the call: %v", err)
			}
			if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(stat), ") Z ") {
				t.Errorf("its process lives: %s", stat)
			}
		})
	}
}

// takesMemory uses so many bytes.
var takesMemory = braid.Func("isolated/memory", func(_ context.Context, n int) (int, error) {
	x := make([]byte, n)
	for k := 0; k < n; k += 4096 {
		x[k] = 1
	}
	return len(x), nil
})

func TestAnIsolatedCallIsHeldToItsMemory(t *testing.T) {
	if raceEnabled || runtime.GOOS != "linux" {
		t.Skip("the race detector takes address space of its own, and other systems have no such limit")
	}
	for name, o := range map[string]braid.Options{"in process": {Slots: 2}, "processes": {Processes: 1, Slots: 2}} {
		t.Run(name, func(t *testing.T) {
			o.MemoryLimit = 250 << 20
			c := openProcesses(t, o)
			bounded := takesMemory.With(braid.Isolated(), braid.Memory(100<<20), braid.Retries(1))
			if n, err := braid.Submit(t.Context(), c, bounded.Call(braid.V(90<<20))).Get(t.Context()); err != nil || n != 90<<20 {
				t.Errorf("what it may take: %d, %v", n, err)
			}
			if n, err := braid.Submit(t.Context(), c, bounded.Call(braid.V(270<<20))).Get(t.Context()); err != nil || n != 270<<20 {
				t.Errorf("what it may take when it has been given more: %d, %v", n, err)
			}
			_, err := braid.Submit(t.Context(), c, bounded.Call(braid.V(600<<20))).Get(t.Context())
			if err == nil {
				t.Fatal("it took more than twice what there is")
			}
			for _, want := range []string{"it could not get the memory it asked for", "had taken up to", "may take 250 MiB", "option Memory", "Raise that limit"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}
