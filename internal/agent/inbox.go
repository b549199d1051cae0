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
	clean     bool      // the shelf is to be cleaned
	report    bool      // reports have waited long enough
	blocked   *exec.Run // a task of this run began to wait for others
	task      graph.Index
}

// ended is a task of a window that has its outcome.
type ended struct {
	window *window
	task   graph.Index
}

// inbox collects what the loop has to handle. Tasks that ended and results that were encoded have lists of their own, for
// there are many.
type inbox struct {
	mu     sync.Mutex
	filled sync.Cond
	lists
	closed bool
	spare  lists
}

type lists struct {
	notes   []note
	ended   []ended
	encoded []encoded
}

func (l *lists) len() int { return len(l.notes) + len(l.ended) + len(l.encoded) }

// recycled returns the lists without what is in them, for the next use. Long ones, as after a burst, are let go.
func (l lists) recycled() lists { return lists{recycle(l.notes), recycle(l.ended), recycle(l.encoded)} }

func recycle[T any](list []T) []T {
	const most = 4096
	if cap(list) > most {
		return nil
	}
	clear(list)
	return list[:0]
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

// putEncoded adds a result that was encoded.
func (b *inbox) putEncoded(e encoded) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.encoded = append(b.encoded, e)
	b.signal()
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
	if b.len() == 1 {
		b.filled.Signal()
	}
}

// take waits until there is something and returns all of it. It goes back with give.
func (b *inbox) take() lists {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.len() == 0 {
		b.filled.Wait()
	}
	l := b.lists
	b.lists, b.spare = b.spare, lists{}
	return l
}

// give gives lists back that were handled, so that what is in them is let go.
func (b *inbox) give(l lists) {
	l = l.recycled()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spare = l
}

// close ends the inbox and returns what nobody will handle.
func (b *inbox) close() lists {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lists
	b.closed, b.lists, b.spare = true, lists{}, lists{}
	return l
}
