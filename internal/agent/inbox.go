package agent

import (
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/workerstate"
)

// note is something for the loop.
type note struct {
	scheduler bool              // word and err come from the scheduler
	successor Conn              // a connection with another scheduler
	peer      workerstate.Peer  // otherwise from this peer
	from      *outgoing         // over this connection, if it is one of ours
	conn      Conn              // a new connection of the peer
	event     workerstate.Event // or it is an event as it stands
	word      any
	copied    *block.Block // the store has what the word, a Delivery, brought
	err       error
	end       error      // why Run shall end
	clean     bool       // the shelf is to be cleaned
	returned  *borrowing // nobody here looks at it any more
	mourn     bool       // it is time to look whether borrowers live
	report    bool       // reports have waited long enough
	stalled   bool       // what was offered has waited long enough
	blocked   *exec.Run  // a task of this run began to wait for others
	task      graph.Index
	meeting   *meeting // a task of a gang waits for the others
}

// ended is a task of a window that has its outcome.
type ended struct {
	window *window
	task   graph.Index
}

// inbox collects what is to be handled. Whoever adds something handles it, with all else that is there, unless somebody is at it
// already: to wake a goroutine of the agent's own would cost several times what there is to do, and on a machine whose cores are
// all busy with tasks that goroutine would wait for one. Where the caller must not (it is inside the executor, or of it) the goroutine of
// Run is called, which also relieves a worker that finds ever more to do.
//
// Tasks that ended and results that were encoded have lists of their own, for there are many.
type inbox struct {
	filled atomic.Bool  // there is something that whoever comes may handle
	since  atomic.Int64 // when the first task that is there may have ended, by its worker's clock; 0 if it has not come by
	mu     sync.Mutex
	call   sync.Cond // of the goroutine of Run
	lists
	taken  bool // somebody handles what is there
	called bool // the goroutine of Run is to do so, and nobody else
	over   bool // the agent has ended: nothing is handled any more
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

// init makes an inbox in which things wait until it is opened.
func (b *inbox) init() {
	b.call.L = &b.mu
	b.taken = true
}

// open lets what is there, and what comes, be handled.
func (b *inbox) open() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken = false; b.len() > 0 {
		b.summon()
	}
}

// put adds a note, unless the agent has ended. The caller drives, or calls.
func (b *inbox) put(n note) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.notes = append(b.notes, n)
	b.note()
	return true
}

// putEncoded adds a result that was encoded, unless the agent has ended.
func (b *inbox) putEncoded(e encoded) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.encoded = append(b.encoded, e)
	b.note()
	return true
}

// putEnded adds a task that ended.
func (b *inbox) putEnded(e ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.ended = append(b.ended, e)
		b.note()
	}
}

func (b *inbox) note() { b.filled.Store(!b.taken && !b.called) }

// callRun has the goroutine of Run handle what is there, if nobody is at it.
func (b *inbox) callRun() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.taken && b.len() > 0 {
		b.summon()
	}
}

func (b *inbox) summon() {
	b.called = true
	b.filled.Store(false)
	b.call.Signal()
}

// begin reports whether there is something that the caller is to handle, until next reports false or it calls relieve.
func (b *inbox) begin() bool {
	if !b.filled.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken || b.called || b.len() == 0 {
		return false
	}
	b.taken = true
	b.filled.Store(false)
	b.since.Store(0)
	return true
}

// ripe reports whether tasks that have ended are to be handled. Short ones wait for others for a moment; after one that took longer,
// the next may as well. A worker says when it came by last, and that it comes by now.
func (b *inbox) ripe(last, now int64) bool {
	if !b.filled.Load() {
		return false
	}
	since := b.since.Load()
	if since == 0 {
		since = max(last, 1)
		b.since.Store(since)
	}
	return now-since > moment
}

// moment is how long tasks that have ended wait for others while their worker has more to do, in nanoseconds.
const moment = 20_000

// await waits until the goroutine of Run is called, which then is to handle what there is. It reports false when the agent has ended.
func (b *inbox) await() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.over && (b.taken || !b.called) {
		b.call.Wait()
	}
	if b.over {
		return false
	}
	b.taken, b.called = true, false
	return true
}

// end has nothing handled any more. The caller is the one who handled what there was, and remains it.
func (b *inbox) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	b.call.Signal()
}

// next returns all that is there; done is what it returned before, which was handled and is let go. If there is nothing, it reports false.
func (b *inbox) next(done lists) (lists, bool) {
	done = done.recycled()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spare = done
	if b.len() == 0 {
		b.taken = false
		return lists{}, false
	}
	l := b.lists
	b.lists, b.spare = b.spare, lists{}
	return l, true
}

// relieve leaves what is there to the goroutine of Run.
func (b *inbox) relieve(done lists) {
	done = done.recycled()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spare, b.taken = done, false
	if b.len() > 0 {
		b.summon()
	}
}

// close ends the inbox and returns what nobody will handle.
func (b *inbox) close() lists {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lists
	b.closed, b.lists, b.spare = true, lists{}, lists{}
	return l
}
