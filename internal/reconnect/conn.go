package reconnect

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// Carrier carries words to and from another process until it breaks. It is a pointer, and what package link gives.
type Carrier interface {
	Send(w any) error // queues and never waits
	Receive() (any, error)
	Queued() (words, blocks int64)
	Close() error
}

// Options say how a conversation is kept.
type Options struct {
	// Patience is for how long the side that accepted keeps the conversation without a connection. The other side learns it.
	Patience time.Duration
	// Broken is told when a connection of the side that accepted has broken. It must not wait.
	Broken func(why error)
	// Confirms says that words count as heard when the owner of the side that accepted says so, by Confirm, and not when they were taken in:
	// until then the other side keeps them, for a process that takes the place of this one.
	Confirms bool

	// Dial connects anew, for the side that dialled, and ends with ctx. An error that wraps ErrOver is not tried again.
	Dial Redial
	// Notice is told what people should know of the side that dialled: that it is cut off, and back. nil: nobody.
	Notice func(text string)
}

// Errors of conversations.
var (
	// ErrOver is the error of a conversation that the other side does not know any more.
	ErrOver = errors.New("it cannot be resumed")
	// ErrBacklog is the error of a conversation without a connection for which too much waits.
	ErrBacklog = errors.New("too much waits for the other side, which is cut off")

	errClosed  = errors.New("the other side has closed the connection") // and is in the middle of the conversation
	errUnheard = errors.New("the other side takes words and does not acknowledge them")
)

const (
	ackWords   = 64        // heard and not acknowledged, at most
	ackBytes   = 1 << 20   // of them
	maxBacklog = 256 << 20 // bytes kept while there is no connection: the outcomes of a few million tasks
	// maxUnheard is how many bytes may have been taken by a connection and not be acknowledged. One word may be on its way, whatever
	// its length; beyond that there is little, from one who acknowledges.
	maxUnheard = word.MaxBytes + maxBacklog
)

// Conn is one side of a conversation. Send may be called by any number of goroutines, Receive by one.
type Conn struct {
	o     Options
	token word.Token
	redial

	// order is held while words are handed to a carrier, so that they go in the order of their numbers. Carriers do not wait.
	order sync.Mutex

	mu      sync.Mutex
	changed sync.Cond // of carrier and end
	carrier Carrier   // nil while there is none
	kept    kept
	heard   uint64 // words taken in
	sure    uint64 // of them, those that count as heard: all, or those that were confirmed
	acked   uint64 // of them, acknowledged
	owed    int64  // bytes of those that are not
	repeats uint64 // words to come that were taken in before
	anew    bool   // the words kept have no numbers before the first connection, which says how many the other side has heard of
	end     error  // why it is over; nil while it is not
	closed  bool
	closing sync.WaitGroup // of those who close carriers
}

func newConn(carrier Carrier, token word.Token, o Options) *Conn {
	c := &Conn{o: o, token: token, carrier: carrier}
	c.changed.L = &c.mu
	return c
}

// Send keeps a word and hands it to the connection if there is one. A word that is too long is refused with word.ErrBytes or
// word.ErrItems and leaves the conversation as it is.
func (c *Conn) Send(w any) error { return c.send(w, false) }

// Put is Send for words that the connection may write later, at Flush, if it has that.
func (c *Conn) Put(w any) error { return c.send(w, true) }

// Flush has the words of Put written.
func (c *Conn) Flush() {
	if b, ok := c.current().(buffered); ok {
		b.Flush()
	}
}

