package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Config holds the limits of a scheduler. Zero fields take the defaults.
type Config struct {
	Term        uint32 // of this scheduler: attempts that it starts carry it. Default 1
	WindowTasks int    // tasks assigned to an agent at a time. Default 2,000
	WindowNanos int64  // expected run time assigned per slot. Default 0.2 s
	WindowBytes int64  // expected bytes of results not yet made, at an agent. Default: a quarter of its memory
	PlanTasks   int    // tasks that one Plan places at most, give or take a batch. Default 16,384
	Deaths      int    // a task that was on so many agents when they died fails. Default 3
	Expect      int    // agents that are to come: before they are there, no task is refused for what they might have
	Overtaken   int    // so many tasks pass one whose needs are larger before an agent is kept for that. Default 32
	StealNanos  int64  // a slot with less than that to do is not asked for tasks back. Default 5 ms
}

func (c Config) withDefaults() Config {
	or := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	tasks, plan, deaths, overtaken := int64(c.WindowTasks), int64(c.PlanTasks), int64(c.Deaths), int64(c.Overtaken)
	or(&tasks, 2000)
	or(&plan, 16384)
	or(&deaths, 3)
	or(&overtaken, 32)
	or(&c.WindowNanos, 200e6)
	or(&c.StealNanos, 5e6)
	c.WindowTasks, c.PlanTasks, c.Deaths, c.Overtaken = int(tasks), int(plan), int(min(deaths, 200)), int(overtaken)
	c.Term = max(c.Term, 1)
	return c
}

// State is the scheduler's state. Its methods must not be called from two goroutines at once.
type State struct {
	cfg Config

	agents  []*agent // by slot; nil where free, and at 0
	free    []uint32 // slots of agents that were lost
	byName  map[word.Agent]*agent
	live    []*agent // in the order of joining
	lists   [roomList + 1]agentList
	loaded  []*agent // with a backlog that others may take from, and some without
	crowded []*agent // with more assigned than slots, and some with less
	search  int      // where the last search in these ended
	prefer  *agent   // where tasks that are placed anew are to wait, while that is known

	slots    uint32 // of live agents
	assigned int    // at live agents
	queued   int    // there

	runs    map[word.Run]*run
	last    *run // looked up last
	clients map[word.Client]*client
	turn    []*client // in the order of their turns
	at      int       // whose turn it is

	habits      map[string]*habit
	habitsInUse int        // by runs, when it was last looked
	resources   []resource // beside slots
	waiting     []*class   // with ready tasks
	retry       bool       // something changed that may let one of them in
	suspects    []ref      // ready tasks that were on agents when they died, with those that have left it by another way
	gangs       []*gang    // complete and not assigned
	reserved    []*agent
	ring        int // the agent that was chosen last where nothing speaks for one

	changed   []ref // tasks whose uses went to or from zero, at which sweep has to look
	missing   map[ref][]await
	answers   []answer
	urgent    []urgent // ready tasks for which assigned ones wait, with those that have left it by another way
	postponed bool     // some of them may be placed by another Plan
	doubts    map[doubt]struct{}
	wish      map[ref]*agent // where tasks are to be made until they are, because of cuts
	cut       map[link]int   // inputs that did not come since the first report
	outboxes  []*agent
	settling  []*run
	over      []*run // to be looked at at the end of the step
	ended     []word.Run

	refs      []graph.Ref // room for the arguments of one task
	reachRefs []graph.Ref // the same for countMissing, which may be called while the other is in use
	sums      []int64     // room for home: bytes by slot of agent
	found     []uint32    // and which of them are not zero

	unsent []*agent // for which a word is being written
	budget int
	out    []Effect
}

// client is one connection of a client, with the runs that it submitted.
type client struct {
	id     word.Client
	runs   []*run // in no order
	open   []*run // with work that belongs to no agent yet, and some without
	groups map[string]*word.Group
	gone   bool

	served      word.Run // the run whose tasks were assigned last
	prioritised bool     // some run has tasks of different priority, or of one that is not 0
}

// New returns the state of a scheduler that knows no agent, no client and no run.
func New(cfg Config) *State {
	return &State{
		cfg:       cfg.withDefaults(),
		agents:    make([]*agent, 1),
		byName:    map[word.Agent]*agent{},
		runs:      map[word.Run]*run{},
		clients:   map[word.Client]*client{},
		habits:    map[string]*habit{},
		missing:   map[ref][]await{},
		doubts:    map[doubt]struct{}{},
		wish:      map[ref]*agent{},
		cut:       map[link]int{},
		refs:      make([]graph.Ref, 0, 64),
		reachRefs: make([]graph.Ref, 0, 64),
		sums:      make([]int64, 1),
	}
}

