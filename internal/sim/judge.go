package sim

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// judge watches what passes between the machines. It sees the words that go into the scheduler and come out of it, in the
// order in which the scheduler does, and what executors and clients do; and compares them with its own idea of every task.
type judge struct {
	sim     *simulation
	jobs    []*facts                  // by run
	lost    []bool                    // by number of an agent: the scheduler knows that it is gone
	values  map[word.Block]*value     // of every block ever made
	deaths  int                       // at which a task fails
	claims  []claim                   // of this turn, about where inputs are
	frees   []word.Block              // of this turn
	asked   map[word.Block]word.Agent // Revokes that were not answered
	severed map[word.Agent]bool       // agents that some other agent could not reach
	damaged map[word.Block]bool       // blocks that were lost where they were held, which the scheduler may hear of late
	unruly  bool                      // an earlier scheduler knew of things that its successor cannot know
}

// claim is what the scheduler said about an input of an attempt at an agent.
type claim struct {
	agent    word.Agent
	consumer word.Block
	input    word.Input
}

// facts is what the judge knows of a run.
type facts struct {
	job       *job
	submitted bool
	over      bool
	tasks     []fact
	takers    [][]word.Task // by task, in all runs
}

// fact is what the judge knows of a task.
type fact struct {
	wanted    bool // by the client, and not released
	cancelled bool // the client asked for it
	told      word.Outcome
	again     bool  // what was told is not so any more: it may be told again
	deaths    int   // of agents that may have been running it
	killed    int   // of agents that were running it, since it last ended with a result: it takes nothing that may not have been there
	exceeded  int64 // bytes of memory that it has taken more than
	attempts  []try
}

// phase is how far an attempt is, as the scheduler can know.
type phase uint8

const (
	assigned phase = iota // handed to an agent and nothing heard
	done                  // has a block
	freed                 // had one
	over                  // failed, returned, cancelled or lost
)

func (p phase) String() string { return [...]string{"assigned", "done", "freed", "over"}[p] }

// try is what the judge knows of an attempt.
type try struct {
	attempt word.Attempt
	agent   word.Agent
	phase   phase
	began   bool
	back    bool  // it was returned, so it must not begin
	limit   int64 // bytes of memory that it may take
	made    bool
	inputs  []word.Block // from outside of its Assign, as assigned or resolved last
}

func (j *judge) init(s *simulation) {
	j.sim = s
	j.jobs = []*facts{nil}
	j.severed = map[word.Agent]bool{}
	j.damaged = map[word.Block]bool{}
	j.asked = map[word.Block]word.Agent{}
	j.values = map[word.Block]*value{}
	j.deaths = s.sc.Config.Deaths
	if j.deaths == 0 {
		j.deaths = 3
	}
}

func newFacts(j *job) *facts {
	return &facts{job: j, tasks: make([]fact, len(j.tasks)), takers: make([][]word.Task, len(j.tasks))}
}

// fact returns what is known of a task, nil for none that was submitted.
func (j *judge) fact(t word.Task) *fact {
	if int(t.Run) >= len(j.jobs) || t.Run == 0 || int(t.Index) >= len(j.jobs[t.Run].tasks) || !j.jobs[t.Run].submitted {
		return nil
	}
	return &j.jobs[t.Run].tasks[t.Index]
}

// try returns what is known of an attempt, nil for none that was assigned.
func (j *judge) try(b word.Block) *try {
	f := j.fact(b.Task)
	if f == nil {
		return nil
	}
	for i := len(f.attempts) - 1; i >= 0; i-- {
		if f.attempts[i].attempt == b.Attempt {
			return &f.attempts[i]
		}
	}
	return nil
}

func (j *judge) isLost(n word.Agent) bool { return int(n) < len(j.lost) && j.lost[n] }

// nextTerm forgets what a successor cannot know.
func (j *judge) nextTerm() {
	for n := range j.sim.numbers {
		j.lose(word.Agent(n), false)
	}
	for _, f := range j.jobs[1:] {
		j.unruly = j.unruly || f.submitted
		for i := range f.tasks {
			t := &f.tasks[i]
			t.again = true
		}
	}
}

// heard takes in what the scheduler is told.
func (j *judge) heard(ev sched.Event) {
	switch ev := ev.(type) {
	case sched.Submitted:
		j.submitted(ev)
	case sched.AgentJoined:
		j.joined(ev)
	case sched.AgentLost:
		j.lose(ev.Agent, true)
	case sched.ClientGone:
		j.left(ev.Client)
	case sched.ClientWord:
		switch w := ev.Word.(type) {
		case *word.Leave:
			j.left(ev.Client)
		case *word.Release:
			j.selected(w.Run, w.All, w.Tasks, func(f *fact) { f.wanted = false })
		case *word.CancelTasks:
			j.selected(w.Run, w.All, w.Tasks, func(f *fact) { f.cancelled = true })
		}
	case sched.AgentWord:
		j.heardAgent(ev)
	}
}

