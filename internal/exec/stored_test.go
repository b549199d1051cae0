package exec

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// spilling returns an executor whose store writes every result at once, and the folder in which it does.
func spilling(t *testing.T) (*Executor, *block.Store, string) {
	t.Helper()
	scratch := t.TempDir()
	s, err := block.Open(block.Options{Limit: 1 << 20, SpillMark: 1, PauseMark: 1 << 19, Scratch: scratch})
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: 2, MemoryLimit: 1 << 20, Store: s})
	t.Cleanup(func() {
		if err := errors.Join(x.Close(time.Minute), s.Close()); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("%v are left in the scratch folder, %v", left, err)
		}
	})
	return x, s, scratch
}

var textForm = &block.Form{
	Name:   "text",
	Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.(string)...), nil },
	Decode: func(data []byte) (any, error) { return string(data), nil },
}

// repeatText makes a long text; the length of all its inputs is lengthOf's.
var (
	repeatText = &Op{
		Call: func(context.Context, []any) (any, error) { return strings.Repeat("text ", 10_000), nil },
		Size: func(v any) (int64, bool) { return int64(len(v.(string))), true },
		Form: func(any) *block.Form { return textForm },
	}
	lengthOf = &Op{Call: func(_ context.Context, in []any) (any, error) {
		n := 0
		for _, v := range in {
			if list, ok := v.(*List); ok {
				for _, item := range *list {
					n += len(item.(string))
				}
				continue
			}
			n += len(v.(string))
		}
		return n, nil
	}}
)

// texts returns a run of n long texts that are on disk.
func texts(t *testing.T, x *Executor, s *block.Store, n int) *Run {
	t.Helper()
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/text", Impl: repeatText}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	for range n {
		b.Add(c)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	for s.Used() > 0 { // they are written beside the tasks
		runtime.Gosched()
	}
	return r
}

// lengths returns a run of one task that takes single results and a list of all.
func lengths(t *testing.T, x *Executor, from *Run, n int) *Run {
	t.Helper()
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/length", Impl: lengthOf}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	one := b.External(graph.External{Task: 0, Live: from})
	all := b.External(graph.External{List: true, Count: uint32(n), Live: from})
	b.Add(c, one, all)
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	return r
}

func TestSpilledResultsAreReadBackForTasksAndHandles(t *testing.T) {
	x, s, _ := spilling(t)
	r := texts(t, x, s, 3)
	if v, f, err := r.Value(t.Context(), 1); err != nil || f != nil || v != strings.Repeat("text ", 10_000) {
		t.Errorf("failure %v, error %v, a value of %T", f, err, v)
	}
	sum := lengths(t, x, r, 3)
	if v, f, _ := sum.Outcome(0); f != nil || v != 200_000 {
		t.Errorf("%v, %v", v, f)
	}
	r.ReleaseAll(ErrCancelled)
	sum.ReleaseAll(ErrCancelled)
	if st := s.Stats(); st.Blocks != 0 || st.SpilledBytes == 0 {
		t.Errorf("%d blocks are left, and %d bytes were written", st.Blocks, st.SpilledBytes)
	}
}

// A damaged file fails the task that needs what was in it, with an error that says all; other results are not disturbed.
func TestADamagedFileFailsTheTaskThatNeedsIt(t *testing.T) {
	x, s, scratch := spilling(t)
	r := texts(t, x, s, 1)
	path := ""
	err := filepath.WalkDir(scratch, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "lock" {
			path = p
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatalf("no spill file was found: %v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, f, _ := lengths(t, x, r, 1).Outcome(0)
	if f == nil || !errors.Is(f.Err, block.ErrLost) {
		t.Fatalf("failure %+v", f)
	}
	for _, want := range []string{"argument 1", "the result of text#0", path, "checksum"} {
		if !strings.Contains(f.Err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, f.Err)
		}
	}
	if _, _, err := r.Value(t.Context(), 0); !errors.Is(err, block.ErrLost) {
		t.Errorf("the error of the handle is %v", err)
	}
	second := texts(t, x, s, 1)
	if v, f, _ := lengths(t, x, second, 1).Outcome(0); f != nil || v != 100_000 {
		t.Errorf("afterwards %v, %v", v, f)
	}
}

// A closed executor still gives what is in memory, and says of the rest that it is closed.
func TestResultsOfAClosedExecutor(t *testing.T) {
	x, s, _ := spilling(t)
	r := texts(t, x, s, 1)
	if err := errors.Join(x.Close(time.Minute), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Value(t.Context(), 0); !errors.Is(err, ErrClosed) {
		t.Errorf("the error is %v", err)
	}
}
