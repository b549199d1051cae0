package exec

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// Alone with its owner, a deque is a stack whose other end can be taken from, over several growths of its ring.
func TestDequeAgreesWithASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d deque
		var model []item
		next := item(1)
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			for range rapid.IntRange(0, 3*firstRing).Draw(t, "pushes") {
				d.push(next)
				model = append(model, next)
				next++
			}
			for range rapid.IntRange(0, 2*firstRing).Draw(t, "pops") {
				it, ok := d.pop()
				if ok != (len(model) > 0) || ok && it != model[len(model)-1] {
					t.Fatalf("pop is %d, %v with %d items", it, ok, len(model))
				}
				model = model[:max(len(model)-1, 0)]
			}
			for range rapid.IntRange(0, firstRing).Draw(t, "steals") {
				it, ok, empty := d.steal()
				if ok != (len(model) > 0) || empty == ok || ok && it != model[0] {
					t.Fatalf("steal is %d, %v, %v with %d items", it, ok, empty, len(model))
				}
				model = model[min(1, len(model)):]
			}
			if d.empty() != (len(model) == 0) {
				t.Fatalf("empty is %v with %d items", d.empty(), len(model))
			}
		}
	})
}

// Every item that the owner pushes is taken exactly once, by the owner or by one of several thieves, while the ring grows.
func TestDequeGivesEachItemToOne(t *testing.T) {
	const items, thieves, seed = 200_000, 3, 7
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	var d deque
	taken := make([]atomic.Int32, items)
	var done atomic.Bool
	var wg sync.WaitGroup
	for range thieves {
		wg.Go(func() {
			for {
				it, ok, empty := d.steal()
				if ok {
					taken[it].Add(1)
				} else if empty && done.Load() {
					return
				}
			}
		})
	}
	for next := 0; next < items; {
		for range min(rng.IntN(300), items-next) {
			d.push(item(next))
			next++
		}
		for range rng.IntN(300) {
			it, ok := d.pop()
			if !ok {
				break
			}
			taken[it].Add(1)
		}
	}
	for it, ok := d.pop(); ok; it, ok = d.pop() {
		taken[it].Add(1)
	}
	done.Store(true)
	wg.Wait()
	for i := range taken {
		if n := taken[i].Load(); n != 1 {
			t.Fatalf("item %d was taken %d times", i, n)
		}
	}
}

// A fifo gives what was pushed, in order, and keeps no more dead room than live.
func TestFifoAgreesWithASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q fifo[int]
		var model []int
		next := 0
		for _, push := range rapid.SliceOfN(rapid.Bool(), 0, 300).Draw(t, "steps") {
			if push {
				q.push(next)
				model = append(model, next)
				next++
			} else if len(model) > 0 {
				if f := q.first(); f != model[0] {
					t.Fatalf("first is %d, want %d", f, model[0])
				}
				if v := q.pop(); v != model[0] {
					t.Fatalf("pop is %d, want %d", v, model[0])
				}
				model = model[1:]
			}
			if q.len() != len(model) || len(q.items) > 2*len(model)+1 {
				t.Fatalf("length %d and room %d with %d items", q.len(), len(q.items), len(model))
			}
		}
	})
}

// The priority queue gives the highest priority first, and equals in the order in which they came.
func TestQueueOrdersByPriorityThenAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := New(Config{Slots: 1})
		r := &Run{x: x}
		x.idle, x.closed = nil, true // nobody is to be woken
		x.sleeping.Store(0)
		var model []entry
		for n, p := range rapid.SliceOfN(rapid.Int32Range(1, 4), 0, 50).Draw(t, "priorities") {
			x.enqueuePriority(r, 0, p)
			model = append(model, entry{priority: p, order: uint64(n + 1)})
		}
		last := entry{priority: 5}
		for range model {
			e := x.urgent[0]
			if e.priority > last.priority || e.priority == last.priority && e.order < last.order {
				t.Fatalf("%+v after %+v", e, last)
			}
			last = e
			x.urgent.take()
		}
		if x.urgent.Len() != 0 || int(r.live.Load()) != len(model) {
			t.Fatalf("%d entries are left, %d tokens for %d", x.urgent.Len(), r.live.Load(), len(model))
		}
	})
}

// Walkers and thieves that split a chunk run each of its tasks once, and the tokens of all parts come back.
func TestChunkGivesEachTaskToOne(t *testing.T) {
	const tasks, workers = 100_000, 4
	r := &Run{x: New(Config{Slots: 1})}
	r.live.Store(2) // the chunk's, and one that keeps the run from ending
	taken := make([]atomic.Int32, tasks)
	first := newChunk(r, 0, tasks)
	var shared [workers]atomic.Pointer[chunk]
	shared[0].Store(first)
	var left atomic.Int64
	left.Store(tasks)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for left.Load() > 0 {
				c := shared[w].Load()
				if c == nil {
					for k := range workers {
						if other := shared[k].Load(); other != nil {
							if half := other.split(); half != nil {
								shared[w].Store(half)
								break
							}
						}
					}
					continue
				}
				i, ok := c.next()
				if !ok {
					shared[w].Store(nil)
					r.dropTokens(1, nil)
					continue
				}
				taken[i].Add(1)
				left.Add(-1)
			}
			if c := shared[w].Swap(nil); c != nil {
				if !c.empty() {
					t.Error("a chunk is left that is not empty")
				}
				r.dropTokens(1, nil)
			}
		})
	}
	wg.Wait()
	for i := range taken {
		if n := taken[i].Load(); n != 1 {
			t.Fatalf("task %d was taken %d times", i, n)
		}
	}
	if n := r.live.Load(); n != 1 {
		t.Errorf("%d tokens are left, want the one that was kept", n)
	}
}
