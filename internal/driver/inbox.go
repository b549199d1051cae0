package driver

import "sync"

// note is something for the loop: a word of an agent or a client, the end of its connection, or something to do.
type note struct {
	agent  *agent
	client *client
	word   any
	count  uint64 // of the client's words, with this one, if it may come back
	err    error
	do     func()
}

// inbox collects notes for the loop, which takes all of them at once.
type inbox struct {
	mu     sync.Mutex
	filled sync.Cond
	notes  []note
	spare  []note
	closed bool
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
	if len(b.notes) == 1 {
		b.filled.Signal()
	}
	return true
}

// keptNotes is how long a list of notes may be whose memory is used again.
const keptNotes = 1 << 14

// take returns all notes, waiting for one unless atOnce is set. What it returned before must not be used any more.
func (b *inbox) take(atOnce bool) []note {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.notes) == 0 && !atOnce {
		b.filled.Wait()
	}
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
