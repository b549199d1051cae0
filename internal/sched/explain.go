package sched

import (
	"fmt"

	"github.com/braid-compute/braid/internal/word"
)

// Explanation says where a task is and why it is not running.
type Explanation struct {
	State   string       // one word of docs/states.md
	Why     string       // one sentence
	Agent   word.Agent   // that has the task or its block, and knows more
	Attempt word.Attempt // that it has
}

// Explain says why a task is where it is.
func (s *State) Explain(name word.Task) Explanation {
	r := s.run(name.Run)
	if r == nil {
		return Explanation{State: "unknown", Why: "no run of that number is known: it was never submitted, or everything of it was released"}
	}
	if uint32(name.Index) >= r.n {
		return Explanation{State: "unknown", Why: fmt.Sprintf("the run has %d tasks", r.n)}
	}
	t := r.peek(name.Index)
	if t == nil {
		if len(s.live) == 0 {
			return Explanation{State: waiting.String(), Why: "there is no worker"}
		}
		if len(r.inputs(name.Index, nil)) == 0 {
			return Explanation{State: ready.String(), Why: "its turn has not come: tasks before it are placed first"}
		}
		return Explanation{State: waiting.String(), Why: "its turn has not come: tasks before it are placed first"}
	}
	e := Explanation{State: t.state.String(), Why: s.why(ref{r, name.Index}, t)}
	if t.state == assigned || t.state == done {
		e.Agent, e.Attempt = s.agents[t.holder].id, t.attempt()
	}
	return e
}

func (s *State) why(x ref, t *task) string {
	switch t.state {
	case waiting:
		return s.whyWaiting(x)
	case ready:
		return s.whyReady(x, t)
	case assigned:
		a := s.agents[t.holder]
		for _, y := range x.r.inputs(x.i, nil) {
			switch u := y.task(); u.state {
			case done:
			case assigned:
				return fmt.Sprintf("worker %q has it and waits for input %v, which worker %q has not finished", a.name, y.name(), s.agents[u.holder].name)
			default:
				return fmt.Sprintf("worker %q has it and waits for input %v, which is %v", a.name, y.name(), u.state)
			}
		}
		if t.has(flagRevoking) {
			return fmt.Sprintf("worker %q was asked to give it back and has not answered", a.name)
		}
		return fmt.Sprintf("worker %q has it, with %d other tasks on %d slots; all its inputs are made", a.name, a.assigned-1, a.slots)
	case done:
		return fmt.Sprintf("worker %q holds its result of %d bytes", s.agents[t.holder].name, t.bytes)
	case idle:
		if t.has(flagCounted) {
			return "it was done, and its result is not needed any more"
		}
		return "nobody needs its result"
	case failed:
		f := x.r.failures[x.i]
		switch f.status {
		case word.StatusLost, word.StatusDied:
			return string(f.text)
		}
		return "its function failed"
	case input:
		return fmt.Sprintf("task %v ended without a result", t.cause())
	}
	return "its client cancelled it"
}

func (s *State) whyWaiting(x ref) string {
	strict := x.r.callOf(x.i).strict
	n, first := 0, ref{}
	for _, y := range x.r.inputs(x.i, nil) {
		if !y.task().available(strict) {
			if n == 0 {
				first = y
			}
			n++
		}
	}
	u := first.task()
	if strict && u.state == assigned {
		return fmt.Sprintf("%d inputs are not made, the first is %v, which worker %q has", n, first.name(), s.agents[u.holder].name)
	}
	return fmt.Sprintf("%d inputs are not placed, the first is %v, which is %v", n, first.name(), u.state)
}

func (s *State) whyReady(x ref, t *task) string {
	if len(s.live) == 0 {
		return "there is no worker"
	}
	switch t.queue {
	case rootQueue:
		return "its turn has not come: the workers' windows are full, or tasks before it are placed first"
	case agentQueue:
		a := s.agents[t.holder]
		return fmt.Sprintf("it waits for room in the window of worker %q, which has %d tasks assigned and %d waiting", a.name, a.assigned, a.queued)
	case urgentQueue:
		return "assigned tasks wait for it: it is placed next"
	case suspectQueue:
		if t.deaths() == 0 {
			return "it was on a worker that died, and waits for one of its own to be made again"
		}
		return fmt.Sprintf("it was on %d workers when they died and waits for a worker of its own", t.deaths())
	case gangQueue:
		g := x.r.gangOf(x.i)
		if g.ready < g.count {
			return fmt.Sprintf("it waits for its gang: %d of %d tasks have their inputs", g.ready, g.count)
		}
		if room, _ := s.roomFor(g); room < uint64(g.count) {
			return s.tooFew(g)
		}
		return fmt.Sprintf("its gang waits for %d slots that are free at once", g.count)
	}
	c := x.r.classes[x.r.callOf(x.i).class]
	able := 0
	for _, a := range s.live {
		if a.mayRun(c) {
			able++
		}
	}
	if able == 0 {
		return s.lacking(c)
	}
	if c.kept != nil {
		return fmt.Sprintf("what it needs is in use on %d workers that can run it, and is kept for it on %q as it becomes free", able, c.kept.name)
	}
	return fmt.Sprintf("%d workers can run it, and what it needs is in use or their windows are full", able)
}
