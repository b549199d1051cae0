package agent

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// parcel is a result as bytes, on its way to subscribers.
type parcel struct {
	parts [][]byte
	held  *block.Encoding // whose memory they are in; nil: the Go heap's
	lent  *word.Lent      // how other processes map them; nil: they cannot
	users atomic.Int32
	over  func() // told, once, when they are not under way any more
}

// newParcel makes a parcel that the caller uses.
func newParcel(parts [][]byte, held *block.Encoding, over func()) *parcel {
	p := &parcel{parts: parts, held: held, over: sync.OnceFunc(over)}
	p.users.Store(1)
	return p
}

// bytes returns how many there are.
func (p *parcel) bytes() (n int64) {
	for _, part := range p.parts {
		n += int64(len(part))
	}
	return n
}

// whole returns the bytes for somebody who keeps them.
func (p *parcel) whole() []byte {
	if p.held == nil && len(p.parts) == 1 {
		return p.parts[0]
	}
	return slices.Concat(p.parts...)
}

// done says that one user less reads the bytes.
func (p *parcel) done() {
	if p.users.Add(-1) > 0 {
		return
	}
	if p.held != nil {
		p.held.Release()
	}
	p.over()
}

// lender is a Conn that sends a block from where it is: its parts are read until done is called, which happens once.
type lender interface {
	Lend(b word.Block, parts [][]byte, done func()) error
}

// hand sends a parcel to a subscriber.
func (a *Agent) hand(to workerstate.Peer, b word.Block, p *parcel) {
	switch c := a.incoming[to.Client].(type) {
	case nil:
	case lender:
		p.users.Add(1)
		_ = c.Lend(b, p.parts, p.done) // a lost connection is noticed by its reader
	default:
		_ = c.Send(&word.Delivery{Block: b, Outputs: [][]byte{p.whole()}})
	}
}

// fetched sends blocks that were offered. What has gone since is not here, as it would be for a subscription.
func (a *Agent) fetched(to workerstate.Peer, w *word.Fetch) {
	for _, b := range w.Blocks {
		if !a.supply(subscriber{peer: to}, b, 0) {
			a.sendPeer(to, &word.NotHere{Blocks: []word.Block{b}})
		}
	}
}
