package agent

import (
	"context"
	"slices"
	"time"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// loans are the blocks that processes of this machine have mapped instead of getting their bytes. Pages that somebody looks at must not
// serve another block, so a loan ends when its borrower says so or its process has ended, and not with a connection.
//
// A part of the memory may be lent at a time. Beyond it bytes are sent: what is lent cannot leave memory.
type loans struct {
	most      int64 // bytes
	bytes     int64 // that are lent
	byProcess map[uint32][]loan
	processes map[word.Client]uint32 // of visitors who borrow
	orphans   map[uint32]bool        // processes without a connection that may live
}

type loan struct {
	block  word.Block
	parcel *parcel
}

func newLoans(cfg *Config) loans {
	return loans{cfg.Memory / roomShare, 0, make(map[uint32][]loan), make(map[word.Client]uint32), make(map[uint32]bool)}
}

// mournTime is how often it is looked whether a borrower lives whose connection has ended.
const mournTime = time.Second

// loan makes a parcel of a block that others can map.
func (e *encoder) loan(j *job, stored *block.Block) (*parcel, error) {
	arena, err := e.store.Arena()
	if err != nil {
		return nil, block.ErrNotMappable
	}
	held, ref, err := stored.Loan(context.Background()) // what it waits for is writing only
	if err != nil {
		return nil, err
	}
	return e.parcel(j, newLoan(j.block, arena, held, ref, func() { e.ended(j) })), nil
}

func newLoan(b word.Block, arena block.Arena, held *block.Encoding, ref block.Ref, over func()) *parcel {
	p := newParcel(held.Parts(), held, over)
	p.lent = &word.Lent{
		Block: b, Process: arena.Process, Descriptor: arena.Descriptor, Inode: arena.Inode, Offset: ref.Offset, Bytes: ref.Bytes,
	}
	return p
}

// lendAtOnce lends a block, instead of offering it, to who has mapped others before and none now, if it is where it can be mapped: that
// takes no memory and saves a round trip.
func (a *Agent) lendAtOnce(to workerstate.Peer, b word.Block, v any) bool {
	process := a.loans.processes[to.Client]
	stored, ok := v.(*block.Block)
	if !ok || process == 0 || len(a.loans.byProcess[process]) > 0 || a.loans.bytes > a.loans.most || stored.Size() < leastMapped {
		return false
	}
	held, ref, err := stored.LoanAtOnce()
	if err != nil {
		return false
	}
	arena, err := a.arrivals.store.Arena()
	if err != nil {
		held.Release()
		return false
	}
	p := newLoan(b, arena, held, ref, func() {})
	a.lend(subscriber{to, process}, p)
	p.done()
	return true
}

// borrowed answers a Borrow.
func (a *Agent) borrowed(from workerstate.Peer, w *word.Borrow) {
	a.loans.processes[from.Client] = w.Process
	to := subscriber{from, w.Process}
	if a.loans.bytes > a.loans.most {
		to.process = 0
	}
	for _, b := range w.Blocks {
		if !a.supply(to, b, 0) {
			a.sendPeer(from, &word.NotHere{Blocks: []word.Block{b}})
		}
	}
}

// lend has a subscriber map a parcel.
func (a *Agent) lend(to subscriber, p *parcel) {
	if a.incoming[to.peer.Client] == nil {
		return
	}
	p.users.Add(1)
	p.over() // nothing is under way: the next block may follow
	a.loans.bytes += p.lent.Bytes
	a.loans.byProcess[to.process] = append(a.loans.byProcess[to.process], loan{p.lent.Block, p})
	a.sendPeer(to.peer, p.lent)
}

// givenBack ends loans.
func (a *Agent) givenBack(w *word.GiveBack) {
	list := a.loans.byProcess[w.Process]
	for _, b := range w.Blocks {
		if k := slices.IndexFunc(list, func(l loan) bool { return l.block == b }); k >= 0 {
			a.loans.end(list[k])
			list = slices.Delete(list, k, k+1)
		}
	}
	a.loans.put(w.Process, list)
}

func (l *loans) end(one loan) {
	l.bytes -= one.parcel.lent.Bytes
	one.parcel.done()
}

func (l *loans) put(process uint32, list []loan) {
	if len(list) == 0 {
		delete(l.byProcess, process)
		delete(l.orphans, process)
	} else {
		l.byProcess[process] = list
	}
}

// borrowerLost notes that the connection of a visitor has ended.
func (a *Agent) borrowerLost(visitor word.Client) {
	process, ok := a.loans.processes[visitor]
	if !ok {
		return
	}
	delete(a.loans.processes, visitor)
	if len(a.loans.byProcess[process]) > 0 {
		a.loans.orphans[process] = true
		a.mourn()
	}
}

// mourn ends the loans of processes that have ended, and arranges to look again at those that live.
func (a *Agent) mourn() {
	for process := range a.loans.orphans {
		if lives(process) {
			continue
		}
		for _, l := range a.loans.byProcess[process] {
			a.loans.end(l)
		}
		a.loans.put(process, nil)
	}
	if len(a.loans.orphans) > 0 && a.mourning == nil {
		a.mourning = time.AfterFunc(mournTime, func() { a.heard(note{mourn: true}) })
	}
}
