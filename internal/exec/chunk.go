package exec

import (
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
)

// chunk is a range of consecutive tasks of a run that one worker walks through in order, running those that are ready.
// The rest of the range can be taken over by others while its worker is busy. It holds a token of the run.
type chunk struct {
	run  *Run
	rest atomic.Uint64 // next task in the upper half, end in the lower
}

// turn is an entry of the list of what workers claim: a run with tasks left in its cursor, or a chunk that was laid
// aside so that another run got its turn.
type turn struct {
	run   *Run
	chunk *chunk
}

// maxChunk bounds a chunk, so that runs get their turns.
const maxChunk = 256

func newChunk(r *Run, first, end uint32) *chunk {
	c := &chunk{run: r}
	c.rest.Store(uint64(first)<<32 | uint64(end))
	return c
}

// next takes the next task.
func (c *chunk) next() (graph.Index, bool) {
	for {
		old := c.rest.Load()
		first, end := uint32(old>>32), uint32(old)
		if first == end {
			return 0, false
		}
		if c.rest.CompareAndSwap(old, old+1<<32) {
			return graph.Index(first), true
		}
	}
}

func (c *chunk) empty() bool {
	old := c.rest.Load()
	return uint32(old>>32) == uint32(old)
}

// split takes the second half of what is left, or nil.
func (c *chunk) split() *chunk {
	for {
		old := c.rest.Load()
		first, end := uint32(old>>32), uint32(old)
		if first == end {
			return nil
		}
		middle := first + (end-first)/2
		if !c.run.takeToken() {
			return nil
		}
		if c.rest.CompareAndSwap(old, uint64(first)<<32|uint64(middle)) {
			return newChunk(c.run, middle, end)
		}
		c.run.dropTokens(1, nil)
	}
}

// walk runs or passes the next task of the slot's chunk. It reports false when the chunk is done.
//
// A task that is not ready is marked as passed and left to whoever makes its last input; a task ahead of all walkers
// that becomes ready is left to the walker. So a graph runs in the order of its numbers as far as its dependencies
// allow, without a queue, and with the graph's tables read in sequence.
func (w *worker) walk() bool {
	s := w.s
	c := s.chunk.Load()
	if c == nil {
		return false
	}
	i, ok := c.next()
	if !ok {
		s.chunk.Store(nil)
		s.done(c.run) // the chunk's token
		return false
	}
	r := c.run
	if r.cancelled.Load() != nil {
		return true
	}
	t := r.task(i)
	if t.wait.Load() != 0 {
		if statusOf(t.state.Or(flagPassed)) != StatusWaiting {
			return true // an input failed, or it was cancelled
		}
		if t.wait.Load() != 0 {
			s.pass(r, 1)
			return true
		}
	}
	if r.prioritised {
		if p := r.calls[r.g.Load().CallOf(i)].priority; p != 0 {
			w.x.enqueuePriority(r, i, p)
			return true
		}
	}
	s.take(r)
	w.run(r, i)
	return true
}

// takeOver splits another slot's chunk for this one.
func (x *Executor) takeOver(s *slot) bool {
	for k := 1; k < len(x.slots); k++ {
		if c := x.slots[(s.n+k)%len(x.slots)].chunk.Load(); c != nil {
			if half := c.split(); half != nil {
				s.chunk.Store(half)
				return true
			}
		}
	}
	return false
}

// claim gives the slot the next chunk of an open run.
func (x *Executor) claim(s *slot) bool { return x.claimBut(s, nil) }

