package sched

import "math/bits"

// magnitude is a number to about an eighth of itself in one byte: what is added to an agent's load when a task is assigned
// is taken off again exactly when it ends, although the estimate has moved on meanwhile.
type magnitude uint8

// magnitudeOf returns the magnitude just below n.
func magnitudeOf(n int64) magnitude {
	if n <= 0 {
		return 0
	}
	if n < 4 {
		return magnitude(n)
	}
	e := bits.Len64(uint64(n)) - 3 // n>>e is 4…7
	return magnitude(4*e + int(n>>e))
}

// value returns the number that the magnitude stands for.
func (m magnitude) value() int64 {
	if m < 8 {
		return int64(m)
	}
	e := m/4 - 1
	return int64(4+m%4) << e
}

// habit is what was learned about a call's op, whichever run it belongs to.
type habit struct {
	n            int64   // measured tasks
	nanos, bytes float64 // moving means
}

// learn takes a measurement in. The first ones weigh equally, later ones a sixteenth.
func (h *habit) learn(nanos, bytes int64) {
	h.n++
	weight := 1 / float64(min(h.n, 16))
	h.nanos += weight * (float64(nanos) - h.nanos)
	h.bytes += weight * (float64(bytes) - h.bytes)
}

// expect returns the expected run time and bytes of a task of call c, from what was measured, or from the user's hints.
// What nobody knows anything of counts as half a slot's window, so that two tasks a slot are assigned until the first ends.
func (s *State) expect(c *call) (nanos, bytes magnitude) {
	if h := c.habit; h.n > 0 {
		return magnitudeOf(int64(h.nanos)), magnitudeOf(int64(h.bytes))
	}
	n := c.hintNanos
	if n == 0 {
		n = s.cfg.WindowNanos / 2
	}
	return magnitudeOf(n), magnitudeOf(c.hintBytes)
}
