package word

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
)

// Run is the number of a submitted graph on a cluster, from 1. It is never used again.
type Run uint32

// Agent is the number of one incarnation of an agent, from 1. It is never used again: an agent that was lost and comes
// back gets another one. Clients that hold blocks (scattered values) have numbers of the same kind.
type Agent uint32

// Nobody is no agent.
const Nobody Agent = 0

// Client is the number of one connection of a client, from 1.
type Client uint32

// Task names a task on a cluster.
type Task struct {
	Run   Run
	Index graph.Index
}

func (t Task) String() string { return fmt.Sprintf("%d/%d", t.Run, t.Index) }

// Attempt is one try at a task. Attempts of one task are ordered: first by the scheduler's term, then by count.
type Attempt struct {
	Term, Count uint32
}

// Less reports whether a was before b.
func (a Attempt) Less(b Attempt) bool {
	return a.Term < b.Term || a.Term == b.Term && a.Count < b.Count
}

func (a Attempt) String() string { return fmt.Sprintf("%d.%d", a.Term, a.Count) }

// Block names what one attempt of a task made: the outputs together, immutable.
type Block struct {
	Task    Task
	Attempt Attempt
}

func (b Block) String() string { return fmt.Sprintf("%v@%v", b.Task, b.Attempt) }