// send sends a word in the parts in which it travels, since each of them counts on the other side.
func (c *Conn) send(w any, later bool) error {
	c.order.Lock()
	defer c.order.Unlock()
	for part := range word.Split(w) {
		if err := c.sendPart(part, later); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) sendPart(w any, later bool) error {
	carrier, much, err := c.keep(w)
	switch {
	case err != nil:
		return err
	case carrier == nil:
		err = sendable(w)
	default:
		err = give(carrier, w, later)
	}
	if tooLong(err) {
		c.mu.Lock()
		wrong := c.kept.takeBack()
		c.mu.Unlock()
		if wrong != nil {
			c.GiveUp(wrong)
		}
		return err
	}
	if much && carrier != nil {
		return c.checkHeard(carrier)
	}
	return nil // a connection that has broken is noticed by its reader, and the word is repeated
}

// checkHeard ends the conversation with one for whom ever more is kept because it acknowledges nothing. What waits in the connection
// it could not take yet.
func (c *Conn) checkHeard(carrier Carrier) error {
	waiting, _ := carrier.Queued()
	c.mu.Lock()
	much := c.kept.bytes-waiting > maxUnheard
	c.mu.Unlock()
	if !much {
		return nil
	}
	c.GiveUp(errUnheard)
	return errUnheard
}

// give hands a word to a connection.
func give(carrier Carrier, w any, later bool) error {
	if b, ok := carrier.(buffered); ok && later {
		return b.Put(w)
	}
	return carrier.Send(w)
}

// keep notes a word and returns the connection it goes over, if there is one, and whether so much is kept that it is to be checked.
func (c *Conn) keep(w any) (_ Carrier, much bool, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil {
		return nil, false, c.end
	}
	c.kept.add(w)
	if c.carrier == nil && c.kept.bytes > maxBacklog {
		c.endWith(ErrBacklog)
		return nil, false, ErrBacklog
	}
	return c.carrier, c.kept.bytes > maxUnheard, nil
}

// sendable returns why a word could not be sent if there were a connection.
func sendable(w any) error {
	data, err := word.Append(nil, w)
	if err == nil && len(data) > word.MaxBytes {
		err = fmt.Errorf("%w: %d bytes, and at most %d are allowed", word.ErrBytes, len(data), word.MaxBytes)
	}
	return err
}

func tooLong(err error) bool { return errors.Is(err, word.ErrBytes) || errors.Is(err, word.ErrItems) }

// Receive returns the next word of the other side, over whatever connection it comes.
func (c *Conn) Receive() (any, error) {
	for {
		carrier, err := c.await()
		if err != nil {
			return nil, err
		}
		w, err := carrier.Receive()
		if err == nil {
			var ok bool
			if ok, err = c.interpret(carrier, w); ok {
				return w, nil
			}
		}
		if err != nil {
			c.broke(carrier, err)
		}
	}
}

// interpret takes in what came over a connection. It reports false for what is not for the owner: words about the conversation itself, and
// those of a connection whose place another one has taken.
func (c *Conn) interpret(carrier Carrier, w any) (bool, error) {
	switch w := w.(type) {
	case *word.Heard:
		return false, c.acknowledged(carrier, w.Count)
	case *word.End:
		return false, c.over(carrier)
	case *word.Attach, *word.Attached:
		return false, fmt.Errorf("%T in the middle of a conversation", w)
	}
	return c.take(carrier, w), nil
}

// await returns the connection there is, as soon as there is one.
func (c *Conn) await() (Carrier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.carrier == nil && c.end == nil {
		c.changed.Wait()
	}
	return c.carrier, c.end
}

// take counts a word that came over a connection. It reports false if another connection has taken its place, over which the word
// comes again.
func (c *Conn) take(carrier Carrier, w any) bool {
	c.mu.Lock()
	if c.carrier != carrier {
		c.mu.Unlock()
		return false
	}
	if c.repeats > 0 {
		c.repeats--
		c.mu.Unlock()
		return false
	}
	c.heard++
	c.owed += weigh(w)
	count := uint64(0)
	if !c.o.Confirms {
		c.sure = c.heard
		count = c.due()
	}
	c.mu.Unlock()
	if count > 0 {
		_ = carrier.Send(&word.Heard{Count: count}) // one that has broken is noticed by its reader, which is this goroutine
	}
	return true
}

// acknowledged forgets what the other side has taken in.
func (c *Conn) acknowledged(carrier Carrier, count uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.carrier != carrier {
		return nil
	}
	return c.kept.acknowledge(count)
}

// broke deals with the end of a connection.
func (c *Conn) broke(carrier Carrier, why error) {
	c.mu.Lock()
	current := c.carrier == carrier
	switch {
	case !current:
	case c.kept.bytes > maxBacklog:
		c.endWith(fmt.Errorf("%w: %w", ErrBacklog, why))
	default:
		c.carrier = nil
	}
	if errors.Is(why, io.EOF) {
		why = errClosed
	}
	over := c.end != nil
	c.mu.Unlock()
	c.dispose(carrier)
	switch {
	case !current || over:
	case c.o.Dial != nil:
		c.again(why)
	default:
		c.o.Broken(why)
	}
}

// over takes the other side's word that it is over, with which the connection ends, too.
func (c *Conn) over(carrier Carrier) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.carrier != carrier {
		return nil
	}
	c.endWith(io.EOF)
	return io.EOF
}

// current returns the connection there is; nil if there is none.
func (c *Conn) current() Carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.carrier
}

// Connected reports whether there is a connection, as far as is known.
func (c *Conn) Connected() bool { return c.current() != nil }

// Queued returns how much waits to be taken by the other side.
func (c *Conn) Queued() (words, blocks int64) {
	c.mu.Lock()
	carrier := c.carrier
	words = c.kept.bytes
	c.mu.Unlock()
	if carrier != nil {
		return carrier.Queued()
	}
	return words, 0
}

// endWith ends the conversation; the first reason stays, and nothing is repeated any more. Called with mu held.
func (c *Conn) endWith(why error) {
	if c.end == nil {
		c.end, c.kept = why, kept{}
		c.changed.Broadcast()
		c.redial.stop()
	}
}

// GiveUp ends the conversation because the other side is not waited for any more: Receive returns the reason.
func (c *Conn) GiveUp(why error) {
	c.mu.Lock()
	carrier := c.carrier
	c.carrier = nil
	c.endWith(why)
	c.mu.Unlock()
	if carrier != nil {
		c.dispose(carrier)
	}
}

// dispose closes a connection beside the caller, because what is queued is sent first and that may take seconds. Close waits for it.
func (c *Conn) dispose(carrier Carrier) {
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.closing.Go(func() { _ = carrier.Close() })
	}
	c.mu.Unlock()
	if closed {
		_ = carrier.Close()
	}
}

// Close ends the conversation on purpose, after what is queued was sent, for a limited time.
func (c *Conn) Close() error {
	c.order.Lock() // after everything else that is being said, or repeated
	c.mu.Lock()
	c.endWith(io.EOF)
	carrier := c.carrier
	c.closed = true
	c.mu.Unlock()
	if carrier != nil {
		_ = carrier.Send(&word.End{}) // one that has broken cannot be told
	}
	c.order.Unlock()
	var err error
	if carrier != nil {
		err = carrier.Close()
	}
	c.closing.Wait()
	return err
}
