package sim

// end is what a link leads to.
type end interface {
	place() int // number of the end: 0 is the driver
	// broken tells the end that its connection with another one ended.
	broken(other end)
}

// link is what is between two ends: one connection after the other.
type link struct {
	count   int      // of connections that broke
	last    [2]int64 // when the last word arrives, by direction
	stalled int64    // nothing arrives before
	untold  [2]bool  // the end was not told yet that the last connection broke
	walled  bool     // no connection is possible any more
}

// side says which of two ends is meant: that with the lower number is 0.
func side(a, other end) int {
	if a.place() < other.place() {
		return 0
	}
	return 1
}

func (s *simulation) link(a, b end) *link {
	key := [2]int{min(a.place(), b.place()), max(a.place(), b.place())}
	l := s.links[key]
	if l == nil {
		l = &link{}
		s.links[key] = l
	}
	return l
}

// send carries a word: arrive is called at the other end unless the connection breaks before.
func (s *simulation) send(from, to end, arrive func()) {
	l := s.link(from, to)
	me := side(from, to)
	if l.untold[me] {
		return // into a connection that is no more
	}
	if l.walled {
		l.untold[me] = true
		count := l.count
		s.after(s.around(s.sc.Delay), func() {
			if l.count == count {
				s.tellBroken(l, from, to)
			}
		})
		return
	}
	at := max(s.now+s.around(s.sc.Delay), l.last[me]+1, l.stalled)
	l.last[me] = at
	count := l.count
	s.at(at, func() {
		if l.count != count {
			return
		}
		if l.untold[1-me] { // the first word of the next connection
			s.tellBroken(l, to, from)
		}
		if l.count == count {
			s.report.Words++
			arrive()
		}
	})
}

// tellBroken tells an end that the last connection with the other one broke, once.
func (s *simulation) tellBroken(l *link, e, other end) {
	me := side(e, other)
	if l.untold[me] {
		l.untold[me] = false
		e.broken(other)
	}
}

// sever breaks the connection between two ends. Each is told after a while.
func (s *simulation) sever(a, b end) {
	l := s.link(a, b)
	l.count++
	count := l.count
	for _, e := range [][2]end{{a, b}, {b, a}} {
		l.untold[side(e[0], e[1])] = true
		s.after(s.around(s.sc.Delay), func() {
			if l.count == count {
				s.tellBroken(l, e[0], e[1])
			}
		})
	}
}

// hush breaks a connection of which nobody needs to be told.
func (s *simulation) hush(a, b end) {
	l := s.link(a, b)
	l.count++
	l.untold = [2]bool{}
}

// wall breaks the connection between two ends for good.
func (s *simulation) wall(a, b end) {
	s.sever(a, b)
	s.link(a, b).walled = true
}

// stall lets nothing arrive for a while.
func (s *simulation) stall(a, b end, nanos int64) {
	l := s.link(a, b)
	l.stalled = max(l.stalled, s.now+nanos)
}