// Step takes an event in and appends what has to be done to out. Time is linear in the event and what it changes. Words
// about what is not known (any more) change nothing.
func (s *State) Step(_ Instant, ev Event, out []Effect) []Effect {
	s.out = out
	switch ev := ev.(type) {
	case AgentJoined:
		s.join(ev)
	case AgentLost:
		if a := s.byName[ev.Agent]; a != nil {
			s.loseAgent(a, ev.Why)
		}
	case AgentWord:
		if a := s.byName[ev.Agent]; a != nil {
			s.agentWord(a, ev.Word)
		}
	case Submitted:
		s.submit(ev)
	case ClientWord:
		if c := s.clients[ev.Client]; c != nil {
			s.clientWord(c, ev.Word)
		}
	case ClientGone:
		if c := s.clients[ev.Client]; c != nil {
			s.leave(c)
		}
	case FailedBefore:
		s.failedBefore(ev.Word)
	case Past:
		s.recallPast(ev)
	}
	return s.flush()
}

func (s *State) agentWord(a *agent, w any) {
	switch w := w.(type) {
	case *word.Done:
		s.done(a, w)
	case *word.Failed:
		s.agentFailed(a, w)
	case *word.Lost:
		s.blocksLost(a, w)
	case *word.Returned:
		s.returned(a, w)
	case *word.Started:
		s.started(a, w)
	case *word.Blocked:
		s.blocked(a, w)
	case *word.InputMissing:
		s.inputMissing(a, w)
	case *word.Unreachable:
		s.unreachable(a, w)
	}
}

func (s *State) clientWord(c *client, w any) {
	switch w := w.(type) {
	case *word.Release:
		s.release(c, w)
	case *word.CancelTasks:
		s.cancel(c, w)
	case *word.Leave:
		s.leave(c)
	}
}

// flush brings the state to rest and returns the effects.
func (s *State) flush() []Effect {
	s.sweep()
	s.endRuns()
	for _, a := range s.outboxes {
		a.outListed = false
		box := a.outbox
		a.outbox = outbox{}
		if a.lost {
			continue
		}
		for _, w := range box.broken {
			s.send(a, w)
		}
		if len(box.cancels) > 0 {
			s.send(a, &word.Cancel{Tasks: box.cancels})
		}
		if len(box.revokes) > 0 {
			s.send(a, &word.Revoke{Tasks: box.revokes})
		}
		if len(box.frees) > 0 {
			s.send(a, &word.Free{Blocks: box.frees})
		}
	}
	s.outboxes = s.outboxes[:0]
	for _, r := range s.settling {
		if !r.client.gone {
			s.out = append(s.out, Tell{r.client.id, &word.Settled{Run: r.id, Tasks: r.settled}})
		}
		r.settled, r.settling = nil, false
	}
	clear(s.settling)
	s.settling = s.settling[:0]
	for _, id := range s.ended {
		s.out = append(s.out, RunOver{id})
	}
	s.ended = s.ended[:0]
	out := s.out
	s.out = nil
	return out
}

func (s *State) send(a *agent, w any) { s.out = append(s.out, Send{a.id, w}) }

// box returns the agent's outbox for this step.
func (s *State) box(a *agent) *outbox {
	if !a.outListed {
		a.outListed = true
		s.outboxes = append(s.outboxes, a)
	}
	return &a.outbox
}

// run returns the run with this number, or nil.
func (s *State) run(id word.Run) *run {
	if r := s.last; r != nil && r.id == id {
		return r
	}
	r := s.runs[id]
	if r != nil {
		s.last = r
	}
	return r
}

// attempt returns the state of a task whose current attempt this is, assigned to this agent; otherwise nil.
func (s *State) attempt(a *agent, b word.Block) (*run, *task) {
	r := s.run(b.Task.Run)
	if r == nil || uint32(b.Task.Index) >= r.n {
		return nil, nil
	}
	t := r.peek(b.Task.Index)
	if t == nil || t.state != assigned || t.holder != a.slot || t.attempt() != b.Attempt {
		return nil, nil
	}
	return r, t
}
