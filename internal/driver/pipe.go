package driver

import (
	"errors"
	"io"
	"sync"
)

// Conn carries words to and from one agent or client. It is a pointer.
type Conn interface {
	// Send queues a word and never waits. A word that is too long is refused with word.ErrBytes or word.ErrItems and leaves the
	// connection as it is; after any other error the connection is of no use any more.
	Send(w any) error
	// Receive returns the next word, io.EOF after an orderly end.
	Receive() (any, error)
	// Queued returns how many bytes of words and of blocks wait to be taken by the other side.
	Queued() (words, blocks int64)
	// Close sends what is queued, for a limited time, and ends the connection.
	Close() error
}

// Pipe returns the two ends of a connection inside the process: words pass as they are, without becoming bytes, so who
// sends one must not change it afterwards. Sending never blocks.
func Pipe() (Conn, Conn) {
	a, b := newLane(), newLane()
	return &pipe{in: a, out: b}, &pipe{in: b, out: a}
}

type pipe struct{ in, out *lane }

func (p *pipe) Send(w any) error      { return p.out.put(w) }
func (p *pipe) Receive() (any, error) { return p.in.next() }

// Queued returns nothing: words that are passed as they are have no bytes.
func (p *pipe) Queued() (words, blocks int64) { return 0, 0 }

// Close ends both directions; what was sent before can still be received.
func (p *pipe) Close() error {
	p.in.close()
	p.out.close()
	return nil
}

// lane is one direction of a pipe.
type lane struct {
	mu     sync.Mutex
	filled sync.Cond
	words  []any
	first  int
	closed bool
}

func newLane() *lane {
	l := new(lane)
	l.filled.L = &l.mu
	return l
}

var errPipeClosed = errors.New("the connection is closed")

func (l *lane) put(w any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errPipeClosed
	}
	l.words = append(l.words, w)
	l.filled.Signal()
	return nil
}

func (l *lane) next() (any, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.first == len(l.words) && !l.closed {
		l.filled.Wait()
	}
	if l.first == len(l.words) {
		return nil, io.EOF
	}
	return l.pop(), nil
}

// pop takes the first word, which is there. The lock is held.
func (l *lane) pop() any {
	w := l.words[l.first]
	l.words[l.first] = nil
	l.first++
	if l.first == len(l.words) {
		l.words, l.first = l.words[:0], 0
	}
	return w
}

func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.filled.Broadcast()
}
