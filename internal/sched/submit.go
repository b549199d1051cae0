package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// submit takes a graph in: a few linear passes over its tasks, which make no states yet.
func (s *State) submit(ev Submitted) {
	if s.runs[ev.Run] != nil {
		return
	}
	c := s.client(ev.Client)
	n := uint32(ev.Graph.Len())
	r := &run{id: ev.Run, s: s, client: c, g: ev.Graph, n: n, all: ev.All, wants: int(n)}
	r.pages = make([][]task, (n+pageTasks-1)>>pageBits)
	r.left = len(r.pages)
	if !ev.All {
		r.wanted = slices.Compact(slices.Sorted(slices.Values(ev.Wanted)))
		for len(r.wanted) > 0 && uint32(r.wanted[len(r.wanted)-1]) >= n {
			r.wanted = r.wanted[:len(r.wanted)-1]
		}
		r.wants = len(r.wanted)
	}
	s.resolveCalls(r)
	s.findGangs(r)
	if !ev.All {
		r.markNeeded()
	}
	r.succ, r.ranks = r.g.Successors(), ranks(r.g)
	gone := s.bind(r)
	s.sortTasks(r)
	s.runs[r.id] = r
	r.place = len(c.runs)
	c.runs = append(c.runs, r)
	if len(r.pool) > 0 {
		s.open(r)
	}
	s.refuse(r)
	s.refuseGangs(r)
	s.startExternals(r, gone)
	s.over = append(s.over, r)
}

func (s *State) client(id word.Client) *client {
	c := s.clients[id]
	if c == nil {
		c = &client{id: id, groups: map[string]*word.Group{}}
		s.clients[id] = c
		s.turn = append(s.turn, c)
	}
	return c
}

// markNeeded finds the tasks that a wanted one needs. Others never run.
func (r *run) markNeeded() {
	if r.n == 0 {
		return
	}
	bits := make([]uint64, (r.n+63)/64)
	for _, i := range r.wanted {
		bits[i>>6] |= 1 << (i & 63)
	}
	r.needed = bits
	for changed := true; changed; changed = r.needWholeGangs() {
		r.markInputs()
	}
	all := true
	for i := range graph.Index(r.n) {
		all = all && r.isNeeded(i)
	}
	if all {
		r.needed = nil
	}
}

// markInputs marks what the needed tasks take.
func (r *run) markInputs() {
	for k := range r.n {
		i := graph.Index(r.n - 1 - k)
		if !r.isNeeded(i) {
			continue
		}
		_, args := r.g.Task(i, r.s.refs[:0])
		for _, a := range args {
			if a.Kind() == graph.RefOutput {
				j := a.Task()
				r.needed[j>>6] |= 1 << (j & 63)
			}
		}
	}
}

// resolveCalls resolves the graph's calls: levels of priority, classes of needs, habits and groups.
func (s *State) resolveCalls(r *run) {
	g := r.g
	r.calls = make([]call, len(g.Calls()))
	r.classes = []*class{{run: r}}
	var priorities []int32
	for _, c := range g.Calls() {
		priorities = append(priorities, g.Traits()[c.Traits].Priority)
	}
	slices.SortFunc(priorities, func(a, b int32) int { return int(int64(b) - int64(a)) })
	priorities = slices.Compact(priorities)
	r.roots = make([]spans, max(1, len(priorities)))
	r.priorities = priorities
	if len(priorities) > 1 || len(priorities) == 1 && priorities[0] != 0 {
		r.client.prioritised = true
	}
	for n, gc := range g.Calls() {
		traits := &g.Traits()[gc.Traits]
		c := &r.calls[n]
		c.level = uint32(slices.Index(priorities, traits.Priority))
		c.impure = traits.Impure
		c.hintNanos = int64(traits.Hints.Seconds * 1e9)
		c.hintBytes = traits.Hints.Bytes
		c.gang = traits.Lifetime == graph.LifetimeGang
		c.class = s.classOf(r, traits)
		c.strict = c.gang || len(r.classes[c.class].needs) > 0
		r.strict = r.strict || c.strict
		name := g.CallName(uint32(n))
		c.habit = s.habitOf(name, r)
		c.group = r.client.groups[name]
		if c.group == nil {
			c.group = &word.Group{Name: name}
			r.client.groups[name] = c.group
		}
	}
}

// sortTasks finds the roots, the gangs and what derives from impure tasks.
func (s *State) sortTasks(r *run) {
	impure := slices.ContainsFunc(r.calls, func(c call) bool { return c.impure }) ||
		slices.ContainsFunc(r.sources, func(q *run) bool { return q.tainted != nil })
	if impure {
		r.tainted = make([]uint64, (r.n+63)/64)
	}
	for _, g := range r.gangs {
		g.held = r.isNeeded(g.first)
	}
	for i := range graph.Index(r.n) {
		if !r.isNeeded(i) {
			continue
		}
		n, args := r.g.Task(i, s.refs[:0])
		c := &r.calls[n]
		c.group.Total++
		root, tainted := true, c.impure
		for _, a := range args {
			switch a.Kind() {
			case graph.RefOutput:
				root = false
				tainted = tainted || r.isTainted(a.Task())
			case graph.RefExternal:
				e := &r.exts[a.Table()]
				root = root && e.count == 0
				for j := range e.count {
					if !impure || tainted {
						break
					}
					tainted = e.src.isTainted(e.first + graph.Index(j))
				}
			}
		}
		if tainted {
			r.tainted[i>>6] |= 1 << (i & 63)
		}
		switch {
		case c.gang && root:
			r.gangOf(i).ready++
		case c.gang:
		case !root:
		case c.class != 0:
			s.enqueueClass(r.classes[c.class], c.level, i)
		default:
			r.roots[c.level].add(i)
		}
	}
	for n := len(r.roots) - 1; n >= 0; n-- {
		if p := r.roots[n].places(); p > 0 {
			r.pool = append(r.pool, stretch{level: uint32(n), end: p})
		}
	}
	for _, g := range r.gangs {
		if g.ready == g.count {
			s.gangs = append(s.gangs, g)
		}
	}
}

// startExternals holds on to what the run takes from others, and begins with the tasks of which all of that is there.
func (s *State) startExternals(r *run, gone []bool) {
	if len(r.exts) == 0 {
		return
	}
	for n := range r.exts {
		e := &r.exts[n]
		for j := range e.count {
			x := ref{e.src, e.first + graph.Index(j)}
			if x.task().state == idle {
				s.changed = append(s.changed, x)
			}
		}
	}
	r.eachExternal(func(i graph.Index, n uint32) {
		t := r.task(i)
		if !t.state.pending() {
			return
		}
		if gone[n] {
			s.fail(r, i, t, word.StatusLost, []byte("it takes a result of an earlier submission that was released"))
			return
		}
		e := &r.exts[n]
		for j := range e.count {
			x := ref{e.src, e.first + graph.Index(j)}
			if u := x.task(); u.state.over() {
				s.failFor(r, i, t, s.causeOf(x, u))
				return
			}
		}
		if t.state == waiting && t.missing == 0 {
			s.ready(r, i, t)
		}
	})
}

// open lists a run among those with work that belongs to no agent yet.
func (s *State) open(r *run) {
	if r.opened {
		return
	}
	r.opened = true
	c := r.client
	n, _ := slices.BinarySearchFunc(c.open, r, func(a, b *run) int { return int(int64(a.id) - int64(b.id)) })
	c.open = slices.Insert(c.open, n, r)
}
