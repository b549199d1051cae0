package sched

import (
	"maps"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// release ends a client's want of results. What nobody else needs is freed or not made.
func (s *State) release(c *client, w *word.Release) {
	r := s.run(w.Run)
	if r == nil || r.client != c {
		return
	}
	r.eachNamed(w.All, w.Tasks, func(i graph.Index) { s.unwant(r, i) })
	s.over = append(s.over, r)
}

func (s *State) unwant(r *run, i graph.Index) {
	t := r.task(i)
	if !t.has(flagWanted) {
		return
	}
	t.flags &^= flagWanted
	r.wants--
	s.unuse(r, i)
}

// eachNamed calls f for the tasks that a word names, in order.
func (r *run) eachNamed(all bool, list []graph.Index, f func(graph.Index)) {
	if all {
		for i := range graph.Index(r.n) {
			f(i)
		}
		return
	}
	for _, i := range list {
		if uint32(i) < r.n {
			f(i)
		}
	}
}

// cancel ends tasks that have no outcome, first those that are named, then those that need them.
func (s *State) cancel(c *client, w *word.CancelTasks) {
	r := s.run(w.Run)
	if r == nil || r.client != c {
		return
	}
	var ended []ref
	r.eachNamed(w.All, w.Tasks, func(i graph.Index) {
		if t := r.task(i); t.state.pending() {
			s.conclude(r, i, t, cancelled)
			ended = append(ended, ref{r, i})
		}
	})
	for _, x := range ended {
		s.failConsumers(x, x.name())
	}
	s.retry = len(s.waiting) > 0
}

// leave releases everything that a client wants. It is forgotten with its last run.
func (s *State) leave(c *client) {
	c.gone = true
	for _, r := range c.runs {
		r.eachNamed(true, nil, func(i graph.Index) { s.unwant(r, i) })
		s.over = append(s.over, r)
	}
	s.forget(c)
}

// forget forgets a client that is gone and has no runs.
func (s *State) forget(c *client) {
	if !c.gone || len(c.runs) > 0 {
		return
	}
	delete(s.clients, c.id)
	s.turn = slices.DeleteFunc(s.turn, func(o *client) bool { return o == c })
}

// endRuns forgets runs of which nothing is wanted and from which no run takes anything that may have to be made again.
func (s *State) endRuns() {
	for len(s.over) > 0 {
		last := len(s.over) - 1
		r := s.over[last]
		s.over = s.over[:last]
		if r.wants > 0 || len(r.takers) > 0 || s.runs[r.id] != r {
			continue
		}
		for _, g := range r.gangs {
			s.letGo(g)
		}
		s.sweep()
		s.ended = append(s.ended, r.id)
		delete(s.runs, r.id)
		for _, c := range r.classes {
			s.dropNeeds(c)
		}
		if s.last == r {
			s.last = nil
		}
		for a, sh := range r.shares {
			a.forget(sh)
		}
		maps.DeleteFunc(s.wish, func(x ref, _ *agent) bool { return x.r == r })
		maps.DeleteFunc(s.missing, func(x ref, _ []await) bool { return x.r == r })
		maps.DeleteFunc(s.doubts, func(d doubt, _ struct{}) bool { return d.consumer.Task.Run == r.id })
		s.retry = s.retry || len(s.waiting) > 0
		for _, src := range r.sources {
			src.takers = slices.DeleteFunc(src.takers, func(q *run) bool { return q == r })
			s.over = append(s.over, src)
		}
		c := r.client
		last = len(c.runs) - 1
		c.runs[r.place] = c.runs[last]
		c.runs[r.place].place = r.place
		c.runs[last] = nil
		c.runs = c.runs[:last]
		if r.opened {
			c.open = slices.DeleteFunc(c.open, func(q *run) bool { return q == r })
		}
		s.forget(c)
	}
}

// forget drops a share in which nothing is left.
func (a *agent) forget(sh *share) {
	last := len(a.shares) - 1
	a.shares[sh.place] = a.shares[last]
	a.shares[sh.place].place = sh.place
	a.shares[last] = nil
	a.shares = a.shares[:last]
	if sh.active {
		n := slices.Index(a.active, sh)
		a.active = slices.Delete(a.active, n, n+1)
	}
	if a.last == sh {
		a.last = nil
	}
}
