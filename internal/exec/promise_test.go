package exec

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// promised returns a promised run of n tasks and the list of those that were released.
func promised(t *testing.T, x *Executor, n int, want Want) (*Run, func() []graph.Index) {
	t.Helper()
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/sized", Impl: sized}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	for range n {
		b.Add(c)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var released []graph.Index
	r, err := x.Promise(g, want, func(i graph.Index) {
		mu.Lock()
		defer mu.Unlock()
		released = append(released, i)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, func() []graph.Index {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(released)
	}
}

func TestAPromisedRunIsSettledFromOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		r, released := promised(t, x, 3, Want{All: true})
		if _, _, settled := r.Outcome(0); settled {
			t.Error("task 0 is settled before anybody said so")
		}
		told := 0
		r.Watch(0, func() { told++ })
		if !r.Settle(0, 41) || r.Settle(0, 42) {
			t.Error("the first result counts, and only that")
		}
		if v, f, _ := r.Outcome(0); v != 41 || f != nil || told != 1 {
			t.Errorf("%v, %v, told %d times", v, f, told)
		}
		r.Reject(1, &Failure{Reason: ReasonError, Err: errMaybe})
		if _, f, _ := r.Outcome(1); f == nil || !errors.Is(f.Err, errMaybe) || f.Task != 1 {
			t.Errorf("the failure is %+v", f)
		}
		waited := make(chan error)
		go func() { waited <- r.WaitAll(context.Background()) }()
		synctest.Wait()
		r.Release(2) // before it is settled: nobody will
		if err := <-waited; err != nil {
			t.Error(err)
		}
		r.Release(0)
		r.Release(1)
		if got := released(); !slices.Equal(got, []graph.Index{2, 0, 1}) {
			t.Errorf("released %v, want 2, 0, 1", got)
		}
		if r.Settle(2, 43) {
			t.Error("a released task was settled")
		}
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestTasksTakeWhatWasPromised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		r, _ := promised(t, x, 1, Want{Tasks: []graph.Index{0}})
		g, err := tree(2, r)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := x.Submit(g, Want{Tasks: []graph.Index{2}})
		if err != nil {
			t.Fatal(err)
		}
		r.Release(0) // the sum holds it
		synctest.Wait()
		if sum.Status(2) != StatusWaiting {
			t.Errorf("the sum is %v before its input is there", sum.Status(2))
		}
		r.Settle(0, 100)
		if err := sum.Wait(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if v, f, _ := sum.Outcome(2); v != 103 || f != nil {
			t.Errorf("the sum is %v, %v; want 103", v, f)
		}
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}

// What a list leaves out may depend on who takes the list.
func TestAListWaitsForItsMembersOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		r, _ := promised(t, x, 4, Want{All: true})
		r.Settle(1, 10)
		b := graph.NewBuilder()
		take := &Op{Call: func(_ context.Context, in []any) (any, error) { return in[0], nil }}
		call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/take", Impl: take}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
		middle := b.Add(call, b.External(graph.External{Task: 1, Count: 2, List: true, Live: r}))
		none := b.Add(call, b.External(graph.External{Task: 3, List: true, Live: r}))
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		taker, err := x.Submit(g, Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if taker.Status(middle).Settled() || !taker.Status(none).Settled() {
			t.Errorf("with one member of two there, the taker of both is %v and that of none %v", taker.Status(middle), taker.Status(none))
		}
		r.Settle(2, 20)
		synctest.Wait()
		if v, f, _ := taker.Outcome(middle); f != nil || !slices.Equal(v.(List), List{10, 20}) {
			t.Errorf("with both there its result is %v, %v", v, f)
		}
		r.Settle(0, 0)
		r.Settle(3, 30)
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestATaskThatHasNotBegunIsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		r, _ := promised(t, x, 1, Want{Tasks: []graph.Index{0}})
		g, err := tree(1, r)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := x.Submit(g, Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if sum.Withdraw(0) {
			t.Error("a task that is done was withdrawn")
		}
		if !sum.Withdraw(1) || sum.Withdraw(1) {
			t.Error("a waiting task is withdrawn once")
		}
		r.Settle(0, 1)
		synctest.Wait()
		if s := sum.Status(1); s != StatusCancelled {
			t.Errorf("the withdrawn task is %v", s)
		}
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}
