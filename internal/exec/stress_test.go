package exec

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

// sized is an op whose results are counted as ten bytes each; it adds its inputs and one.
var sized = &Op{
	Call: func(_ context.Context, in []any) (any, error) {
		s := 1
		for _, v := range in {
			s += v.(int)
		}
		return s, nil
	},
	Size: func(any) (int64, bool) { return 10, true },
}

// submitMany submits small trees, one after the other, each taking the last one's result, and checks them; some are
// cancelled or released while they run.
func submitMany(x *Executor, rounds int, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 1))
	ctx := context.Background()
	var last *Run
	lastValue := 0
	for n := range rounds {
		width := rng.IntN(5)
		g, err := tree(width, last)
		if err != nil {
			return err
		}
		top := graph.Index(width)
		r, err := x.Submit(g, Want{Tasks: []graph.Index{top}})
		if err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
		if last != nil {
			last.Release(last.wanted[0])
		}
		how := rng.IntN(4)
		switch how {
		case 0:
			r.Cancel(errMaybe)
		case 1:
			r.CancelTask(graph.Index(rng.IntN(width+1)), errMaybe)
		}
		if err := r.Wait(ctx, top); err != nil {
			return err
		}
		v, f, settled := r.Outcome(top)
		want := width + 1 + lastValue
		switch {
		case !settled:
			return fmt.Errorf("round %d: no outcome after Wait", n)
		case f == nil && v != want:
			return fmt.Errorf("round %d: %v, want %d", n, v, want)
		case f != nil && (how > 1 || !errors.Is(f.Root().Err, errMaybe)):
			return fmt.Errorf("round %d: failed: %v", n, f.Root().Err)
		case f != nil:
			r.Release(top)
			last, lastValue = nil, 0
		default:
			last, lastValue = r, want
		}
	}
	if last != nil {
		last.Release(last.wanted[0])
	}
	return nil
}

// tree has width leaves and a task that adds them and, if there is one, the wanted result of an earlier run.
func tree(width int, earlier *Run) (*graph.Graph, error) {
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/sized", Impl: sized}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	var refs []graph.Ref
	for range width {
		refs = append(refs, graph.OutputRef(b.Add(c), 0))
	}
	if earlier != nil {
		refs = append(refs, b.External(graph.External{Submission: earlier.Submission(), Task: earlier.wanted[0], Live: earlier}))
	}
	b.Add(c, refs...)
	return b.Build()
}

// readWhileCancelled submits single tasks and cancels them while a worker reaches them, and a reader asks at the same time.
func readWhileCancelled(x *Executor, rounds int) error {
	for n := range rounds {
		g, err := tree(0, nil)
		if err != nil {
			return err
		}
		r, err := x.Submit(g, Want{Tasks: []graph.Index{0}})
		if err != nil {
			return err
		}
		r.Cancel(errMaybe)
		if v, f, settled := r.Outcome(0); !settled || (f == nil && v != 1) {
			return fmt.Errorf("round %d: %v, failure %v, settled %v; want 1 or a failure", n, v, f, settled)
		}
		r.Release(0)
	}
	return nil
}

func TestReadingACancelledTaskThatAWorkerReaches(t *testing.T) {
	rounds := 20_000
	if raceEnabled {
		rounds /= 4
	}
	x := New(Config{Slots: 2})
	if err := readWhileCancelled(x, rounds); err != nil {
		t.Error(err)
	}
	if err := x.Close(time.Minute); err != nil {
		t.Error(err)
	}
}
