package sim

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// said judges what the scheduler says.
func (j *judge) said(e sched.Effect) {
	switch e := e.(type) {
	case sched.Send:
		if j.isLost(e.Agent) {
			return
		}
		switch w := e.Word.(type) {
		case *word.Assign:
			j.assign(e.Agent, w)
		case *word.Free:
			for _, b := range w.Blocks {
				j.free(e.Agent, b)
			}
		case *word.Cancel:
			for _, b := range w.Tasks {
				j.cancel(e.Agent, b)
			}
		case *word.Broken:
			for _, b := range w.Tasks {
				j.broken(e.Agent, b, w.Member)
			}
		case *word.Revoke:
			j.sim.report.Revoked += len(w.Tasks)
			for _, b := range w.Tasks {
				j.asked[b] = e.Agent
			}
		case *word.Resolve:
			j.resolve(e.Agent, w)
		default:
			j.sim.fail("the scheduler sends agent %d a word that is not for agents: %T", e.Agent, e.Word)
		}
	case sched.Tell:
		if w, ok := e.Word.(*word.Settled); ok {
			for _, o := range w.Tasks {
				j.settled(w.Run, o)
			}
		}
	case sched.RunOver:
		j.runOver(e.Run)
	}
}

// assign judges that tasks are given to an agent.
func (j *judge) assign(n word.Agent, w *word.Assign) {
	s := j.sim
	if len(w.Ends) != len(w.Tasks) {
		s.fail("an Assign of %d tasks has %d rows of inputs", len(w.Tasks), len(w.Ends))
		return
	}
	p := s.numbers[n]
	for k, b := range w.Tasks {
		f := j.fact(b.Task)
		if f == nil {
			s.fail("%v is assigned, and there is no such task", b)
			return
		}
		t := s.task(b.Task)
		for i := range f.attempts {
			a := &f.attempts[i]
			switch {
			case !a.attempt.Less(b.Attempt):
				s.fail("%v is assigned after attempt %v", b, a.attempt)
			case a.phase == assigned:
				s.fail("%v is assigned to agent %d while attempt %v is outstanding at agent %d", b, n, a.attempt, a.agent)
			case a.phase == done && !t.tainted && !j.unruly && !s.rejoined():
				s.fail("%v is assigned, though agent %d holds attempt %v", b, a.agent, a.attempt)
			}
		}
		s.report.Assigned++
		if len(f.attempts) > 0 {
			s.report.Again++
		}
		if f.told.Status != 0 && f.told.Status != word.StatusDone && !f.again {
			s.fail("%v is assigned, though the client was told that it ended with status %d", b, f.told.Status)
		}
		limit := s.driver.claim(b.Task)
		switch {
		case f.killed >= j.deaths:
			s.fail("%v is assigned, though %d agents died of it", b, f.killed)
		case f.exceeded > 0 && limit <= f.exceeded:
			s.fail("%v is assigned with %d bytes of memory, though it has taken more than %d", b, limit, f.exceeded)
		case limit > p.memory:
			s.fail("%v is assigned with %d bytes of memory to agent %d, which has %d", b, limit, n, p.memory)
		}
		if why := p.cannot(t); why != "" {
			s.fail("%v is assigned to agent %d (%s), which %s", b, n, p.name, why)
		}
		var inputs []word.Block
		for _, in := range w.InputsOf(k) {
			if j.isLost(in.Holder) {
				s.fail("%v at agent %d shall take %v from agent %d, which is lost", b, n, in.Block, in.Holder)
			}
			j.claims = append(j.claims, claim{n, b, in})
			inputs = append(inputs, in.Block)
		}
		if s.err != nil {
			return
		}
		f.attempts = append(f.attempts, try{attempt: b.Attempt, agent: n, inputs: inputs, limit: limit})
	}
}

// cannot says why a process cannot run a task, if so.
func (p *process) cannot(t *task) string {
	if t.need() > 1000*p.slots {
		return "has too few cores"
	}
	if t.traits.Worker != "" && t.traits.Worker != p.name {
		return "is not " + t.traits.Worker
	}
	for _, n := range t.traits.Needs.Named {
		if !slices.ContainsFunc(p.resources, func(r word.Resource) bool { return r.Name == n.Name && r.Amount >= n.Amount }) {
			return "has no " + n.Name
		}
	}
	return ""
}

