package exec

// Block tells the executor that the task is about to wait for other tasks: its slot goes to another worker, so that
// waiting inside tasks cannot starve the tasks that are waited for. What says for what, for Explain. The caller must
// call Unblock afterwards. Several goroutines of one task may wait; the task has yielded while any of them does.
func (c *Context) Block(what string) {
	if y := c.run.x.config.Elsewhere; y != nil {
		y.Yield(c.run, what)
		return
	}
	m := c.extra()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits++
	m.waitsFor = what
	if c.returned.Load() || m.waits > 1 || c.worker.s == nil {
		return
	}
	s := c.worker.s
	c.worker.s = nil
	x := c.run.x
	x.mu.Lock()
	x.blocked[c] = struct{}{}
	x.mu.Unlock()
	x.handOff(s)
	if m.held != nil {
		x.giveCores(m.held)
	}
	if x.config.Blocked != nil {
		x.config.Blocked(c.run, c.index)
	}
}

// Unblock undoes Block: it returns when the task has a slot again, or another of its goroutines has begun to wait. Of
// several that come back at once only one asks for a slot: a second request would wait for a second slot.
func (c *Context) Unblock() {
	if y := c.run.x.config.Elsewhere; y != nil {
		y.Retake(c.run)
		return
	}
	m, x := c.extra(), c.run.x
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waits--
	for m.waits == 0 && !c.returned.Load() && c.worker.s == nil {
		if back := m.back; back != nil {
			m.mu.Unlock()
			<-back
			m.mu.Lock()
			continue
		}
		m.back = make(chan struct{})
		m.mu.Unlock()
		s := x.slotAfter(c)
		m.mu.Lock()
		close(m.back)
		m.back = nil
		switch {
		case s == nil: // it goes on without
			return
		case m.waits == 0 && !c.returned.Load():
			s.current.Store(c)
			c.worker.s = s
			x.mu.Lock()
			delete(x.blocked, c)
			x.mu.Unlock()
		default:
			x.handOff(s)
		}
	}
}

// handOff gives a slot without a worker to a task that wants to go on, or to a new worker if there is work, or lays it
// down idle.
func (x *Executor) handOff(s *slot) {
	s.current.Store(nil)
	s.settleAll()
	x.mu.Lock()
	if x.resuming.len() > 0 {
		ch := x.popResuming()
		x.mu.Unlock()
		ch <- s
		return
	}
	if c := s.chunk.Load(); c != nil { // others go on with it, or end it if there is nothing left of it
		s.chunk.Store(nil)
		x.open.push(turn{run: c.run, chunk: c})
		x.openRuns.Add(1)
	}
	x.layDown(s, nil)
	x.mu.Unlock()
	if x.hasWork() {
		x.wake()
	}
}

// popResuming takes the task that has waited longest for a slot. Called with mu held.
func (x *Executor) popResuming() chan *slot {
	x.irregular.Add(-1)
	return x.resuming.pop()
}

// slotAfter returns a slot for a task that goes on after waiting: an idle one, or the next that a worker gives away. It
// returns nil once the executor is closed, since then nothing more is started and the number of slots means nothing, and
// for a member of a gang for which no slot is idle.
func (x *Executor) slotAfter(c *Context) *slot {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	if s := x.pickUp(); s != nil {
		parked := s.parked
		s.parked = nil
		x.mu.Unlock()
		if parked != nil {
			parked <- false // its worker leaves
		}
		return s
	}
	if c.run.calls[c.call].gang {
		x.mu.Unlock()
		return nil
	}
	ch := make(chan *slot, 1)
	x.resuming.push(ch)
	x.irregular.Add(1)
	x.mu.Unlock()
	return <-ch
}

// layDown puts a slot among the idle ones, or to those collected for a task; parked is where its worker waits, or nil. Called
// with mu held.
func (x *Executor) layDown(s *slot, parked chan bool) {
	s.parked = parked
	s.unreserve()
	if x.collecting != nil {
		x.collected(s)
		return
	}
	x.idle = append(x.idle, s)
	x.sleeping.Add(1)
}

// pickUp takes the slot that became idle last. Called with mu held.
func (x *Executor) pickUp() *slot {
	n := len(x.idle)
	if n == 0 {
		return nil
	}
	s := x.idle[n-1]
	x.idle = x.idle[:n-1]
	x.sleeping.Add(-1)
	return s
}

// wake sets one idle slot to work, if there is one.
func (x *Executor) wake() {
	if x.sleeping.Load() == 0 {
		return
	}
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return
	}
	s := x.pickUp()
	var parked chan bool
	if s != nil {
		parked, s.parked = s.parked, nil
		if parked == nil {
			x.driving.Add(1)
		}
	}
	x.mu.Unlock()
	switch {
	case s == nil:
	case parked != nil:
		parked <- true
	default:
		x.start(s)
	}
}

// lookUp does what makes a worker look up from its deque: it gives its slot to a task that waits for one or needs several,
// takes an urgent task in hand, and leaves when the executor is closed. It reports whether the worker still has a slot.
func (w *worker) lookUp() bool {
	x, s := w.x, w.s
	x.mu.Lock()
	switch {
	case x.closed:
		x.mu.Unlock()
		w.s = nil
		s.current.Store(nil)
		s.settleAll()
		return false
	case x.resuming.len() > 0:
		ch := x.popResuming()
		x.mu.Unlock()
		w.s = nil
		s.current.Store(nil)
		s.settleAll()
		ch <- s
		return false
	case x.collecting != nil:
		x.mu.Unlock()
		w.s = nil
		x.handOff(s)
		return false
	case x.urgent.Len() > 0:
		it := x.urgent.take()
		x.irregular.Add(-1)
		x.waiting.Add(-1)
		x.mu.Unlock()
		s.stash()
		s.next, s.hasNext = it, true
		return true
	}
	x.mu.Unlock()
	return true
}
