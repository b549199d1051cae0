package exec

import "github.com/braid-compute/braid/internal/block"

// holdBack decides whether a task without inputs may begin now, and counts the bytes that it is expected to make if so.
// While known results are above the limit it is held, so that what is there is used up before more is made; but one task
// always runs, since otherwise nothing would ever fall below the limit. The task has taken so many slots besides its own.
func (x *Executor) holdBack(c *call, it item, taken int) (reserved int64, held bool) {
	n := c.expected()
	if x.reserve(n) {
		return n, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.alone(taken) {
		x.expect(n)
		return n, false
	}
	x.held.push(it)
	x.heldBack.Add(1)
	return 0, true
}

// maxHeld bounds the tasks that are held: beyond it no run brings new ones. Below it workers walk on, since what comes
// may use up what is there.
const maxHeld = 1 << 13

// reserve counts n bytes if there is room for them.
func (x *Executor) reserve(n int64) bool {
	if x.store != nil && n >= x.least {
		return x.store.Admit(n)
	}
	for {
		used := x.memory.Load()
		if used+n+x.stored() > x.mark {
			if x.store == nil || !x.store.Admit(n) {
				return false
			}
			x.store.Charge(block.Expected, -n) // there is room now: it is counted here, where it is taken off
			x.memory.Add(n)
			return true
		}
		if x.memory.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// alone reports whether every other slot is idle or taken by the caller's task, so that it would be the one that always
// runs. Called with mu held.
func (x *Executor) alone(taken int) bool {
	return len(x.idle)+taken >= len(x.slots)-1
}

// fromHeld gives the slot a held task if there is room for it again.
func (x *Executor) fromHeld(s *slot) bool {
	if x.heldBack.Load() == 0 {
		return false
	}
	x.mu.Lock()
	ok := x.admitHeld(s, false)
	x.mu.Unlock()
	if ok && x.hasWork() { // there may be room for more than one
		x.wake()
	}
	return ok
}

// admitHeld gives the slot the task held longest if there is room for it, or, with alone set, if it would be the only one
// to run. Called with mu held.
func (x *Executor) admitHeld(s *slot, alone bool) bool {
	if x.held.len() == 0 {
		return false
	}
	n := int64(0)
	if c := x.firstHeld(); c != nil {
		if n = c.expected(); !x.reserve(n) {
			if !alone || !x.alone(0) {
				return false
			}
			x.expect(n)
		}
	}
	x.heldBack.Add(-1)
	s.unreserve()
	s.inHand(x.held.pop())
	s.admitted, s.reserved = true, n
	return true
}

// unreserve takes back an admission that the slot has not used, because another slot has stolen the task.
func (s *slot) unreserve() {
	if s.reserved != 0 {
		s.x.expect(-s.reserved)
	}
	s.admitted, s.reserved = false, 0
}

// admissible reports whether there is room for the task held longest. Called with mu held.
func (x *Executor) admissible() bool {
	if x.held.len() == 0 {
		return false
	}
	c := x.firstHeld()
	switch {
	case c == nil:
		return true
	case x.store != nil: // which wakes a slot when there is
		return x.store.Fits(c.expected())
	}
	return x.memory.Load()+c.expected() <= x.mark
}

// firstHeld returns the call of the task held longest, or nil if its run is cancelled. Called with mu held.
func (x *Executor) firstHeld() *call {
	it := x.held.first()
	r := x.runOf(it)
	if r.cancelled.Load() != nil {
		return nil
	}
	return &r.calls[r.g.Load().CallOf(it.task())]
}

// expected returns the bytes that a result of the call probably has: what the user said, or what results of the same op
// had so far.
func (c *call) expected() int64 {
	if c.expect != 0 || c.op.Size == nil {
		return c.expect
	}
	return c.group.mean.Load()
}

// size returns the bytes of a result: as they are, or, where that is not known, as the user said.
func (c *call) size(v any) (n int64, known bool) {
	if n, known = c.op.Size(v); !known && c.expect > 0 {
		return c.expect, true
	}
	return n, known
}

// addResult counts the n bytes of a new result.
func (x *Executor) addResult(c *call, n int64, known bool) {
	if !known {
		x.unsized.Add(1)
		return
	}
	if n == 0 {
		return
	}
	x.memory.Add(n)
	c.group.learn(n)
}

// learn takes the bytes of a result into the mean of its op.
func (g *Group) learn(n int64) {
	if mean := g.mean.Load(); mean == 0 {
		g.mean.Store(n)
	} else {
		g.mean.Store(mean + (n-mean)/8)
	}
}

// dropResult takes a freed result off the count, and lets held tasks in when there is room again.
func (x *Executor) dropResult(c *call, v any) {
	if c.op.Size == nil {
		return
	}
	if b, ok := v.(*block.Block); ok {
		b.Release()
		if x.heldBack.Load() > 0 && x.memory.Load()+x.stored() <= x.mark {
			x.wake()
		}
		return
	}
	n, known := c.size(v)
	if !known {
		x.unsized.Add(-1)
		return
	}
	if x.memory.Add(-n)+x.stored() <= x.mark && x.heldBack.Load() > 0 {
		x.wake()
	}
}
