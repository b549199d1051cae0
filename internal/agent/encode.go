package agent

import (
	"errors"
	"fmt"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// What a client wants and is small rides along with the word that it is there; from the size large on, a result is turned into
// bytes beside the loop, whoever encodes it. In bytes.
const (
	small = 1 << 10
	large = 64 << 10
)

// encoding is a result that is being turned into bytes, and what for.
type encoding struct {
	finished word.Finished // the end of the task, which is told with the bytes
	untold   bool          // it was not told before
	ready    bool          // the bytes are there
	encoded
	subscribers []subscriber
}

// subscriber is who wants a block.
type subscriber struct {
	peer    workerstate.Peer
	process uint32 // who maps the block if that is possible; 0: it is sent
}

// encoded is a result as bytes, or why it cannot be.
type encoded struct {
	block  word.Block
	parcel *parcel
	err    error
}

// encodeAside begins to turn a result into bytes, for a subscriber or nobody, and returns what that is for.
func (a *Agent) encodeAside(b word.Block, op *exec.Op, v any, to subscriber) *encoding {
	e := new(encoding)
	a.encodings[b] = e
	if stored, ok := v.(*block.Block); ok {
		stored.Retain() // until it is encoded
	}
	bytes, _ := size(op, v)
	a.encoder.add(&job{b, op, v, to.peer, to.process != 0, bytes})
	return e
}

// resultsEncoded goes on with results that were turned into bytes.
func (a *Agent) resultsEncoded(list []encoded) {
	var ev workerstate.TasksEnded
	var lost []word.Block
	for _, r := range list {
		e := a.encodings[r.block]
		e.encoded, e.ready = r, true
		switch here := a.local(r.block) != nil; {
		case errors.Is(r.err, block.ErrLost):
			a.log("the result of task %v is lost: %v", r.block.Task, r.err)
			lost = append(lost, r.block)
		case r.err != nil:
			a.log("the result of task %v cannot be sent: %v", r.block.Task, r.err)
			if here {
				ev.Failed = append(ev.Failed, word.Failed{Block: r.block, Failure: a.unencodable(r.err)})
			}
		case e.untold && here:
			if e.finished.Bytes = r.parcel.bytes(); e.finished.Bytes <= small {
				e.finished.Data = r.parcel.whole()
			}
			ev.Finished = append(ev.Finished, e.finished)
		}
	}
	if len(ev.Finished)+len(ev.Failed) > 0 {
		a.step(ev) // those who have subscribed meanwhile are told, too
	}
	if len(lost) > 0 {
		a.step(workerstate.BlocksLost{Blocks: lost})
	}
	for _, r := range list {
		e := a.encodings[r.block]
		delete(a.encodings, r.block)
		for _, s := range e.subscribers {
			a.answer(s, e)
		}
		if r.parcel != nil {
			r.parcel.done()
		}
	}
}

// answer sends a result that was turned into bytes to a subscriber.
func (a *Agent) answer(to subscriber, e *encoding) {
	switch {
	case e.err != nil:
		a.sendPeer(to.peer, &word.NotHere{Blocks: []word.Block{e.block}})
	case to.process != 0 && e.parcel.lent != nil:
		a.lend(to, e.parcel)
	default:
		a.hand(to.peer, e.block, e.parcel)
	}
}

// unencodable is the failure of a task whose result cannot leave the process.
func (a *Agent) unencodable(err error) []byte {
	f := word.Failure{Reason: uint8(exec.ReasonError), Text: fmt.Sprintf("its result cannot be sent to another process: %v", err), Worker: a.cfg.Name}
	f.Note(err)
	return f.Encode()
}

// deliver answers a subscription to a block that is here: with the block, or with an offer of it if it is large and the subscriber
// wants to know that first.
func (a *Agent) deliver(to workerstate.Peer, b word.Block) {
	a.supply(subscriber{peer: to}, b, a.offerTo[to.Client])
}

// supply sends a block to a subscriber, or offers it if it has at least so many bytes (0: never). It reports false if it is not here.
func (a *Agent) supply(to subscriber, b word.Block, least int64) bool {
	e, l := a.encodings[b], a.local(b)
	if l == nil { // it may have been freed since it was asked for
		return e != nil && a.enlist(e, to)
	}
	v, f, settled := l.window.run.Outcome(l.index)
	if f != nil || !settled {
		return false
	}
	op := l.window.op(l.index)
	n, known := size(op, v)
	switch {
	case least > 0 && known && n >= least && a.lendAtOnce(to.peer, b, v):
		return true
	case least > 0 && known && n >= least:
		a.sendPeer(to.peer, &word.Offer{Blocks: []word.Block{b}, Bytes: []int64{n}})
		return true
	case e != nil:
		return a.enlist(e, to)
	case known && n < large && plain(v):
		if data, err := encode(op, v); err == nil {
			a.sendPeer(to.peer, &word.Delivery{Block: b, Outputs: [][]byte{data}})
			return true
		}
	}
	return a.enlist(a.encodeAside(b, op, v, to), to)
}

// enlist has a subscriber get what is being turned into bytes.
func (a *Agent) enlist(e *encoding, to subscriber) bool {
	if e.ready {
		a.answer(to, e)
	} else {
		e.subscribers = append(e.subscribers, to)
	}
	return true
}

// size returns the bytes of a result, and whether they are known.
func size(op *exec.Op, v any) (int64, bool) {
	if stored, ok := v.(*block.Block); ok {
		return stored.Size(), true
	}
	if op.Size == nil {
		return 0, true
	}
	return op.Size(v)
}

// plain reports whether it is known that no code of users takes part in encoding a value, so that its size says how long that
// takes.
func plain(v any) bool {
	switch v.(type) {
	case nil, *exec.Encoded, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128,
		string, []byte, []int, []int32, []int64, []float32, []float64:
		return true
	}
	return false
}

// encode returns a result as bytes. A user's encoding method may panic.
func encode(op *exec.Op, v any) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			data, err = nil, fmt.Errorf("encoding it panicked: %v", p)
		}
	}()
	return op.Encode(v)
}
