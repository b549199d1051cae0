package agent

import (
	"context"
	"slices"
	"time"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// arrivals are large blocks of other agents on their way here. An agent whose memory is bounded has them offered, and fetches them
// in the order of the offers as far as it has room for copies that tasks have not used up. Those that came are in the store, like
// results, so they can leave memory; what is bounded here is what is under way, and how much of the disk's time goes into copies that
// came too early.
//
// That must not stop tasks that take more than there is room for. So one more is fetched when nothing has happened for a while: a
// short one if a slot is idle, which may only not have begun yet with what has just come, and a longer one otherwise, since slots may
// also be kept by tasks that wait for others.
type arrivals struct {
	store   *block.Store // nil: nothing is offered
	room    int64
	offers  []arrival
	coming  map[word.Block]arrival
	bytes   int64       // of those that are coming
	unused  int64       // of copies that are here and taken by tasks
	waiting *time.Timer // until more is fetched than there is room for
	stalled bool        // it is time for that
}

type arrival struct {
	block  word.Block
	holder workerstate.Peer
	bytes  int64
}

const (
	roomShare = 4                     // of an agent's memory, one part in so many is for copies of others' blocks
	stallTime = 20 * time.Millisecond // how long nothing happens before one more is fetched
	idleTime  = 2 * time.Millisecond  // the same while a slot is idle
	// leastStored is the size in bytes from which a copy is kept in the store, as the executor does with results.
	leastStored = 16 << 10
)

func newArrivals(cfg *Config) arrivals {
	if cfg.Store == nil {
		return arrivals{}
	}
	return arrivals{store: cfg.Store, room: cfg.Memory / roomShare, coming: make(map[word.Block]arrival)}
}

// offered notes what a holder has for this agent.
func (a *Agent) offered(from workerstate.Peer, w *word.Offer) {
	v := &a.arrivals
	if v.store == nil {
		return // it was not asked for
	}
	for k, b := range w.Blocks {
		n := min(max(w.Bytes[k], 0), a.encoder.large) // no connection takes more, whatever a holder says
		v.offers = append(v.offers, arrival{b, from, n})
	}
	a.fetch()
}

// fetch asks for what was offered as far as there is room.
func (a *Agent) fetch() {
	v := &a.arrivals
	for len(v.offers) > 0 {
		o := v.offers[0]
		if v.bytes+v.unused+o.bytes > v.room && (v.bytes > 0 || !v.stalled && v.unused > 0) {
			break
		}
		v.stalled = false
		v.offers = slices.Delete(v.offers, 0, 1)
		if old, ok := v.coming[o.block]; ok {
			if old.holder == o.holder {
				continue
			}
			v.end(old)
		}
		v.coming[o.block] = o
		v.bytes += o.bytes
		v.store.Charge(block.Transfer, o.bytes)
		a.ask(o)
	}
	if len(v.offers) > 0 && v.bytes == 0 && v.waiting == nil {
		wait := stallTime
		if a.x.Idle() {
			wait = idleTime
		}
		v.waiting = time.AfterFunc(wait, func() { a.heard(note{stalled: true}) })
	}
}

// end notes that a block is not under way any more.
func (v *arrivals) end(o arrival) {
	delete(v.coming, o.block)
	v.bytes -= o.bytes
	v.store.Charge(block.Transfer, -o.bytes)
}

// ended notes the answers of a holder.
func (v *arrivals) ended(from workerstate.Peer, blocks []word.Block) {
	for _, b := range blocks {
		if o, ok := v.coming[b]; ok && o.holder == from {
			v.end(o)
		}
	}
}

// forget drops offers of blocks that no task takes any more. What is under way arrives all the same.
func (v *arrivals) forget(blocks []word.Block) {
	v.offers = slices.DeleteFunc(v.offers, func(o arrival) bool { return slices.Contains(blocks, o.block) })
}

// lost drops what a holder has offered that is lost.
func (v *arrivals) lost(holder workerstate.Peer) {
	v.offers = slices.DeleteFunc(v.offers, func(o arrival) bool { return o.holder == holder })
	for _, o := range v.coming {
		if o.holder == holder {
			v.end(o)
		}
	}
}

// forgetAll drops all offers, and does not wait for what is under way.
func (v *arrivals) forgetAll() {
	v.offers = nil
	for _, o := range v.coming {
		v.end(o)
	}
}

// receive takes a block in: into the store if it is of some size. That may wait until others have left memory, which whoever hears
// the connection must not.
func (a *Agent) receive(n note, d *word.Delivery) {
	if a.arrivals.store == nil || len(d.Outputs) != 1 || len(d.Outputs[0]) < leastStored {
		a.heard(n)
		return
	}
	data := d.Outputs[0]
	a.conns.Go(func() {
		b, err := a.arrivals.store.BoxSized(context.Background(), &exec.Encoded{Data: data}, int64(len(data)), exec.EncodedForm, nil)
		if err == nil {
			n.copied = b
		}
		if !a.heard(n) && b != nil {
			b.Release()
		}
	})
}
