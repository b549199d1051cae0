package sched

import (
	"slices"
	"sort"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// gang is a stretch of consecutive tasks of one call that start together or not at all. It runs as a whole: until all have
// ended each of them is needed, a member that is lost takes the others back with it, and one that fails fails them all, or is
// tried again with them. Clients are told of the members when all are done.
type gang struct {
	run   *run
	first graph.Index
	count uint32
	call  uint32
	ready uint32
	held  bool // each member has a use for being a member
	fails int  // attempts that may fail and be followed by another
	// before is the members by which attempts have failed under an earlier scheduler.
	before map[word.Block]bool
}

func (g *gang) unready() { g.ready-- }

func (g *gang) each(f func(graph.Index)) {
	for k := range g.count {
		f(g.first + graph.Index(k))
	}
}

// gangOf returns the gang of a member.
func (r *run) gangOf(i graph.Index) *gang {
	n := sort.Search(len(r.gangs), func(n int) bool { return r.gangs[n].first > i })
	return r.gangs[n-1]
}

// findGangs finds the gangs of a new run.
func (s *State) findGangs(r *run) {
	for _, g := range r.g.Gangs() {
		retries := int(r.g.Traits()[r.g.Calls()[g.Call].Traits].Retries)
		r.gangs = append(r.gangs, &gang{run: r, first: g.First, count: g.Count, call: g.Call, fails: retries})
	}
}

// needWholeGangs marks all members of gangs of which some are needed, and reports whether that was new to any.
func (r *run) needWholeGangs() bool {
	changed := false
	for _, g := range r.gangs {
		n := uint32(0)
		g.each(func(i graph.Index) {
			if r.isNeeded(i) {
				n++
			}
		})
		if n > 0 && n < g.count {
			changed = true
			g.each(func(i graph.Index) { r.needed[i>>6] |= 1 << (i & 63) })
		}
	}
	return changed
}

// hold makes every member of a gang needed because the others are.
func (s *State) hold(g *gang) {
	if !g.held {
		g.each(func(i graph.Index) { g.run.task(i) })
		g.held = true
		g.each(func(i graph.Index) { s.use(g.run, i) })
	}
}

func (s *State) enqueueGang(r *run, i graph.Index, t *task) {
	t.queue = gangQueue
	g := r.gangOf(i)
	g.ready++
	if g.ready == g.count {
		s.gangs = append(s.gangs, g)
	}
}

// outlook is what becomes of a gang in one Plan.
type outlook uint8

const (
	settled  outlook = iota // placed, or not to be placed any more
	gathers                 // agents are reserved for it and end what they have
	hopeless                // all agents together are too few
)

// placeGangs places the gangs that are ready. Agents are reserved for one gang at a time, and given back when none needs
// them.
func (s *State) placeGangs() {
	for n := 0; n < len(s.gangs); {
		switch s.placeGang(s.gangs[n]) {
		case settled:
			s.gangs = slices.Delete(s.gangs, n, n+1)
		case gathers:
			return
		case hopeless:
			n++
		}
	}
	for n := len(s.reserved) - 1; n >= 0; n-- {
		if a := s.reserved[n]; a.reserved == forGang {
			s.unreserve(a)
		}
	}
}

// placeGang assigns all members of a gang at once, to agents that have nothing else. Where there are too few such agents it
// reserves more.
func (s *State) placeGang(g *gang) outlook {
	r := g.run
	if s.runs[r.id] != r || g.ready < g.count {
		return settled
	}
	c := r.classes[r.calls[g.call].class]
	var chosen []*agent
	room := uint32(0)
	candidates := slices.DeleteFunc(slices.Clone(s.live), func(a *agent) bool {
		return a.reserved == forSuspects || !a.mayRun(c)
	})
	slices.SortStableFunc(candidates, func(a, b *agent) int { return a.assigned - b.assigned })
	empty := true
	for _, a := range candidates {
		if room >= g.count {
			break
		}
		chosen = append(chosen, a)
		room += a.membersOf(c)
		empty = empty && a.load() == 0
	}
	if room < g.count {
		return hopeless
	}
	if !empty {
		for _, a := range chosen {
			if a.reserved == notReserved {
				s.reserve(a, forGang)
			}
		}
		return gathers
	}
	i := g.first
	for _, a := range chosen {
		for range a.membersOf(c) {
			if i < g.first+graph.Index(g.count) {
				s.assign(a, r, i, r.task(i))
				i++
			}
		}
		s.endAssign(a)
	}
	return settled
}

// addGang appends the other members of a lost member's gang, and needs them all again.
func (s *State) addGang(x ref, list []lost) []lost {
	g := x.r.gangOf(x.i)
	s.hold(g)
	g.each(func(i graph.Index) {
		if t := x.r.task(i); i != x.i && (t.state == assigned || t.state == done) {
			list = append(list, lost{x: ref{x.r, i}})
		}
	})
	return list
}