func (j *judge) submitted(ev sched.Submitted) {
	f := j.jobs[ev.Run]
	f.submitted = true
	for _, i := range ev.Wanted {
		f.tasks[i].wanted = true
	}
	for i := range f.job.tasks {
		for _, d := range f.job.tasks[i].deps {
			takers := &j.jobs[d.Run].takers[d.Index]
			*takers = append(*takers, word.Task{Run: ev.Run, Index: graph.Index(i)})
		}
	}
}

func (j *judge) joined(ev sched.AgentJoined) {
	for _, h := range ev.Join.Blocks {
		if t := j.try(h.Block); t != nil {
			t.agent = ev.Agent
			t.phase = done
		} else {
			j.sim.fail("agent %d announces %v, which was never assigned", ev.Agent, h.Block)
		}
	}
}

func (j *judge) selected(run word.Run, all bool, tasks []graph.Index, do func(*fact)) {
	f := j.jobs[run]
	if all {
		for i := range f.tasks {
			do(&f.tasks[i])
		}
	}
	for _, i := range tasks {
		do(&f.tasks[i])
	}
}

func (j *judge) left(c word.Client) {
	for _, f := range j.jobs[1:] {
		if word.Client(f.job.client+1) == c {
			for i := range f.tasks {
				f.tasks[i].wanted = false
			}
		}
	}
}

// lose takes note that what an agent had is gone, and that what was assigned to it is suspect.
func (j *judge) lose(n word.Agent, died bool) {
	for int(n) >= len(j.lost) {
		j.lost = append(j.lost, false)
	}
	if n == word.Nobody || j.lost[n] {
		return
	}
	j.lost[n] = true
	for _, f := range j.jobs[1:] {
		for i := range f.tasks {
			t := &f.tasks[i]
			for k := range t.attempts {
				a := &t.attempts[k]
				if a.agent != n {
					continue
				}
				switch a.phase {
				case assigned:
					a.phase = over
					if died {
						t.deaths++
						if x := &f.job.tasks[i]; a.began && len(x.deps) == 0 && x.gang == 0 {
							t.killed++
						}
					}
				case done:
					a.phase = over
					t.again = true
				}
			}
		}
	}
}

func (j *judge) heardAgent(ev sched.AgentWord) {
	if j.isLost(ev.Agent) {
		return
	}
	switch w := ev.Word.(type) {
	case *word.Done:
		for _, f := range w.Tasks {
			if t := j.try(f.Block); t != nil && t.phase == assigned && t.agent == ev.Agent {
				t.phase = done
				j.fact(f.Block.Task).killed = 0
			}
		}
	case *word.Failed:
		if t := j.try(w.Block); w.Exceeded && t != nil && t.phase == assigned && t.agent == ev.Agent {
			j.fact(w.Block.Task).exceeded = t.limit
		}
		j.closes(w.Block, ev.Agent)
	case *word.Lost:
		for _, b := range w.Blocks {
			if t := j.try(b); t != nil && t.phase == done && t.agent == ev.Agent {
				t.phase = over
			}
		}
	case *word.Returned:
		for _, b := range w.Tasks {
			j.sim.report.Returned++
			delete(j.asked, b)
			if t := j.try(b); t != nil && t.phase == assigned && t.agent == ev.Agent {
				t.phase, t.back = over, true
				if t.began {
					j.sim.fail("agent %d returns %v, which has begun", ev.Agent, b)
				}
			}
		}
	case *word.Started:
		for _, b := range w.Tasks {
			delete(j.asked, b)
		}
	case *word.Unreachable:
		j.severed[w.Peer] = true
	case *word.InputMissing:
		j.sim.report.Missing++
	}
}

// limit is how many bytes of memory an attempt may take.
func (j *judge) limit(b word.Block) int64 {
	if t := j.try(b); t != nil {
		return t.limit
	}
	return 0
}

// closes takes note that an attempt will have no block.
func (j *judge) closes(b word.Block, n word.Agent) {
	if t := j.try(b); t != nil && t.phase == assigned && t.agent == n {
		t.phase = over
	}
}

// began takes note that an executor starts an attempt.
func (j *judge) began(p *process, a *attempt) {
	t := j.try(a.block)
	switch {
	case t == nil:
		j.sim.fail("agent %d starts %v, which was never assigned", p.number, a.block)
	case t.began:
		j.sim.fail("%v is started twice", a.block)
	case t.back:
		j.sim.fail("agent %d starts %v, which it has returned", p.number, a.block)
	default:
		t.began = true
	}
}

// made takes note that an attempt has a result.
func (j *judge) made(p *process, b word.Block, v *value) {
	t := j.try(b)
	if t == nil || t.made {
		j.sim.fail("agent %d makes %v, which was made or never assigned", p.number, b)
		return
	}
	t.made = true
	j.values[b] = v
	j.sim.report.Made++
}
