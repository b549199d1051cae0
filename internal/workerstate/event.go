package workerstate

import (
	"fmt"

	"github.com/braid-compute/braid/internal/word"
)

// Peer is who may ask for blocks or deliver them: an agent, or a client. One of the two is set.
type Peer struct {
	Agent  word.Agent
	Client word.Client
}

func (p Peer) String() string {
	if p.Client != 0 {
		return fmt.Sprintf("client %d", p.Client)
	}
	return fmt.Sprintf("agent %d", p.Agent)
}

// Event is something that the machine is told. A machine may keep slices of events and words, and gives them out again
// inside effects: neither side changes them afterwards.
type Event interface {
	fmt.Stringer
	event()
}

// FromScheduler is a word from the scheduler: *word.Assign, *word.Revoke, *word.Cancel, *word.Free or *word.Resolve.
type FromScheduler struct {
	Word any
}

// FromPeer is a word about blocks: *word.Subscribe, *word.Unsubscribe, *word.Delivery or *word.NotHere.
type FromPeer struct {
	Peer Peer
	Word any
}

// PeerLost says that the connection with a peer ended, or that the peer is gone. Subscriptions in both directions ended with
// it.
type PeerLost struct {
	Peer Peer
	// Unreachable: the scheduler does not know, for this agent found out by itself.
	Unreachable bool
}

// TasksEnded says that attempts ended, each with a block or without. The lists are in the form in which the scheduler is told.
// An attempt that has ended with a block may fail afterwards, when it turns out that the block cannot leave the process.
type TasksEnded struct {
	Finished []word.Finished
	Failed   []word.Failed
}

// TakenBack answers TakeBack: attempts that have not begun and never will, and attempts that run or have ended.
type TakenBack struct {
	Returned []word.Block
	Started  []word.Block
}

// BlocksLost says that blocks which are held turned out not to be here any more.
type BlocksLost struct {
	Blocks []word.Block
}

// SchedulerLost says that the connection with the scheduler ended. What has not begun is taken back; what runs may end, and
// is announced by the next Join.
type SchedulerLost struct{}

// Rejoin says that the scheduler, or another one, can be reached again. What is still open is given up. The effect is a
// word.Join that lists the blocks held; the shell fills in the rest of it and ends all its connections with peers, because
// the agent comes back under another number.
type Rejoin struct{}

// Welcomed says under which number the agent joined again.
type Welcomed struct {
	Self word.Agent
}

// Tick says that some time has passed. Who subscribed before the last Tick to a block that was not assigned since then is
// told that it is not here.
type Tick struct{}

func (FromScheduler) event() {}
func (FromPeer) event()      {}
func (PeerLost) event()      {}
func (TasksEnded) event()    {}
func (TakenBack) event()     {}
func (BlocksLost) event()    {}
func (SchedulerLost) event() {}
func (Rejoin) event()        {}
func (Welcomed) event()      {}
func (Tick) event()          {}

func (e FromScheduler) String() string { return "scheduler: " + show(e.Word) }
func (e FromPeer) String() string      { return e.Peer.String() + ": " + show(e.Word) }

func (e PeerLost) String() string {
	if e.Unreachable {
		return e.Peer.String() + " unreachable"
	}
	return e.Peer.String() + " lost"
}

func (e TasksEnded) String() string {
	switch {
	case len(e.Failed) == 0:
		return "finished" + finished(e.Finished)
	case len(e.Finished) == 0:
		return "failed" + failed(e.Failed)
	}
	return "finished" + finished(e.Finished) + " failed" + failed(e.Failed)
}

func (e TakenBack) String() string {
	return "taken back: returned" + blocks(e.Returned) + " started" + blocks(e.Started)
}

func (e BlocksLost) String() string  { return "blocks lost" + blocks(e.Blocks) }
func (SchedulerLost) String() string { return "scheduler lost" }
func (Rejoin) String() string        { return "rejoin" }
func (e Welcomed) String() string    { return fmt.Sprintf("welcomed as agent %d", e.Self) }
func (Tick) String() string          { return "tick" }
