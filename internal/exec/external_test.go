package exec

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// A result that was released is gone, also if its run was cancelled after it was made: whoever wants to take it is told so.
func TestAReleasedResultOfACancelledRunIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := graph.NewBuilder()
		traits, site := b.Traits(graph.Traits{}), b.Site(0)
		add := func(name string, call func(context.Context, []any) (any, error)) graph.Index {
			return b.Add(b.Call(graph.Call{Op: b.Op(graph.Op{Name: name, Impl: &Op{Call: call}}), Traits: traits, Site: site}))
		}
		quick := add("go/quick", func(context.Context, []any) (any, error) { return 1, nil })
		add("go/slow", func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() })
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		x := New(Config{Slots: 2})
		r, err := x.Submit(g, Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.Release(quick)
		r.Cancel(ErrCancelled)
		b = graph.NewBuilder()
		op := b.Op(graph.Op{Name: "go/take", Impl: &Op{Call: func(_ context.Context, in []any) (any, error) { return in[0], nil }}})
		b.Add(b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)}), b.External(graph.External{Task: quick, Live: r}))
		if g, err = b.Build(); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Submit(g, Want{All: true}); !errors.Is(err, ErrReleased) {
			t.Errorf("it was taken, with error %v", err)
		}
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}
