package exec

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/invariants"
)

// In builds with invariants a function that changes its argument fails and is told which; in others nothing looks.
func TestChangedArgumentsAreNoticedInInvariantsBuilds(t *testing.T) {
	b := graph.NewBuilder()
	spoil := &Op{Call: func(_ context.Context, in []any) (any, error) {
		in[0].([]float64)[1] = 7
		return nil, nil
	}}
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/spoil", Impl: spoil}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	b.Add(c, b.Literal([]float64{1, 2, 3}))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: 1})
	defer x.Close(time.Minute)
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	_, f, _ := r.Outcome(0)
	switch {
	case invariants.Enabled && (f == nil || !strings.Contains(f.Err.Error(), "changed its argument 1")):
		t.Errorf("the change was not noticed: %+v", f)
	case !invariants.Enabled && f != nil:
		t.Errorf("the task failed: %v", f.Err)
	}
}
