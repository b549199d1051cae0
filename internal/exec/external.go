package exec

import (
	"fmt"
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
)

// resolveExternals finds the runs whose outputs this run takes, and the tasks that take them. Each output is pinned, so
// that releasing its handle does not free it before this run is over.
func (r *Run) resolveExternals(g *graph.Graph) error {
	table := g.Externals()
	if len(table) == 0 {
		return nil
	}
	r.exts = make([]external, len(table))
	for k, e := range table {
		src, ok := e.Live.(Source)
		if !ok {
			return fmt.Errorf("exec: external %d has no live handle", k)
		}
		x := &r.exts[k]
		x.run, x.first, x.count, x.list, x.output = src, e.Task, e.Count, e.List, e.Output
		if !e.List {
			x.count = 1
		}
		if !x.pin() {
			r.unpinAll()
			return fmt.Errorf("%s: %w", src.Name(x.first), ErrReleased)
		}
	}
	buf := make([]graph.Ref, 0, 8)
	for i := range g.Len() {
		_, refs := g.Task(graph.Index(i), buf)
		for _, a := range refs {
			if a.Kind() == graph.RefExternal {
				x := &r.exts[a.Table()]
				x.consumers = append(x.consumers, graph.Index(i))
			}
		}
	}
	return nil
}

func (r *Run) unpinAll() {
	for k := range r.exts {
		r.exts[k].unpin()
	}
}

// pin adds a reader to each output. It reports false, without having added any, if one of them is gone. What a cancelled run
// did not make has no reader: who takes it learns of the cancellation.
func (e *external) pin() bool {
	e.pinned = make([]graph.Index, 0, e.count)
	e.run.pins.Add(1)
	for n := range e.count {
		i := e.first + graph.Index(n)
		if e.run.hold(i) {
			e.pinned = append(e.pinned, i)
		} else if e.run.cancelled.Load() == nil || e.run.Status(i) == StatusDone {
			e.unpin()
			return false
		}
	}
	return true
}

// hold adds a reader to task i from outside the run.
func (r *Run) hold(i graph.Index) bool {
	t := r.look(i)
	if t == nil && r.takeToken() {
		t = r.task(i)
		defer r.dropTokens(1, nil)
	} else if t == nil {
		t = r.look(i) // the run has ended meanwhile
	}
	// A released task may still have readers: its consumers, and its worker for the last few instructions.
	return t != nil && t.state.Load()&flagWanted != 0 && t.hold()
}

func (e *external) unpin() {
	if e.pinned == nil {
		return
	}
	e.run.pins.Add(-1)
	for _, i := range e.pinned {
		e.run.unuse(i, e.run.look(i))
	}
	e.pinned = nil
}

// await arranges for the consumers of external k to learn when it is there. It holds a token until then.
func (r *Run) await(k uint32) {
	e := &r.exts[k]
	r.live.Add(1)
	arrived := func(s *slot) { r.arrived(k, s) }
	switch {
	case e.list && e.count == e.run.tasks:
		e.run.whenDecided(arrived)
		return
	case !e.list:
		if !e.run.watch(e.first, arrived) {
			arrived(nil)
		}
		return
	}
	// What else is in the other run may depend on the consumers, so nobody waits for all of it.
	var left atomic.Uint32
	left.Store(e.count + 1)
	one := func(s *slot) {
		if left.Add(^uint32(0)) == 0 {
			arrived(s)
		}
	}
	for n := range e.count {
		if !e.run.watch(e.first+graph.Index(n), one) {
			one(nil)
		}
	}
	one(nil)
}

// arrived tells the consumers of external k that it has its outcome, and lets go of its token.
func (r *Run) arrived(k uint32, s *slot) {
	e := &r.exts[k]
	failure := e.outcome()
	for _, c := range e.consumers {
		if r.cancelled.Load() != nil {
			break
		}
		switch {
		case failure != nil:
			r.inputFailed(c, failure, s)
		case r.task(c).wait.Add(^uint32(0)) == 0:
			r.enqueue(c, s)
		}
	}
	r.dropTokens(1, s)
}

// outcome returns the first failure among the outputs, or nil if all are there.
func (e *external) outcome() *Failure {
	for n := range e.count {
		i := e.first + graph.Index(n)
		if _, f, _ := e.run.Outcome(i); f != nil {
			return f
		}
		if e.run.Status(i) == StatusSkipped { // released in the moment in which this run pinned it
			return &Failure{Reason: ReasonCancelled, Run: e.run, Task: i, Call: noCall, Err: ErrReleased}
		}
	}
	return nil
}

// value returns the output, or the list of outputs.
func (e *external) value() any {
	if !e.list {
		return output(e.run.result(e.first), e.output)
	}
	list := make(List, e.count)
	for n := range list {
		list[n] = output(e.run.result(e.first+graph.Index(n)), e.output)
	}
	return list
}

// result returns the value of a pinned task that is done.
func (r *Run) result(i graph.Index) any {
	if t := r.look(i); t != nil {
		return t.value
	}
	return nil
}
