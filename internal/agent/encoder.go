package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// encoder turns results into bytes on a few goroutines, which end when there is nothing to do. The bytes that are under way to
// subscribers at a time are bounded, but each subscriber may have one result under way: who takes nothing holds nobody else up.
type encoder struct {
	limit int
	most  int64        // bytes under way
	large int64        // bytes of a result that can be sent
	store *block.Store // counts those that are in the heap; nil: nobody does
	tell  func(encoded) bool

	mu      sync.Mutex
	queue   []*job
	running int
	bytes   int64
	under   map[workerstate.Peer]int // results under way
	closed  bool
	idle    chan struct{} // closed when it was closed and the last goroutine has ended
}

type job struct {
	block word.Block
	op    *exec.Op
	value any
	to    workerstate.Peer // who asked first; nobody, for what rides along with the word that it is there
	lend  bool             // it is mapped if that is possible
	bytes int64            // of the result, 0 if that is not known before
}

const (
	sendShare = 16       // of an agent's memory, one part in so many is for what is under way to others
	sendBytes = 64 << 20 // in bytes, of an agent whose memory has no limit
)

// mostBytes is what links take of one block, if nothing else is said.
const mostBytes = 4 << 30

func newEncoder(cfg *Config, tell func(encoded) bool) *encoder {
	e := &encoder{limit: max(cfg.Slots, 1), most: sendBytes, store: cfg.Store, tell: tell, under: make(map[workerstate.Peer]int), idle: make(chan struct{})}
	if e.large = cfg.MaxBlock; e.large == 0 {
		e.large = mostBytes
	}
	if cfg.Memory > 0 {
		e.most = cfg.Memory / sendShare
	}
	return e
}

func (e *encoder) add(j *job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		j.release()
		return
	}
	e.queue = append(e.queue, j)
	e.begin()
}

// begin starts a goroutine if there is something to do for one more. Called with mu held.
func (e *encoder) begin() {
	if e.running < e.limit && slices.ContainsFunc(e.queue, e.may) {
		e.running++
		go e.work()
	}
}

// may reports whether a job may begin now. Called with mu held.
func (e *encoder) may(j *job) bool { return e.bytes+j.bytes <= e.most || e.under[j.to] == 0 }

// release lets go of the result, which the job holds.
func (j *job) release() {
	if stored, ok := j.value.(*block.Block); ok {
		stored.Release()
	}
}

func (e *encoder) work() {
	for {
		j := e.next()
		if j == nil {
			return
		}
		p, err := e.encode(j)
		j.release()
		if err != nil {
			e.ended(j)
		}
		if !e.tell(encoded{j.block, p, err}) && p != nil {
			p.done()
		}
	}
}

// encode makes a parcel of a result, unless it has too many bytes to be sent: whoever wants it would cut the connection, and it would be
// made again for ever.
func (e *encoder) encode(j *job) (*parcel, error) {
	if n, known := size(j.op, j.value); known && n > e.large {
		return nil, e.tooLarge(n)
	}
	if stored, ok := j.value.(*block.Block); ok {
		if j.lend {
			p, err := e.loan(j, stored)
			if !errors.Is(err, block.ErrNotMappable) {
				return p, err
			}
		}
		held, err := stored.Encoding(context.Background()) // what it waits for is writing only
		if err != nil {
			return nil, err
		}
		return e.parcel(j, newParcel(held.Parts(), held, func() { e.ended(j) })), nil
	}
	data, err := encode(j.op, j.value)
	if err != nil {
		return nil, err
	}
	if n := int64(len(data)); n > e.large {
		return nil, e.tooLarge(n)
	}
	return e.parcel(j, newParcel([][]byte{data}, nil, func() {
		e.charge(-int64(len(data)))
		e.ended(j)
	})), nil
}

func (e *encoder) tooLarge(n int64) error {
	return fmt.Errorf("it has %d bytes, and at most %d are sent: return it in parts, or the name of a file that has it", n, e.large)
}

// parcel counts a parcel with the bytes that it has.
func (e *encoder) parcel(j *job, p *parcel) *parcel {
	n := p.bytes()
	e.mu.Lock()
	e.bytes += n - j.bytes
	j.bytes = n
	e.mu.Unlock()
	if p.held == nil {
		e.charge(n)
	}
	return p
}

func (e *encoder) charge(n int64) {
	if e.store != nil {
		e.store.Charge(block.Transfer, n)
	}
}

// next returns what is to be done, or counts the goroutine out.
func (e *encoder) next() *job {
	e.mu.Lock()
	defer e.mu.Unlock()
	k := slices.IndexFunc(e.queue, e.may)
	if k < 0 {
		if e.running--; e.running == 0 && e.closed {
			close(e.idle)
		}
		return nil
	}
	j := e.queue[k]
	e.queue = slices.Delete(e.queue, k, k+1)
	e.bytes += j.bytes
	if j.to != (workerstate.Peer{}) {
		e.under[j.to]++
	}
	return j
}

// ended notes that a result is not under way any more.
func (e *encoder) ended(j *job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bytes -= j.bytes
	if e.under[j.to]--; e.under[j.to] <= 0 {
		delete(e.under, j.to)
	}
	e.begin()
}

// close drops what has not begun and waits for the rest, at most as long as timeout: nobody can end a user's method.
func (e *encoder) close(timeout time.Duration) error {
	e.mu.Lock()
	for _, j := range e.queue {
		j.release()
	}
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
