package agent

import (
	"sync"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/workerstate"
)

// note is something for the loop.
type note struct {
	scheduler bool              // word and err come from the scheduler
	peer      workerstate.Peer  // otherwise from this peer
	from      *outgoing         // over this connection, if it is one of ours
	conn      Conn              // a new connection of the peer
	event     workerstate.Event // or it is an event as it stands
	word      any
	err       error
	end       error     // why Run shall end
	blocked   *exec.Run // a task of this run began to wait for others
	task      graph.Index
}

// ended is a task of a window that has its outcome.
type ended struct {
	window *window
	task   graph.Index
}

// inbox collects what the loop has to handle. Tasks that ended have a list of their own, for there are many.
type inbox struct {
	mu     sync.Mutex
	filled sync.Cond
	notes  []note
	ended  []ended
	closed bool

	spareNotes []note
	spareEnded []ended
}

func (b *inbox) init() { b.filled.L = &b.mu }

// put adds a note, unless the loop has ended.
func (b *inbox) put(n note) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.notes = append(b.notes, n)
	b.signal()
	return true
}

// putEnded adds a task that ended.
func (b *inbox) putEnded(e ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.ended = append(b.ended, e)
	b.signal()
}

func (b *inbox) signal() {
	if len(b.notes)+len(b.ended) == 1 {
		b.filled.Signal()
	}
}

// take waits until there is something and returns all of it. What it returned before must not be used any more.
func (b *inbox) take() ([]note, []ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.notes)+len(b.ended) == 0 {
		b.filled.Wait()
	}
	n, e := b.notes, b.ended
	clear(b.spareNotes)
	clear(b.spareEnded)
	b.notes, b.ended = b.spareNotes[:0], b.spareEnded[:0]
	b.spareNotes, b.spareEnded = n, e
	return n, e
}

func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.notes, b.ended, b.spareNotes, b.spareEnded = nil, nil, nil, nil
}
