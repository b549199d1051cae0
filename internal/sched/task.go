package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// state is where a task is. docs/states.md says in words what each one means.
type state uint8

const (
	waiting   state = iota // needed; an input is not available
	ready                  // needed; every input is available; waits in a queue for room at an agent
	assigned               // an agent has an attempt of it
	done                   // its block is held by an agent
	idle                   // nobody needs its result: never made, withdrawn, or made and freed
	failed                 // ended by itself without a result: run.failures says how
	input                  // ended because an input did: the cause is in cause()
	cancelled              // by its client
)

var stateNames = [...]string{"waiting", "ready", "assigned", "done", "idle", "failed", "input failed", "cancelled"}

func (s state) String() string { return stateNames[s] }

// pending reports whether the task is needed and has no result: it has a hold on its inputs, and counts those that are
// not available.
func (s state) pending() bool { return s <= assigned }

// over reports whether the task ended without a result, for good.
func (s state) over() bool { return s >= failed }

// queueKind says in which queue a ready task is.
type queueKind uint8

const (
	noQueue      queueKind = iota
	rootQueue              // of the run: a range of tasks without inputs, in the run's pool or in a share
	agentQueue             // of the agent that task.holder names
	classQueue             // of tasks that only some agents can take, or that no agent is there for
	urgentQueue            // of tasks for which assigned ones wait
	suspectQueue           // of tasks that were on agents when they died
	gangQueue              // of its gang
)

// flags of a task.
const (
	flagWanted   uint16 = 1 << iota // its client wants the result
	flagTold                        // its client knows the outcome
	flagRevoking                    // its agent was asked to give it back
	flagTaken                       // tasks of other runs take its result
	flagMissed                      // in State.missing: agents wait to be told who has it
	flagFresh                       // assigned in the word that is being written
	flagCounted                     // counted as done
	flagUrgent                      // given up while assigned tasks wait for it
	flagBegun                       // its agent has said so
	flagBlocked                     // waits for other tasks, in its function: its slot serves others
)

// task is the state of one task. There are very many: it holds no pointers and takes 48 bytes.
type task struct {
	bytes     int64  // of the block of a done task; the cause of a task in state input
	uses      uint32 // of its result: by pending consumers, by externals of other runs that are in use, by its client
	missing   uint32 // references to inputs that are not available to it; kept while pending
	holder    uint32 // slot of the agent that has the attempt or the block; of a ready task in an agent's queue, of that one
	term      uint32 // of the last attempt
	count     uint32 // of the last attempt
	prev      uint32 // in the list of its share, as index + 1
	next      uint32
	flags     uint16
	state     state
	queue     queueKind
	suspected uint8     // 0: never; otherwise 1 + the deaths of agents that had it since it last ended with a result
	nanos     magnitude // expected when it was assigned
	expected  magnitude // bytes, expected when it was assigned
}

// deaths returns how many agents died in a row that may have been running the task.
func (t *task) deaths() int { return max(int(t.suspected)-1, 0) }

func (t *task) has(flag uint16) bool { return t.flags&flag != 0 }

func (t *task) attempt() word.Attempt { return word.Attempt{Term: t.term, Count: t.count} }

func (t *task) setCause(c word.Task) { t.bytes = int64(uint64(c.Run)<<32 | uint64(c.Index)) }

func (t *task) cause() word.Task {
	return word.Task{Run: word.Run(uint64(t.bytes) >> 32), Index: graph.Index(uint64(t.bytes))}
}

// available reports whether a consumer may be placed with this input: a plain one when the input is made or assigned, a
// strict one, which occupies something scarce from the moment it is assigned, only when it is made.
func (t *task) available(strict bool) bool {
	return t.state == done || t.state == assigned && !strict
}

// ref names a task of a run that is known.
type ref struct {
	r *run
	i graph.Index
}

func (x ref) task() *task { return x.r.task(x.i) }

func (x ref) name() word.Task { return word.Task{Run: x.r.id, Index: x.i} }

func (x ref) block() word.Block { return word.Block{Task: x.name(), Attempt: x.task().attempt()} }