// turned judges what the scheduler said in a turn as a whole: the words of one turn to different agents have no order.
func (j *judge) turned() {
	for _, c := range j.claims {
		if x := j.try(c.consumer); x != nil && x.phase == assigned && !j.isLost(c.input.Holder) {
			j.input(c.agent, c.consumer, c.input)
		}
	}
	j.claims = j.claims[:0]
	for _, b := range j.frees {
		j.needed(b)
	}
	j.frees = j.frees[:0]
}

// input judges where the scheduler says that an input is.
func (j *judge) input(n word.Agent, b word.Block, in word.Input) {
	a := j.try(in.Block)
	switch {
	case a == nil:
		j.sim.fail("%v at agent %d shall take %v, which was never assigned", b, n, in.Block)
	case a.phase != assigned && a.phase != done:
		j.sim.fail("%v at agent %d shall take %v, which is %v", b, n, in.Block, a.phase)
	case a.agent != in.Holder:
		j.sim.fail("%v at agent %d shall take %v from agent %d, and it is at agent %d", b, n, in.Block, in.Holder, a.agent)
	}
}

func (j *judge) resolve(n word.Agent, w *word.Resolve) {
	j.sim.report.Resolved++
	b := word.Block{Task: w.Task, Attempt: w.Attempt}
	a := j.try(b)
	if a == nil || a.agent != n {
		j.sim.fail("agent %d is told where an input of %v is, which it does not have", n, b)
		return
	}
	if j.isLost(w.Input.Holder) {
		j.sim.fail("%v at agent %d shall take %v from agent %d, which is lost", b, n, w.Input.Block, w.Input.Holder)
	}
	j.claims = append(j.claims, claim{n, b, w.Input})
	for i := range a.inputs {
		if a.inputs[i].Task == w.Input.Block.Task {
			a.inputs[i] = w.Input.Block
		}
	}
}

// broken judges that an agent is told of the end of a gang.
func (j *judge) broken(n word.Agent, b word.Block, member word.Task) {
	a := j.try(b)
	if a == nil || a.agent != n || a.phase != assigned {
		j.sim.fail("agent %d is told that the gang of %v is broken, which it does not have", n, b)
	} else if x, m := j.sim.task(b.Task), j.sim.task(member); x.gang == 0 || x.gang != m.gang || member == b.Task {
		j.sim.fail("agent %d is told that the gang of %v is broken by %v, which is not another of it", n, b, member)
	}
}

func (j *judge) cancel(n word.Agent, b word.Block) {
	a := j.try(b)
	if a == nil {
		j.sim.fail("agent %d is told to cancel %v, which was never assigned", n, b)
		return
	}
	j.sim.report.Cancelled++
	if a.phase == assigned && a.agent == n {
		a.phase = over
	}
}

// free judges that a block is given up.
func (j *judge) free(n word.Agent, b word.Block) {
	s := j.sim
	a := j.try(b)
	if a == nil {
		s.fail("agent %d is told to free %v, which was never assigned", n, b)
		return
	}
	s.report.Freed++
	if a.agent != n {
		return // a copy of a block that was announced twice
	}
	if a.phase == freed {
		s.fail("%v is freed twice", b)
		return
	}
	was := a.phase
	a.phase = freed
	if x := s.task(b.Task); was != done || j.damaged[b] || x.tainted || x.gang > 0 || j.severed[n] || s.rejoined() || j.unruly {
		return // the reasons are not seen from here
	}
	j.frees = append(j.frees, b)
}

// needed judges, at the end of a turn, that nobody needs a block that was given up in it.
func (j *judge) needed(b word.Block) {
	s, f := j.sim, j.fact(b.Task)
	if f.wanted && f.told.Status == word.StatusDone && f.told.Attempt == b.Attempt {
		s.fail("%v is freed, though a client wants it", b)
		return
	}
	for _, t := range j.jobs[b.Task.Run].takers[b.Task.Index] {
		taker := j.fact(t)
		for i := range taker.attempts {
			x := &taker.attempts[i]
			if x.phase == assigned && slices.Contains(x.inputs, b) {
				s.fail("%v is freed, though %v@%v takes it", b, t, x.attempt)
				return
			}
		}
		if taker.wanted && taker.told.Status == 0 && !taker.cancelled && len(taker.attempts) == 0 {
			s.fail("%v is freed, though %v, which takes it, is wanted and was never assigned", b, t)
			return
		}
	}
}

// rejoined reports whether an agent came back: it may have brought blocks of which the scheduler has others.
func (s *simulation) rejoined() bool { return s.report.Rejoins > 0 }

