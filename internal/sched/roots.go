package sched

import (
	"sort"

	"github.com/braid-compute/braid/graph"
)

// The roots of a run, tasks that take nothing from other tasks, are never listed: they are spans of the graph's order, and
// parts of these that belong to nobody yet (the run's pool) or to an agent (its share).

// span is a stretch of tasks that begins and ends with a root and has no long gaps between roots.
type span struct {
	first graph.Index
	count uint32
	at    uint32 // places in the spans before it
}

// spanGap is the number of other tasks between two roots that begins another span.
const spanGap = 16

// spans are the roots of one level, as places numbered from 0.
type spans []span

// add appends root i.
func (s *spans) add(i graph.Index) {
	n := len(*s)
	if n > 0 {
		last := &(*s)[n-1]
		if end := uint32(last.first) + last.count; uint32(i)-end < spanGap {
			last.count = uint32(i) - uint32(last.first) + 1
			return
		}
		*s = append(*s, span{first: i, count: 1, at: last.at + last.count})
		return
	}
	*s = append(*s, span{first: i, count: 1})
}

// places returns the number of places.
func (s spans) places() uint32 {
	if len(s) == 0 {
		return 0
	}
	last := s[len(s)-1]
	return last.at + last.count
}

// stretch is a range of places of one level.
type stretch struct {
	level   uint32
	at, end uint32
	span    int // where at is, as far as known
}

// index returns the task at the stretch's first place.
func (x *stretch) index(r *run) graph.Index {
	s := r.roots[x.level]
	if n := x.span; x.at < s[n].at || x.at >= s[n].at+s[n].count {
		if n+1 < len(s) && x.at >= s[n+1].at && x.at < s[n+1].at+s[n+1].count {
			x.span = n + 1
		} else {
			x.span = sort.Search(len(s), func(n int) bool { return s[n].at > x.at }) - 1
		}
	}
	sp := s[x.span]
	return sp.first + graph.Index(x.at-sp.at)
}

// pullRoots gives the agent of a share its part of the run's pool: of the highest level in it, in proportion to its slots
// among the agents that have not had a part yet; after that, in proportion to all slots.
func (s *State) pullRoots(sh *share) bool {
	r := sh.run
	if len(r.pool) == 0 {
		return false
	}
	if sh.parted && r.partedSlots < s.slots && s.lists[dirtyList].n+s.lists[freeList].n > 0 {
		return false // somebody with nothing to do has not had a part
	}
	level, left := r.pool[len(r.pool)-1].level, uint64(0)
	for n := len(r.pool) - 1; n >= 0 && r.pool[n].level == level; n-- {
		left += uint64(r.pool[n].end - r.pool[n].at)
	}
	among := uint64(s.slots)
	if !sh.parted {
		among = uint64(s.slots - r.partedSlots)
		sh.parted = true
		r.partedSlots += sh.agent.slots
		r.parts.add(sh.agent)
	}
	n := uint32(min(left, (left*uint64(sh.agent.slots)+among-1)/among))
	for n > 0 {
		x := &r.pool[len(r.pool)-1]
		part := *x
		if part.end-part.at > n {
			part.end = part.at + n
			x.at = part.end
		} else {
			r.pool = r.pool[:len(r.pool)-1]
		}
		n -= part.end - part.at
		sh.addRoots(part)
	}
	return true
}

// returnRoots puts the roots that a share has not begun back into the run's pool.
func (s *State) returnRoots(sh *share) {
	r := sh.run
	r.pool = append(r.pool, sh.roots...)
	// The first part of the highest level is taken first: it stands last.
	sort.Slice(r.pool, func(a, b int) bool {
		x, y := r.pool[a], r.pool[b]
		return x.level > y.level || x.level == y.level && x.at > y.at
	})
	sh.clearRoots()
	if sh.parted {
		sh.parted = false
		r.partedSlots -= sh.agent.slots
	}
}

// nextRoot returns the first root of the share that is still to be had, and passes over what is not.
func (sh *share) nextRoot() (level uint32, i graph.Index, ok bool) {
	for len(sh.roots) > 0 {
		best := 0
		for n := 1; n < len(sh.roots); n++ {
			if x, y := sh.roots[n], sh.roots[best]; x.level < y.level || x.level == y.level && x.at < y.at {
				best = n
			}
		}
		x := &sh.roots[best]
		for x.at < x.end {
			i := x.index(sh.run)
			if t := sh.run.task(i); t.state == ready && t.queue == rootQueue {
				return x.level, i, true
			}
			x.at++
			sh.rooted--
		}
		last := len(sh.roots) - 1
		sh.roots[best] = sh.roots[last]
		sh.roots = sh.roots[:last]
	}
	return 0, 0, false
}

func (sh *share) addRoots(x stretch) {
	sh.activate()
	sh.roots = append(sh.roots, x)
	sh.rooted += x.end - x.at
}

func (sh *share) clearRoots() { sh.roots, sh.rooted = nil, 0 }

// halfRoots takes the second half of the share's largest stretch of roots, if it has more than one.
func (sh *share) halfRoots() (stretch, bool) {
	best := -1
	for n, x := range sh.roots {
		if best < 0 || x.end-x.at > sh.roots[best].end-sh.roots[best].at {
			best = n
		}
	}
	if best < 0 || sh.roots[best].end-sh.roots[best].at < 2 {
		return stretch{}, false
	}
	x := &sh.roots[best]
	half := *x
	half.at += (x.end - x.at) / 2
	x.end = half.at
	sh.rooted -= half.end - half.at
	return half, true
}
