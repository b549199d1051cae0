package agent

import (
	"os"
	"runtime"
	"strings"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// leastMapped is the size in bytes from which a block of another process of this machine is mapped instead of sent: where it begins to
// pay (docs/decisions/0014).
const leastMapped = exec.LeastLent

// mapping is the arena of a holder of blocks, as far as this process has mapped it.
type mapping struct {
	arena   *block.Peer // nil: not mapped
	blocks  int         // that are looked at here
	refuses bool        // it cannot be mapped
	gone    bool        // its connection has ended
}

// lost notes that the holder's connection has ended. What it has lent can be looked at until it is given back.
func (l *mapping) lost() {
	l.gone = true
	l.close()
}

// close unmaps the arena of a holder that is gone, if nobody looks at it.
func (l *mapping) close() {
	if l.gone && l.blocks == 0 && l.arena != nil {
		_ = l.arena.Close()
		l.arena = nil
	}
}

// borrowing is a block of another process while somebody here looks at it.
type borrowing struct {
	block  word.Block
	holder workerstate.Peer
	from   *outgoing
	ref    block.Ref
}

// ask asks a holder for a block that it has offered: to map it, if it is large and the holder is on this machine, or else to have it
// sent.
func (a *Agent) ask(o arrival) {
	near := runtime.GOOS == "linux" && strings.HasPrefix(a.addresses[o.holder.Agent], "unix:")
	p := a.outgoing[o.holder.Agent]
	if blocks := []word.Block{o.block}; near && o.bytes >= leastMapped && p != nil && !p.mapping.refuses {
		a.sendPeer(o.holder, &word.Borrow{Process: uint32(os.Getpid()), Blocks: blocks})
	} else {
		a.sendPeer(o.holder, &word.Fetch{Blocks: blocks})
	}
}

// borrow maps a block that its holder has lent. Where that is impossible it is sent after all.
func (a *Agent) borrow(from workerstate.Peer, p *outgoing, w *word.Lent) {
	if a.arrivals.store == nil {
		return // it was not asked for
	}
	b := &borrowing{w.Block, from, p, block.Ref{Offset: w.Offset, Bytes: w.Bytes}}
	stored, err := a.mapped(b, w)
	if err != nil {
		if !p.mapping.refuses {
			p.mapping.refuses = true
			a.log("blocks of another worker are sent, because they cannot be mapped: %v", err)
		}
		a.sendPeer(from, &word.GiveBack{Process: uint32(os.Getpid()), Blocks: []word.Block{w.Block}})
		a.sendPeer(from, &word.Fetch{Blocks: []word.Block{w.Block}})
		return
	}
	a.delivered(from, &word.Delivery{Block: w.Block}, stored)
}

func (a *Agent) mapped(b *borrowing, w *word.Lent) (*block.Block, error) {
	l := &b.from.mapping
	if l.arena == nil {
		arena, err := block.OpenPeer(block.Arena{Process: w.Process, Descriptor: w.Descriptor, Inode: w.Inode})
		if err != nil {
			return nil, err
		}
		l.arena = arena
	}
	data, err := l.arena.Bytes(b.ref)
	if err != nil {
		return nil, err
	}
	stored, err := a.arrivals.store.Borrow(data, exec.EncodedForm, func() {
		a.in.put(note{returned: b})
		a.in.callRun()
	})
	if err != nil {
		l.arena.Done(b.ref)
		return nil, err
	}
	l.blocks++
	return stored, nil
}

// giveBack tells the holder of a block that nobody here looks at it any more.
func (a *Agent) giveBack(b *borrowing) {
	b.from.mapping.arena.Done(b.ref) // which is mapped as long as there are blocks
	b.from.mapping.blocks--
	b.from.mapping.close()
	if a.outgoing[b.holder.Agent] != nil { // otherwise it is gone, or waits for the end of this process
		a.sendPeer(b.holder, &word.GiveBack{Process: uint32(os.Getpid()), Blocks: []word.Block{b.block}})
	}
}