// claimBut is claim without the runs of one.
func (x *Executor) claimBut(s *slot, but *Run) bool {
	for x.openRuns.Load() > 0 && x.heldBack.Load() < maxHeld {
		x.mu.Lock()
		next, ok := x.nextTurn(but)
		if !ok {
			x.mu.Unlock()
			return false
		}
		if next.chunk != nil {
			x.openRuns.Add(-1)
			x.mu.Unlock()
			s.chunk.Store(next.chunk)
			return true
		}
		r := next.run
		first, end, last := r.advance()
		more := end-first > 1 || x.open.len() > 0
		if last {
			x.openRuns.Add(-1)
		} else {
			more = true
			x.open.push(next) // the next claim is another run's turn
			r.live.Add(1)     // the chunk's token, while the cursor surely has one; the last chunk inherits the cursor's
		}
		x.mu.Unlock()
		if first == end {
			r.dropTokens(1, nil) // at once, not into the hand: the worker may be about to park
			continue
		}
		if end-first == 1 && last && r.succ.Empty() && !r.prioritised && len(r.exts) == 0 {
			s.inHand(newItem(r.id, first)) // with the token that a chunk would have
		} else {
			s.chunk.Store(newChunk(r, first, end))
		}
		if more && x.sleeping.Load() > 0 {
			x.wake()
		}
		return true
	}
	return false
}

// maxPassed bounds the tasks that walkers may pass before those behind them are ready.
const maxPassed = 1 << 13

// farAhead reports whether the walkers of the run have passed so many tasks that it is better to wait for those: going
// on would leave the graph's order, and begin tasks whose results nobody can use yet. If no other slot is busy, it is
// never too far.
// idle is how many slots other than the one that asks are idle.
func (r *Run) farAhead(idle int) bool {
	return r.passed.Load() > maxPassed && idle < len(r.x.slots)-1
}

// pass adds n to the count of passed tasks. The run's own count is touched rarely.
func (s *slot) pass(r *Run, n int64) {
	s.hold(r)
	s.passed += n
	if s.passed > 64 || s.passed < -64 {
		r.passed.Add(s.passed)
		s.passed = 0
	}
}

// unpass takes a passed task that became ready off the count.
func (r *Run) unpass(s *slot) {
	if s != nil {
		s.pass(r, -1)
	} else {
		r.passed.Add(-1)
	}
}

// nextTurn takes the first entry of the list that a worker may claim and that is not of run but; the others keep their
// order. Called with mu held.
func (x *Executor) nextTurn(but *Run) (next turn, ok bool) {
	for range x.open.len() {
		next = x.open.pop()
		if next.run != but && (next.chunk != nil || !next.run.farAhead(len(x.idle))) {
			return next, true
		}
		x.open.push(next)
	}
	return turn{}, false
}

// advance moves the run's cursor over the next tasks: few when the run is short and others could help. Called with the
// executor's mu held.
func (r *Run) advance() (first, end uint32, last bool) {
	if r.cancelled.Load() != nil {
		return 0, 0, true
	}
	first = r.cursor
	left := r.tasks - first
	r.cursor += min(left, maxChunk, max(1, left/uint32(8*len(r.x.slots))))
	return first, r.cursor, r.cursor == r.tasks
}

// largeRun is the number of tasks from which a run with dependencies no longer fits the caches, so that reading ahead pays:
// with its tables it takes some 100 bytes a task. At 64,000 tasks, reading ahead costs more than the misses that it hides.
const (
	largeRun = 1 << 17
	ahead    = 6 // tasks
)

// readAhead reads the states of the inputs and consumers of a task that is soon to be walked to. In a large graph each
// is a cache miss, and the misses of plain reads overlap, while the atomic operations of running a task would wait for
// them one by one.
func (s *slot) readAhead(r *Run, g *graph.Graph, i graph.Index) {
	if uint32(i) >= r.tasks {
		return
	}
	sum := uint32(0)
	_, refs := g.Task(i, s.aheadRefs)
	for _, a := range refs {
		if a.Kind() == graph.RefOutput {
			sum += r.task(a.Task()).uses.Load()
		}
	}
	for _, c := range r.succ.Of(i) {
		sum += r.task(c).wait.Load()
	}
	s.aheadSum += sum
}
