package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// agent is one incarnation of a worker process.
type agent struct {
	id     word.Agent
	slot   uint32 // in State.agents
	name   string
	slots  uint32
	memory int64
	window int64 // bytes of results not yet made that it may have assigned
	lost   bool

	// What is assigned and not ended.
	assigned int
	blocked  int   // of them, those that wait for other tasks in their functions
	nanos    int64 // expected
	bytes    int64 // expected
	suspects int   // of these, tasks that were on agents when they died
	ganged   int   // of these, members of gangs
	revoking int   // of these, asked back

	held   int   // blocks
	stored int64 // their bytes
	queued int   // tasks in its queues

	shares  []*share     // of runs of which it has or had something
	last    *share       // looked up last
	active  []*share     // with something that waits for room, and some without
	writing *word.Assign // what Plan assigns to it, of run wrun
	wrun    *run
	have    []uint64 // of resources beside slots, by State.resources
	used    []uint64
	offers  []int  // which of them it named
	kept    *class // that gets what it needs here before others do

	listed    listKind // in which of the state's lists it is
	place     int      // there
	isLoaded  bool     // in State.loaded
	isCrowded bool     // in State.crowded
	reserved  reservation
	thief     *agent // for whom it was asked for tasks
	asking    bool   // tasks were asked back for it and the answer has not come
	blamed    int    // tasks that may have run on it when it was lost
	outbox    outbox
	outListed bool
}

// reservation says for what an agent gets nothing else.
type reservation uint8

const (
	notReserved reservation = iota
	forGang                 // until it has ended what it has, for a gang that then starts
	forSuspects             // for tasks that were on agents when they died
)

// outbox holds what an agent is to be told at the end of a step.
type outbox struct {
	broken                  []*word.Broken // of what is in cancels
	cancels, revokes, frees []word.Block
}

// share is what one agent has of one run.
type share struct {
	agent  *agent
	run    *run
	queue  queue
	queued int       // tasks in queue, without what has left it by another way
	roots  []stretch // ranges of roots that are this agent's to begin
	rooted uint32    // places in them
	parted bool      // has had its part of the run's pool
	active bool      // in agent.active
	place  int       // in agent.shares

	assigned, held list
}

// list is a doubly linked list of tasks of a run, by task.prev and task.next.
type list struct {
	first, last uint32 // index + 1
	n           int
}

func (l *list) append(r *run, i graph.Index) {
	t := r.task(i)
	t.prev, t.next = l.last, 0
	if l.last == 0 {
		l.first = uint32(i) + 1
	} else {
		r.task(graph.Index(l.last - 1)).next = uint32(i) + 1
	}
	l.last = uint32(i) + 1
	l.n++
}

func (l *list) remove(r *run, t *task) {
	if t.prev == 0 {
		l.first = t.next
	} else {
		r.task(graph.Index(t.prev - 1)).next = t.next
	}
	if t.next == 0 {
		l.last = t.prev
	} else {
		r.task(graph.Index(t.next - 1)).prev = t.prev
	}
	t.prev, t.next = 0, 0
	l.n--
}

// all appends the members to out.
func (l *list) all(r *run, out []ref) []ref {
	for n := l.first; n != 0; {
		i := graph.Index(n - 1)
		out = append(out, ref{r, i})
		n = r.task(i).next
	}
	return out
}

// share returns what the agent has of a run, making it when it is looked for the first time.
func (a *agent) share(r *run) *share {
	if sh := a.last; sh != nil && sh.run == r {
		return sh
	}
	sh := r.shares[a]
	if sh == nil {
		sh = &share{agent: a, run: r}
		if r.shares == nil {
			r.shares = map[*agent]*share{}
		}
		r.shares[a] = sh
		sh.place = len(a.shares)
		a.shares = append(a.shares, sh)
	}
	a.last = sh
	return sh
}

// backlog is what waits at the agent for room.
func (a *agent) backlog() int {
	n := a.queued
	for _, sh := range a.active {
		n += int(sh.rooted)
	}
	return n
}

// activate lists a share in which something waits for room.
func (sh *share) activate() {
	if !sh.active {
		sh.active = true
		sh.agent.active = append(sh.agent.active, sh)
	}
}

// listKind names a list of agents.
type listKind uint8

const (
	noList    listKind = iota
	dirtyList          // have room and something may be there for them
	freeList           // have a slot that does nothing, and found nothing
	roomList           // have room in their window, and found nothing
)

// relist moves an agent to another list.
func (s *State) relist(a *agent, to listKind) {
	if a.listed == to {
		return
	}
	if a.listed != noList {
		l := &s.lists[a.listed]
		l.remove(a)
	}
	a.listed = to
	if to != noList {
		s.lists[to].add(a)
	}
}

// agentList is a first-in first-out list from which any agent can be removed.
type agentList struct {
	agents []*agent // nil where one was removed
	head   int
	n      int
}

func (l *agentList) add(a *agent) {
	a.place = len(l.agents)
	l.agents = append(l.agents, a)
	l.n++
}

func (l *agentList) remove(a *agent) {
	l.agents[a.place] = nil
	l.n--
	l.trim()
}

// front returns the agent that was added first, or nil.
func (l *agentList) front() *agent {
	l.trim()
	if l.n == 0 {
		return nil
	}
	return l.agents[l.head]
}

// back returns the agent that was added last. There is one.
func (l *agentList) back() *agent {
	for l.agents[len(l.agents)-1] == nil {
		l.agents = l.agents[:len(l.agents)-1]
	}
	return l.agents[len(l.agents)-1]
}

// trim passes over what was removed, and moves the rest to the front when half of the list is empty.
func (l *agentList) trim() {
	for l.head < len(l.agents) && l.agents[l.head] == nil {
		l.head++
	}
	if l.n == 0 {
		l.agents, l.head = l.agents[:0], 0
		return
	}
	if len(l.agents) > 64 && l.n < len(l.agents)/2 {
		kept := l.agents[:0]
		for _, a := range l.agents[l.head:] {
			if a != nil {
				a.place = len(kept)
				kept = append(kept, a)
			}
		}
		clear(l.agents[len(kept):])
		l.agents, l.head = kept, 0
	}
}
