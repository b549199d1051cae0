package exec

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

// TestContextsAreNeverUsedTwice: contexts come from blocks, and functions may keep theirs.
func TestContextsAreNeverUsedTwice(t *testing.T) {
	const tasks = 5 * maxContexts
	var mu sync.Mutex
	kept := make(map[*Context]graph.Index)
	keep := &Op{Call: func(ctx context.Context, _ []any) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		c := FromContext(ctx)
		if _, ok := kept[c]; ok {
			t.Errorf("task %d was given the context of another", c.Index())
		}
		kept[c] = c.Index()
		return nil, nil
	}}
	x := New(Config{Slots: 2})
	defer func() {
		if err := x.Close(time.Second); err != nil {
			t.Error(err)
		}
	}()
	r, err := x.Submit(randomGraphOf(t, tasks, keep), Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WaitAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(kept) != tasks {
		t.Errorf("%d tasks had %d contexts", tasks, len(kept))
	}
	for c, i := range kept {
		if c.Index() != i || c.Err() == nil {
			t.Errorf("the context of task %d says %d, and its error is %v", i, c.Index(), c.Err())
		}
	}
}
