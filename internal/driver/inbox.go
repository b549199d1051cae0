package driver

import (
	"sync"

	"github.com/braid-compute/braid/internal/word"
)

// note is something for the loop: a word of an agent or a client, the end of its connection, or something to do.
type note struct {
	agent  *agent
	client *client
	word   any
	count  uint64 // of the client's words, with this one, if it may come back
	err    error
	do     func()
}

// smallGraph is the length of a graph that whoever hands it in may as well read.
const smallGraph = 16 << 10

// light reports whether anybody may handle a note who comes by: it is soon done, and calls nothing of those who started the driver.
func (n *note) light() bool {
	switch w := n.word.(type) {
	case *word.Done, *word.Failed, *word.Lost, *word.Returned, *word.Started, *word.Blocked, *word.InputMissing, *word.Unreachable,
		*word.Release, *word.CancelTasks:
		return true
	case *word.Submit:
		return len(w.Graph) <= smallGraph
	}
	return false
}

// inbox collects notes. The goroutine of loop handles them, all that are there at once, or somebody who brings a light one and finds
// nobody at it: to wake a goroutine takes longer than most words do.
type inbox struct {
	mu     sync.Mutex
	call   sync.Cond // of the goroutine of loop
	notes  []note
	spare  []note
	taken  bool // somebody handles notes
	called bool // loop is to do so, and nobody else
	closed bool
}

// init makes an inbox of which loop has the right to handle what is there.
func (b *inbox) init() {
	b.call.L = &b.mu
	b.taken = true
}

// put adds a note for loop, unless that has ended.
func (b *inbox) put(n note) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.notes = append(b.notes, n)
	b.summon()
	return true
}

// bring adds a note that the caller handles, if it is light, when it calls drive.
func (b *inbox) bring(n note) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.notes = append(b.notes, n)
	if !n.light() {
		b.summon()
	}
}

// summon calls loop. The lock is held.
func (b *inbox) summon() {
	b.called = true
	if !b.taken {
		b.call.Signal()
	}
}

// wake calls loop if there is something.
func (b *inbox) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) > 0 {
		b.summon()
	}
}

// begin gives the caller the notes that are there to handle, until next or leave gives back the right to, unless they are none of its
// business.
func (b *inbox) begin() (notes []note, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken || b.called || len(b.notes) == 0 {
		return nil, false
	}
	b.taken = true
	return b.swap(), true
}

// next gives one who has begun the notes that came meanwhile. If there are none, or some are for loop, it gives the right to handle them
// back.
func (b *inbox) next() (notes []note, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.called || len(b.notes) == 0 {
		b.back()
		return nil, false
	}
	return b.swap(), true
}

// leave gives the right to handle notes to loop.
func (b *inbox) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.called = true
	b.back()
}

// back gives the right to handle notes back. The lock is held.
func (b *inbox) back() {
	b.taken = false
	if b.called {
		b.call.Signal()
	}
}

// keptNotes is how long a list of notes may be whose memory is used again.
const keptNotes = 1 << 14

// take returns all notes to loop, which handles them until it calls take again. If there are none it waits until it is called, unless
// atOnce is set. What was returned before must not be used any more.
func (b *inbox) take(atOnce bool) []note {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !atOnce && len(b.notes) == 0 {
		b.taken, b.called = false, false
		for b.taken || !b.called {
			b.call.Wait()
		}
	}
	b.taken, b.called = true, false
	return b.swap()
}

// swap returns the notes and begins a new list. The lock is held.
func (b *inbox) swap() []note {
	notes := b.notes
	if cap(b.spare) > keptNotes {
		b.spare = nil
	}
	clear(b.spare)
	b.notes, b.spare = b.spare[:0], notes
	return notes
}

func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.notes, b.spare = nil, nil
}
