package exec

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// A lost handle is released although nobody uses the executor.
func TestALostHandleIsReleasedByItself(t *testing.T) {
	x := New(Config{Slots: 1})
	released := make(chan graph.Index)
	r, err := x.Promise(randomGraphOf(t, 2, empty), Want{All: true}, func(i graph.Index) { released <- i })
	if err != nil {
		t.Fatal(err)
	}
	r.Settle(0, 1)
	r.Forget(0)
	if i := <-released; i != 0 {
		t.Errorf("task %d was released", i)
	}
	r.Forget(1) // it has no outcome yet
	go r.Settle(1, 2)
	if i := <-released; i != 1 {
		t.Errorf("task %d was released", i)
	}
	if err := x.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	r.ForgetAll() // after the end nothing is started
}

// In a bubble the collector, which stands outside, starts nothing: the next use releases what was lost.
func TestALostHandleInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		if !x.losses.bubbled {
			t.Fatal("an executor in a bubble does not know it")
		}
		r, released := promised(t, x, 1, Want{All: true})
		r.Settle(0, 1)
		r.Forget(0)
		synctest.Wait()
		if list := released(); len(list) > 0 {
			t.Errorf("%v were released by the collector", list)
		}
		x.Stats()
		if list := released(); len(list) != 1 {
			t.Errorf("%v were released by the next use", list)
		}
		if err := x.Close(time.Minute); err != nil {
			t.Fatal(err)
		}
	})
}
