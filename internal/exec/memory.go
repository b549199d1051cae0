package exec

// holdBack decides whether a task without inputs may begin now. While known results are above the limit it is held, so
// that what is there is used up before more is made; but one task always runs, since otherwise nothing would ever fall
// below the limit.
func (x *Executor) holdBack(c *call, it item) bool {
	if x.memory.Load()+c.expected() <= x.config.MemoryLimit {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.alone() {
		return false
	}
	x.held.push(it)
	x.heldBack.Add(1)
	return true
}

// alone reports whether every other slot is idle, so that the caller's task would be the one that always runs. Called
// with mu held.
func (x *Executor) alone() bool {
	return len(x.idle) >= len(x.slots)-1
}

// fromHeld takes a held task if there is room for it again.
func (x *Executor) fromHeld(alone bool) (item, bool) {
	if x.heldBack.Load() == 0 {
		return 0, false
	}
	x.mu.Lock()
	it, ok := x.admitHeld(alone)
	x.mu.Unlock()
	if ok && x.hasWork() { // there may be room for more than one
		x.wake()
	}
	return it, ok
}

// admitHeld takes the task held longest if there is room for it, or, with alone set, if it would be the only one to
// run. Called with mu held.
func (x *Executor) admitHeld(alone bool) (item, bool) {
	if !x.admissible(alone) {
		return 0, false
	}
	x.heldBack.Add(-1)
	return x.held.pop(), true
}

func (x *Executor) admissible(alone bool) bool {
	if x.held.len() == 0 {
		return false
	}
	it := x.held.first()
	r := x.runOf(it)
	if r.cancelled.Load() != nil || alone && x.alone() {
		return true
	}
	c := &r.calls[r.g.Load().CallOf(it.task())]
	return x.memory.Load()+c.expected() <= x.config.MemoryLimit
}

// expected returns the bytes that a result of the call probably has: what the user said, or what results of the same op
// had so far.
func (c *call) expected() int64 {
	if c.expect != 0 || c.op.Size == nil {
		return c.expect
	}
	return c.group.mean.Load()
}

// addResult counts the bytes of a new result.
func (x *Executor) addResult(c *call, v any) {
	n, known := c.op.Size(v)
	if !known {
		x.unsized.Add(1)
		return
	}
	if n == 0 {
		return
	}
	x.memory.Add(n)
	g := c.group
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
	n, known := c.op.Size(v)
	if !known {
		x.unsized.Add(-1)
		return
	}
	if x.memory.Add(-n) <= x.config.MemoryLimit && x.heldBack.Load() > 0 {
		x.wake()
	}
}