// settled judges what a client is told.
func (j *judge) settled(run word.Run, o word.Outcome) {
	s := j.sim
	t := word.Task{Run: run, Index: o.Index}
	f := j.fact(t)
	if f == nil {
		s.fail("a client is told of %v, which is no task", t)
		return
	}
	b := word.Block{Task: t, Attempt: o.Attempt}
	if f.told.Status != 0 && !f.again {
		if f.told.Status != word.StatusDone || o.Status == word.StatusDone && o.Attempt == f.told.Attempt {
			s.fail("a client is told that %v ended with status %d, and was told before: status %d, attempt %v", b, o.Status, f.told.Status, f.told.Attempt)
			return
		}
		if x := j.try(word.Block{Task: t, Attempt: f.told.Attempt}); o.Status == word.StatusDone && !s.task(t).tainted && x.phase == done {
			s.fail("a client is told that %v is done, and attempt %v is, too", b, f.told.Attempt)
			return
		}
	}
	if !f.wanted {
		s.fail("a client is told of %v, which it does not want", t)
		return
	}
	if f.told.Status == word.StatusCancelled && o.Status == word.StatusDone {
		s.fail("a client is told that %v is done, and was told that it is cancelled", t)
		return
	}
	f.told, f.again = o, false
	switch o.Status {
	case word.StatusDone:
		if x := s.task(t); x.fails || x.poison || x.impossible {
			s.fail("a client is told that %v is done, which cannot be", b)
			return
		}
		if m := j.unfinished(t); m != t {
			s.fail("a client is told that %v is done, and %v of the same gang is not", b, m)
			return
		}
		a := j.try(b)
		switch {
		case a == nil || a.phase != done:
			s.fail("a client is told that %v is done, and it is not", b)
		case a.agent != o.Holder || j.isLost(o.Holder):
			s.fail("a client is told that %v is at agent %d, and it is at agent %d", b, o.Holder, a.agent)
		}
	default:
		if why := j.unexplained(t, o); why != "" {
			s.fail("a client is told that %v ended with status %d (%q, cause %v): %s", t, o.Status, o.Data, o.Cause, why)
		}
	}
}

// unfinished returns another task of the same gang that is not done, or the task itself.
func (j *judge) unfinished(t word.Task) word.Task {
	if j.sim.task(t).gang == 0 {
		return t
	}
	for _, m := range j.dependsOn(t) {
		if j.sim.task(m).gang != j.sim.task(t).gang {
			continue
		}
		if !slices.ContainsFunc(j.fact(m).attempts, func(a try) bool { return a.phase == done || a.phase == freed }) {
			return m
		}
	}
	return t
}

// unexplained says why an outcome other than done is not what the judge expects, if so.
func (j *judge) unexplained(t word.Task, o word.Outcome) string {
	f, x := j.fact(t), j.sim.task(t)
	switch o.Status {
	case word.StatusFailed:
		if !x.fails && x.takes <= leastMemory {
			return "it does not fail"
		}
	case word.StatusDied:
		if f.deaths < j.deaths {
			return "too few agents died with it"
		}
	case word.StatusLost:
		if !x.impossible && !j.demanding(x) {
			return "there is nothing that it cannot have"
		}
	case word.StatusCancelled:
		if !f.cancelled && !j.above(t, func(u word.Task) bool { return j.fact(u).cancelled }) {
			return "nobody cancelled it"
		}
	case word.StatusInput:
		c := j.fact(o.Cause)
		if c == nil || o.Cause == t || !j.above(t, func(u word.Task) bool { return u == o.Cause }) {
			return "the cause is not among its inputs"
		}
		return j.unexplained(o.Cause, word.Outcome{Status: j.ownFailure(o.Cause)})
	default:
		return "there is no such status"
	}
	return ""
}

// demanding reports whether a task needs something that may have been missing for a while.
func (j *judge) demanding(t *task) bool {
	return t.traits.Worker != "" || t.traits.Needs.Memory > 0 || len(t.traits.Needs.Named) > 0 || t.need() > 1000 || t.gang > 0
}

// mayWait reports whether a task may wait for ever: it, or one that it depends on, needs what no agent has.
func (j *judge) mayWait(t word.Task) bool {
	impossible := func(t word.Task) bool { return j.sim.task(t).impossible }
	return impossible(t) || j.above(t, impossible)
}

// ownFailure returns a status by which a task may have failed by itself.
func (j *judge) ownFailure(t word.Task) word.Status {
	f, x := j.fact(t), j.sim.task(t)
	switch {
	case x.fails || x.takes > leastMemory:
		return word.StatusFailed
	case f.cancelled:
		return word.StatusCancelled
	case f.deaths >= j.deaths:
		return word.StatusDied
	}
	return word.StatusLost
}

