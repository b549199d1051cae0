package sched

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Instant is a time in nanoseconds since the shell's own beginning.
type Instant int64

// Event is something that happened outside: one of the types below.
type Event interface {
	fmt.Stringer
	event()
}

// AgentJoined says that an agent is there, with a number that was never used before.
type AgentJoined struct {
	Agent word.Agent
	Join  word.Join
}

// AgentLost says that an agent is gone for good: what comes back under its name has another number.
type AgentLost struct {
	Agent word.Agent
	Why   string // for death certificates: exit code, signal, last lines
}

// AgentWord is a word of an agent: *word.Done, *word.Failed, *word.Returned, *word.Started, *word.Blocked, *word.InputMissing or
// *word.Unreachable.
type AgentWord struct {
	Agent word.Agent
	Word  any
}

// Submitted hands in a graph under a run number that was never used before. The externals of the graph name cluster
// runs: the shell has renumbered them.
type Submitted struct {
	Client word.Client
	Run    word.Run
	Graph  *graph.Graph
	All    bool // every task is wanted
	Wanted []graph.Index
}

// ClientWord is a word of a client: *word.Release, *word.CancelTasks or *word.Leave.
type ClientWord struct {
	Client word.Client
	Word   any
}

// ClientGone says that a client is gone: everything it wanted is released.
type ClientGone struct {
	Client word.Client
}

func (AgentJoined) event() {}
func (AgentLost) event()   {}
func (AgentWord) event()   {}
func (Submitted) event()   {}
func (ClientWord) event()  {}
func (ClientGone) event()  {}

func (e AgentJoined) String() string {
	s := fmt.Sprintf("agent %d joined: %q, %d slots", e.Agent, e.Join.Name, e.Join.Slots)
	if n := len(e.Join.Blocks); n > 0 {
		s += fmt.Sprintf(", holds %d blocks", n)
	}
	return s
}

func (e AgentLost) String() string { return fmt.Sprintf("agent %d lost: %s", e.Agent, e.Why) }

func (e AgentWord) String() string { return fmt.Sprintf("agent %d says %s", e.Agent, tell(e.Word)) }

func (e Submitted) String() string {
	return fmt.Sprintf("client %d submitted run %d of %d tasks", e.Client, e.Run, e.Graph.Len())
}

func (e ClientWord) String() string { return fmt.Sprintf("client %d says %s", e.Client, tell(e.Word)) }

func (e ClientGone) String() string { return fmt.Sprintf("client %d is gone", e.Client) }
