package workerstate

import (
	"fmt"
	"strings"

	"github.com/braid-compute/braid/internal/word"
)

// Effect is something that the shell shall do. Effects of one Step are done in their order.
type Effect interface {
	fmt.Stringer
	effect()
}

// Execute hands attempts to the executor, which starts each when its inputs are there. An input whose holder is this agent
// is a block that is held or an attempt handed over before; every other one is a promise that a Settle fulfils. An input at
// this agent that the shell does not know is a promise, too.
type Execute struct {
	Assign *word.Assign
}

// TakeBack asks the executor for attempts that have not begun. The answer is TakenBack.
type TakeBack struct {
	Tasks []word.Block
}

// Abort drops attempts: those that have not begun never will, and the contexts of those that run are cancelled.
type Abort struct {
	Tasks []word.Block
}

// SendScheduler sends a word to the scheduler: *word.Done, *word.Failed, *word.Lost, *word.Returned, *word.Started,
// *word.InputMissing, *word.Unreachable or *word.Join.
type SendScheduler struct {
	Word any
}

// SendPeer sends a word to a peer: *word.Subscribe, *word.Unsubscribe or *word.NotHere.
type SendPeer struct {
	Peer Peer
	Word any
}

// Deliver sends a block that this agent holds to a subscriber.
type Deliver struct {
	Peer  Peer
	Block word.Block
}

// Settle fulfils a promise: the block is here, as a copy or as a block of this agent's own, and these attempts take it.
type Settle struct {
	Block     word.Block
	Consumers []word.Block
}

// Drop forgets blocks that were made here, and copies. The executor may still hold what attempts take that run.
type Drop struct {
	Blocks []word.Block
}

func (Execute) effect()       {}
func (TakeBack) effect()      {}
func (Abort) effect()         {}
func (SendScheduler) effect() {}
func (SendPeer) effect()      {}
func (Deliver) effect()       {}
func (Settle) effect()        {}
func (Drop) effect()          {}

func (e Execute) String() string       { return "execute" + blocks(e.Assign.Tasks) }
func (e TakeBack) String() string      { return "take back" + blocks(e.Tasks) }
func (e Abort) String() string         { return "abort" + blocks(e.Tasks) }
func (e SendScheduler) String() string { return "to scheduler: " + show(e.Word) }
func (e SendPeer) String() string      { return "to " + e.Peer.String() + ": " + show(e.Word) }
func (e Deliver) String() string       { return fmt.Sprintf("deliver %v to %v", e.Block, e.Peer) }
func (e Settle) String() string        { return fmt.Sprintf("settle %v for%s", e.Block, blocks(e.Consumers)) }
func (e Drop) String() string          { return "drop" + blocks(e.Blocks) }

// show writes a word down in a line.
func show(w any) string {
	switch w := w.(type) {
	case *word.Assign:
		var b strings.Builder
		b.WriteString("assign")
		for k, t := range w.Tasks {
			fmt.Fprintf(&b, " %v", t)
			for i, in := range w.InputsOf(k) {
				sign := ","
				if i == 0 {
					sign = "<"
				}
				fmt.Fprintf(&b, "%s%v:%d", sign, in.Block, in.Holder)
			}
		}
		return b.String()
	case *word.Revoke:
		return "revoke" + blocks(w.Tasks)
	case *word.Cancel:
		return "cancel" + blocks(w.Tasks)
	case *word.Free:
		return "free" + blocks(w.Blocks)
	case *word.Resolve:
		return fmt.Sprintf("resolve %v@%v<%v:%d", w.Task, w.Attempt, w.Input.Block, w.Input.Holder)
	case *word.Join:
		var b strings.Builder
		b.WriteString("join holding")
		for _, h := range w.Blocks {
			fmt.Fprintf(&b, " %v", h.Block)
			if len(h.Used) > 0 {
				fmt.Fprintf(&b, "(used%s)", blocks(h.Used))
			}
		}
		return b.String()
	case *word.Done:
		return "done" + finished(w.Tasks)
	case *word.Failed:
		if w.Exceeded {
			return fmt.Sprintf("exceeded %v", w.Block)
		}
		return fmt.Sprintf("failed %v", w.Block)
	case *word.Lost:
		return "lost" + blocks(w.Blocks)
	case *word.Returned:
		return "returned" + blocks(w.Tasks)
	case *word.Started:
		return "started" + blocks(w.Tasks)
	case *word.InputMissing:
		return fmt.Sprintf("input missing %v@%v<%v:%d", w.Task, w.Attempt, w.Input.Block, w.Input.Holder)
	case *word.Unreachable:
		return fmt.Sprintf("unreachable agent %d", w.Peer)
	case *word.Subscribe:
		return "subscribe" + blocks(w.Blocks)
	case *word.Unsubscribe:
		return "unsubscribe" + blocks(w.Blocks)
	case *word.Delivery:
		return fmt.Sprintf("delivery %v", w.Block)
	case *word.NotHere:
		return "not here" + blocks(w.Blocks)
	}
	return fmt.Sprintf("%T", w)
}

func blocks(bs []word.Block) string {
	var b strings.Builder
	for _, x := range bs {
		fmt.Fprintf(&b, " %v", x)
	}
	return b.String()
}

func finished(fs []word.Finished) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, " %v", f.Block)
		if len(f.Used) > 0 {
			fmt.Fprintf(&b, "(used%s)", blocks(f.Used))
		}
	}
	return b.String()
}

func failed(fs []word.Failed) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, " %v", f.Block)
	}
	return b.String()
}