// above reports whether something is so for a task that this one takes, directly or not.
func (j *judge) above(t word.Task, is func(word.Task) bool) bool {
	seen := map[word.Task]bool{}
	var walk func(word.Task) bool
	walk = func(t word.Task) bool {
		for _, d := range j.dependsOn(t) {
			if seen[d] {
				continue
			}
			seen[d] = true
			if is(d) || walk(d) {
				return true
			}
		}
		return false
	}
	return walk(t)
}

// dependsOn returns the tasks that one depends on directly: its inputs, and all of its gang.
func (j *judge) dependsOn(t word.Task) []word.Task {
	x := j.sim.task(t)
	if x.gang == 0 {
		return x.deps
	}
	above := slices.Clone(x.deps)
	for i, m := range j.jobs[t.Run].job.tasks {
		if m.gang == x.gang && graph.Index(i) != t.Index {
			above = append(above, word.Task{Run: t.Run, Index: graph.Index(i)})
		}
	}
	return above
}

func (j *judge) runOver(run word.Run) {
	f := j.jobs[run]
	if f.over {
		j.sim.fail("run %d is over twice", run)
		return
	}
	f.over = true
	for i := range f.tasks {
		t := &f.tasks[i]
		if t.wanted {
			j.sim.fail("run %d is over, and a client wants task %d", run, i)
			return
		}
		for k := range t.attempts {
			if a := &t.attempts[k]; a.phase == assigned {
				j.sim.fail("run %d is over, and %v@%v is assigned to agent %d", run, word.Task{Run: run, Index: graph.Index(i)}, a.attempt, a.agent)
				return
			}
		}
	}
}

// read judges a result that a client has read.
func (j *judge) read(b word.Block, v *value) {
	switch t := j.sim.task(b.Task); {
	case v != j.values[b]:
		j.sim.fail("%v is not what was made", b)
	case v.both:
		j.sim.fail("%v comes from two attempts of an impure task: %v", b, v.from)
	case !t.tainted && v.hash != t.pure, t.tainted && v.hash != j.expected(b, v):
		j.sim.fail("%v has another value than its graph says", b)
	}
}

// expected returns the value of a task, given the attempts of impure tasks that it comes from.
func (j *judge) expected(b word.Block, v *value) uint64 {
	known := map[word.Task]uint64{}
	var eval func(word.Task) uint64
	eval = func(t word.Task) uint64 {
		x := j.sim.task(t)
		if !x.tainted {
			return x.pure
		}
		if h, ok := known[t]; ok {
			return h
		}
		h := hash(t)
		for _, d := range x.deps {
			h = mix(h ^ eval(d))
		}
		if x.traits.Impure {
			i := slices.IndexFunc(v.from, func(f word.Block) bool { return f.Task == t })
			if i >= 0 {
				a := v.from[i].Attempt
				h = mix(h ^ uint64(a.Term)<<32 ^ uint64(a.Count))
			}
		}
		known[t] = h
		return h
	}
	return eval(b.Task)
}

// agrees judges that results which a client has at the end come from the same attempts.
func (j *judge) agrees(c *client, b word.Block, v *value) {
	for _, f := range v.from {
		if c.origins == nil {
			c.origins = map[word.Task]word.Block{}
		}
		old, ok := c.origins[f.Task]
		if ok && old.Attempt != f.Attempt {
			j.sim.fail("%v comes from %v, and another result of client %d from attempt %v", b, f, c.number(), old.Attempt)
			return
		}
		c.origins[f.Task] = f
	}
}

// checkEmpty judges that nothing is left when nobody wants anything.
func (j *judge) checkEmpty() {
	s := j.sim
	s.driver.check()
	for _, b := range sorted(j.asked) {
		if n := j.asked[b]; !j.isLost(n) {
			s.fail("agent %d was asked for %v back and never answered", n, b)
		}
	}
	if st := s.driver.state.Stats(); st.Runs != 0 || st.Running != 0 {
		s.fail("everything is released, and the scheduler counts %d runs and %d running tasks", st.Runs, st.Running)
	}
	for _, f := range j.jobs[1:] {
		if f.submitted && !f.over {
			s.fail("everything is released, and run %d is not over", f.job.run)
		}
	}
	for _, p := range s.processes {
		if !p.alive || p.state == nil {
			continue
		}
		p.check()
		if left := p.left(); left != "" {
			s.fail("everything is released, and agent %d is not empty: %s", p.number, left)
		}
	}
}
