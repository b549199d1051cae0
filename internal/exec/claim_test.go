package exec

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

// tooMuch is the error of an attempt that took more memory than it might.
type tooMuch struct{ limit int64 }

func (e *tooMuch) Error() string      { return fmt.Sprintf("it took more than %d bytes", e.limit) }
func (e *tooMuch) MemoryLimit() int64 { return e.limit }

func TestATaskThatTookTooMuchMemoryGetsMore(t *testing.T) {
	for _, c := range []struct {
		name  string
		grow  bool
		takes int64
		tried []int64
		done  bool
	}{
		{"it gets twice as much", true, 300, []int64{100, 200, 400}, true},
		{"up to all there is", true, 1000, []int64{100, 200, 400, 800, 1000}, true},
		{"and no more", true, 1001, []int64{100, 200, 400, 800, 1000}, false},
		{"somebody else decides", false, 300, []int64{100}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := New(Config{Slots: 2, MemoryLimit: 1000, Grow: c.grow})
			defer x.Close(time.Minute)
			var tried []int64
			op := &Op{Call: func(ctx context.Context, _ []any) (any, error) {
				may := FromContext(ctx).Memory()
				tried = append(tried, may)
				if may < c.takes {
					return nil, fmt.Errorf("the call's process: %w", &tooMuch{may})
				}
				return may, nil
			}}
			b := graph.NewBuilder()
			b.Add(b.Call(graph.Call{
				Op:     b.Op(graph.Op{Name: "go/takes", Impl: op}),
				Traits: b.Traits(graph.Traits{Needs: graph.Needs{Memory: 100}, Retries: 2}), Site: b.Site(0),
			}))
			g, err := b.Build()
			if err != nil {
				t.Fatal(err)
			}
			r, err := x.Submit(g, Want{All: true})
			if err != nil {
				t.Fatal(err)
			}
			<-r.Done()
			v, f, _ := r.Outcome(0)
			if !slices.Equal(tried, c.tried) || (f == nil) != c.done || !c.done && !Exceeded(f.Err) {
				t.Errorf("tried with %v, want %v: %v, failure %+v", tried, c.tried, v, f)
			}
			x.mu.Lock()
			defer x.mu.Unlock()
			if used := x.pools["memory"].used; used != 0 {
				t.Errorf("%d bytes are still claimed", used)
			}
		})
	}
}
