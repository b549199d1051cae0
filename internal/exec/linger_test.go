package exec

import (
	"context"
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
