package exec

import (
	"container/heap"

	"github.com/braid-compute/braid/graph"
)

// find gets work for a worker that has none, parking it until there is some: afterwards the slot has a task in hand, in
// its deque, or a chunk. It reports false when the worker has lost its slot: to a task that goes on after waiting, or
// because the executor is closed.
func (x *Executor) find(w *worker) bool {
	s := w.s
	for {
		x.releaseLost()
		s.settleAll()
		if s.hasNext || !s.deque.empty() {
			return true
		}
		if it, ok := x.fromQueues(); ok {
			s.inHand(it)
			return true
		}
		if x.claim(s) || x.takeOver(s) {
			return true
		}
		if it, ok := x.stealFor(s); ok {
			s.inHand(it)
			return true
		}
		if x.fromHeld(s) {
			return true
		}
		if it, ok := x.fromLazy(); ok {
			s.inHand(it)
			return true
		}
		if x.linger(s) {
			continue
		}
		if !x.park(w) {
			return false
		}
		s = w.s
		s.now = x.now()
		if s.hasNext {
			return true
		}
		if x.irregular.Load() != 0 && !w.lookUp() {
			return false
		}
	}
}

// park lays the slot down and waits until there is work. It reports false when the worker has lost its slot.
func (x *Executor) park(w *worker) bool {
	s := w.s
	s.current.Store(nil)
	s.dropInputs()
	s.dropContexts()
	if w.bell == nil {
		w.bell = make(chan bool, 1)
	}
	x.mu.Lock()
	if x.closed || x.resuming.len() > 0 {
		x.mu.Unlock()
		return w.lookUp()
	}
	if x.admitHeld(s, true) {
		x.mu.Unlock()
		if x.hasWork() { // with none held any more, runs bring new tasks again
			x.wake()
		}
		return true
	}
	x.layDown(s, w.bell)
	x.mu.Unlock()
	if x.hasWork() { // it may have come before the slot was seen to be idle
		x.wake()
	}
	if <-w.bell {
		return true
	}
	w.s = nil
	return false
}

// hasWork reports whether a worker that looks now could find something.
func (x *Executor) hasWork() bool {
	if x.waiting.Load() > 0 || x.claimable() {
		return true
	}
	for _, s := range x.slots {
		if s.offers() {
			return true
		}
	}
	if x.heldBack.Load() == 0 {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.admissible() || x.held.len() > 0 && len(x.idle) == len(x.slots) // the one that wakes would be alone
}

// claimable reports whether a run has a chunk for a worker that looks now.
func (x *Executor) claimable() bool {
	if x.openRuns.Load() == 0 || x.heldBack.Load() >= maxHeld {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for k := x.open.head; k < len(x.open.items); k++ {
		if t := x.open.items[k]; t.chunk != nil || !t.run.farAhead(len(x.idle)-1) {
			return true
		}
	}
	return false
}

// stealFor takes the oldest task of another slot.
func (x *Executor) stealFor(s *slot) (item, bool) {
	for again := true; again; {
		again = false
		for k := 1; k < len(x.slots); k++ {
			it, ok, empty := x.slots[(s.n+k)%len(x.slots)].deque.steal()
			if ok {
				return it, true
			}
			again = again || !empty
		}
	}
	return 0, false
}

// fromQueues takes what is in no deque: the most urgent task, or the oldest of those made ready outside the workers.
func (x *Executor) fromQueues() (it item, ok bool) {
	if x.waiting.Load() == 0 {
		return 0, false
	}
	x.mu.Lock()
	switch {
	case x.urgent.Len() > 0:
		x.irregular.Add(-1)
		it, ok = x.urgent.take(), true
	case x.injected.len() > 0:
		it, ok = x.injected.pop(), true
	}
	more := x.urgent.Len()+x.injected.len() > 0
	x.mu.Unlock()
	if ok {
		x.waiting.Add(-1)
	}
	if more {
		x.wake()
	}
	return it, ok
}

// fromLazy takes a task of low priority.
func (x *Executor) fromLazy() (it item, ok bool) {
	if x.waiting.Load() == 0 {
		return 0, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.lazy.Len() == 0 {
		return 0, false
	}
	x.waiting.Add(-1)
	return x.lazy.take(), true
}

// turnNanos is how long a worker stays with one run while others wait for their turn.
const turnNanos = 1e6

// otherRuns gives a waiting run its turn while the worker is busy with another, so that a small run does not wait for the
// end of a large one. The chunk being walked is laid aside and gets its turn again.
func (w *worker) otherRuns() {
	x, s := w.x, w.s
	s.turnAt = s.now
	s.stash()
	if it, ok := x.fromQueues(); ok {
		s.inHand(it)
		return
	}
	mine := s.chunk.Load()
	busy := s.run
	if mine != nil {
		busy = mine.run
		s.chunk.Store(nil)
	}
	if !x.claimBut(s, busy) {
		s.chunk.Store(mine)
		if mine != nil && x.sleeping.Load() > 0 {
			x.wake() // somebody may have looked while the chunk was not to be seen
		}
		return
	}
	if mine != nil {
		x.mu.Lock()
		x.open.push(turn{run: mine.run, chunk: mine})
		x.openRuns.Add(1)
		x.mu.Unlock()
		x.wake()
	}
	if !s.hasNext {
		w.walk() // before the deque, which could keep the worker for long
	}
}

// inject queues a task that became ready outside the workers.
func (x *Executor) inject(it item) {
	x.mu.Lock()
	x.injected.push(it)
	x.waiting.Add(1)
	x.mu.Unlock()
	x.wake()
}

// enqueuePriority queues a ready task whose priority is not the default.
func (x *Executor) enqueuePriority(r *Run, i graph.Index, priority int32) {
	r.live.Add(1)
	e := entry{item: newItem(r.id, uint32(i)), priority: priority}
	x.mu.Lock()
	x.entries++
	e.order = x.entries
	if priority > 0 {
		heap.Push(&x.urgent, e)
		x.irregular.Add(1)
	} else {
		heap.Push(&x.lazy, e)
	}
	x.waiting.Add(1)
	x.mu.Unlock()
	x.wake()
}

// queue is a heap of ready tasks with a priority: the highest first, and among equals the oldest.
type queue []entry

type entry struct {
	item     item
	priority int32
	order    uint64
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].priority != q[j].priority {
		return q[i].priority > q[j].priority
	}
	return q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is for package heap.
func (q *queue) Push(v any) { *q = append(*q, v.(entry)) }

// Pop is for package heap.
func (q *queue) Pop() any {
	last := len(*q) - 1
	v := (*q)[last]
	*q = (*q)[:last]
	return v
}

func (q *queue) take() item { return heap.Pop(q).(entry).item }
