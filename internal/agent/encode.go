package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
	peers []workerstate.Peer
}

// encoded is a result as bytes, or why it cannot be.
type encoded struct {
	block word.Block
	data  []byte
	err   error
}

// encodeAside begins to turn a result into bytes and returns what that is for.
func (a *Agent) encodeAside(b word.Block, op *exec.Op, v any) *encoding {
	e := new(encoding)
	a.encodings[b] = e
	if stored, ok := v.(*block.Block); ok {
		stored.Retain() // until it is encoded
	}
	a.encoder.add(job{b, op, v})
	return e
}

// resultsEncoded goes on with results that were turned into bytes.
func (a *Agent) resultsEncoded(list []encoded) {
	var ev workerstate.TasksEnded
	for _, r := range list {
		e := a.encodings[r.block]
		e.encoded, e.ready = r, true
		switch here := a.local(r.block) != nil; {
		case errors.Is(r.err, block.ErrLost): // the scheduler, which hears of it from who asked, has it made again
			a.log("the result of task %v is lost: %v", r.block.Task, r.err)
		case r.err != nil:
			a.log("the result of task %v cannot be sent: %v", r.block.Task, r.err)
			if here {
				ev.Failed = append(ev.Failed, word.Failed{Block: r.block, Failure: a.unencodable(r.err)})
			}
		case e.untold && here:
			if e.finished.Bytes = int64(len(r.data)); len(r.data) <= small {
				e.finished.Data = r.data
			}
			ev.Finished = append(ev.Finished, e.finished)
		}
	}
	if len(ev.Finished)+len(ev.Failed) > 0 {
		a.step(ev) // those who have subscribed meanwhile are told, too
	}
	for _, r := range list {
		e := a.encodings[r.block]
		delete(a.encodings, r.block)
		for _, p := range e.peers {
			a.answer(p, e)
		}
	}
}

// answer sends a result that was turned into bytes to a subscriber.
func (a *Agent) answer(p workerstate.Peer, e *encoding) {
	if e.err != nil {
		a.sendPeer(p, &word.NotHere{Blocks: []word.Block{e.block}})
		return
	}
	a.sendPeer(p, &word.Delivery{Block: e.block, Outputs: [][]byte{e.data}})
}

// unencodable is the failure of a task whose result cannot leave the process.
func (a *Agent) unencodable(err error) []byte {
	f := word.Failure{Reason: uint8(exec.ReasonError), Text: fmt.Sprintf("its result cannot be sent to another process: %v", err), Worker: a.cfg.Name}
	f.Note(err)
	return f.Encode()
}

// deliver sends a block to a subscriber.
func (a *Agent) deliver(to workerstate.Peer, b word.Block) {
	if e := a.encodings[b]; e != nil {
		if e.ready {
			a.answer(to, e)
		} else {
			e.peers = append(e.peers, to)
		}
		return
	}
	l := a.local(b)
	if l == nil {
		return
	}
	v, f, _ := l.window.run.Outcome(l.index)
	if f != nil {
		return
	}
	op := l.window.op(l.index)
	if n, known := size(op, v); known && n < large && plain(v) {
		if data, err := encode(op, v); err == nil {
			a.sendPeer(to, &word.Delivery{Block: b, Outputs: [][]byte{data}})
			return
		}
	}
	e := a.encodeAside(b, op, v)
	e.peers = append(e.peers, to)
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
	if stored, ok := v.(*block.Block); ok {
		return stored.AppendEncoded(context.Background(), nil)
	}
	return op.Encode(v)
}

// encoder turns results into bytes on a few goroutines, which end when there is nothing to do.
type encoder struct {
	limit int
	most  int64 // bytes of a result
	tell  func(encoded)

	mu      sync.Mutex
	queue   []job
	running int
	closed  bool
	idle    chan struct{} // closed when it was closed and the last goroutine has ended
}

type job struct {
	block word.Block
	op    *exec.Op
	value any
}

// mostBytes is what links take of one block, if nothing else is said.
const mostBytes = 4 << 30

func newEncoder(limit int, most int64, tell func(encoded)) *encoder {
	if most == 0 {
		most = mostBytes
	}
	return &encoder{limit: max(limit, 1), most: most, tell: tell, idle: make(chan struct{})}
}

// encode returns a result as bytes, unless they are too many to be sent: whoever wants it would cut the connection, and the
// result would be made again for ever.
func (e *encoder) encode(j job) ([]byte, error) {
	n, known := size(j.op, j.value)
	if !known || n <= e.most {
		data, err := encode(j.op, j.value)
		if n = int64(len(data)); err != nil || n <= e.most {
			return data, err
		}
	}
	return nil, fmt.Errorf("it has %d bytes, and at most %d are sent: return it in parts, or the name of a file that has it", n, e.most)
}

func (e *encoder) add(j job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.queue = append(e.queue, j)
	if e.running < e.limit {
		e.running++
		go e.work()
	}
}

func (e *encoder) work() {
	for {
		j, ok := e.next()
		if !ok {
			return
		}
		data, err := e.encode(j)
		if stored, ok := j.value.(*block.Block); ok {
			stored.Release()
		}
		e.tell(encoded{j.block, data, err})
	}
}

// next returns what is to be done, or counts the goroutine out.
func (e *encoder) next() (job, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 {
		e.queue = nil
		if e.running--; e.running == 0 && e.closed {
			close(e.idle)
		}
		return job{}, false
	}
	j := e.queue[0]
	e.queue[0] = job{}
	e.queue = e.queue[1:]
	return j, true
}

// close drops what has not begun and waits for the rest, at most as long as timeout: nobody can end a user's method.
func (e *encoder) close(timeout time.Duration) error {
	e.mu.Lock()
	e.closed, e.queue = true, nil
	n := e.running
	e.mu.Unlock()
	if n == 0 {
		return nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-e.idle:
		return nil
	case <-timer.C:
		return fmt.Errorf("agent: closed, but %d results were still being encoded after %v: an encoding method of a result's type does not return", n, timeout)
	}
}
