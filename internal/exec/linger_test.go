package exec

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

func TestLingerOnlyBesideARunningTask(t *testing.T) {
	x := New(Config{Slots: 3})
	me, other := x.slots[0], x.slots[1]
	other.deque.push(newItem(0, 0))
	if x.linger(me) {
		t.Error("a worker lingered although no other slot runs a task")
	}
	other.current.Store(&Context{})
	if !x.linger(me) {
		t.Error("a worker did not see what another slot has to offer")
	}
	other.deque.pop()
	before := time.Now()
	if x.linger(me) {
		t.Error("a worker found work where there is none")
	}
	t.Logf("it lingered for %v", time.Since(before))
	me.current.Store(&Context{})
	x.linger(me)
	if me.current.Load() != nil {
		t.Error("a worker that lingers still shows its last task, so others would linger because of it")
	}
	x.irregular.Add(1)
	other.deque.push(newItem(0, 0))
	if x.linger(me) {
		t.Error("a worker lingered although it has to look up")
	}
}

// TestLingerInABubble: virtual time moves only while every goroutine waits, so a worker beside a task that sleeps must park.
func TestLingerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 2})
		defer func() {
			if err := x.Close(time.Second); err != nil {
				t.Error(err)
			}
		}()
		sleep := &Op{Call: func(context.Context, []any) (any, error) { <-time.After(time.Hour); return nil, nil }}
		start := time.Now()
		long, err := x.Submit(randomGraphOf(t, 1, sleep), Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		short, err := x.Submit(single(t), Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := short.Wait(t.Context(), graph.Index(0)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := x.sleeping.Load(); n != 1 {
			t.Errorf("%d workers are parked beside the task that sleeps, want 1", n)
		}
		if err := long.Wait(t.Context(), graph.Index(0)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("the task took %v of virtual time, want an hour", took)
		}
	})
}

// A worker without a task looks for what is expected, and does not park while that may come.
func TestAWorkerLooksForWhatIsExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var come atomic.Pointer[Run]
		looks := 0
		x := New(Config{Slots: 1, Expect: func() bool {
			r := come.Load()
			if r == nil {
				return false
			}
			if looks++; looks == 3 {
				r.Settle(0, 41)
			}
			return looks <= 3
		}})
		source, _ := promised(t, x, 1, Want{All: true})
		b := graph.NewBuilder()
		plus := &Op{Call: func(_ context.Context, in []any) (any, error) { return in[0].(int) + 1, nil }}
		call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/plus", Impl: plus}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
		b.Add(call, b.External(graph.External{Task: 0, Live: Source(source)}))
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		ended, err := x.Submit(g, Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		come.Store(source)
		other, err := x.Submit(single(t), Want{All: true}) // wakes the worker, which has nothing to do after it
		if err != nil {
			t.Fatal(err)
		}
		if err := other.WaitAll(t.Context()); err != nil {
			t.Error(err)
		}
		if err := ended.WaitAll(t.Context()); err != nil {
			t.Error(err)
		}
		v, f, _ := ended.Outcome(0)
		if err := x.Close(time.Second); err != nil {
			t.Error(err)
		}
		if v != 42 || f != nil || looks < 3 {
			t.Errorf("%v, %v after %d looks", v, f, looks)
		}
	})
}

// Between is called by the worker after a task, before the next, and says when it was called last.
func TestBetweenTasks(t *testing.T) {
	var calls, idle int
	var before int64
	x := New(Config{Slots: 1, Between: func(last, now int64, without bool) {
		if calls++; without {
			idle++
		}
		if last != before || now < last {
			t.Errorf("call %d says %d and %d, and the one before said %d", calls, last, now, before)
		}
		before = now
	}})
	r, err := x.Submit(randomGraphOf(t, 10, empty), Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.WaitAll(t.Context()); err != nil {
		t.Error(err)
	}
	if err := x.Close(time.Minute); err != nil {
		t.Error(err)
	}
	if calls <= 10 || idle == 0 || idle == calls {
		t.Errorf("%d calls around 10 tasks, %d of them without one", calls, idle)
	}
}

// A run that comes while a worker waits for what is expected is begun at once, not when the waiting is over.
func TestAWorkerThatWaitsSeesANewRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where the clock stands still, so that looks are counted
		var x *Executor
		var r *Run
		looks, begun := 0, 0
		g := single(t)
		x = New(Config{Slots: 1, Expect: func() bool {
			if looks++; looks == 3 {
				var err error
				if r, err = x.Submit(g, Want{All: true}); err != nil {
					t.Error(err)
				}
			}
			if begun == 0 && r != nil && r.Status(0) == StatusDone {
				begun = looks
			}
			return looks < 100
		}})
		first, err := x.Submit(single(t), Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := first.WaitAll(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if err := x.Close(time.Second); err != nil {
			t.Error(err)
		}
		if begun == 0 || begun > 6 {
			t.Errorf("a run that came at the third look was done at look %d", begun)
		}
	})
}
