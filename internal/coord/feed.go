package coord

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// Limits of the feed of events.
const (
	maxLine        = 64 << 10 // bytes of a line
	defaultPending = 4096     // lines that wait
	maxPending     = 16 << 20 // bytes that wait for a follower
	lineHead       = 9
)

// Publisher sends lines to whoever follows the cluster's events. It never waits: lines that nobody takes away fast enough are dropped and
// counted. It is safe for concurrent use. A cluster has one publisher at a time, its leader's.
type Publisher struct {
	c       *Cluster
	lines   chan []byte
	stop    context.CancelFunc
	done    chan struct{}
	dropped atomic.Uint64
	number  uint64 // of the last line; belongs to the goroutine that sends
}

// Publish returns a publisher in which at most so many lines wait. 0 means 4,096.
func (c *Cluster) Publish(pending int) *Publisher {
	life, stop := context.WithCancel(c.life)
	p := &Publisher{c: c, lines: make(chan []byte, or(pending, defaultPending)), stop: stop, done: make(chan struct{})}
	if !c.start(func() { p.run(life) }) {
		close(p.done)
	}
	return p
}

// Send sends a line of at most 64 KiB. Its bytes must not be changed any more. It returns false if the line was dropped.
func (p *Publisher) Send(line []byte) bool {
	if len(line) <= maxLine {
		select {
		case p.lines <- line:
			return true
		default:
		}
	}
	p.dropped.Add(1)
	return false
}

// Dropped returns how many lines were dropped by this side.
func (p *Publisher) Dropped() uint64 { return p.dropped.Load() }

// Close ends the publisher when the lines that wait are sent.
func (p *Publisher) Close() {
	p.stop()
	<-p.done
}

// run sends lines. Each has a number, so that a follower sees which are missing.
func (p *Publisher) run(ctx context.Context) {
	defer close(p.done)
	subject := p.c.subject("events")
	for {
		select {
		case line := <-p.lines:
			p.send(subject, line)
			continue
		case <-ctx.Done():
		}
		for len(p.lines) > 0 {
			p.send(subject, <-p.lines)
		}
		return
	}
}

// send sends one line: version, number, text.
func (p *Publisher) send(subject string, line []byte) {
	p.number++
	b := append(make([]byte, 0, lineHead+len(line)), Version)
	b = binary.LittleEndian.AppendUint64(b, p.number)
	if p.c.nc.Publish(subject, append(b, line...)) != nil {
		p.dropped.Add(1)
	}
}

// Follower gets the lines that are published from now on.
type Follower struct {
	c       *Cluster
	sub     *nats.Subscription
	last    uint64
	skipped uint64
}

// Follow begins to follow the cluster's events. At most so many lines, and 16 MiB, wait for the follower; more are dropped and counted. 0
// means 4,096. End it with Close.
func (c *Cluster) Follow(pending int) (*Follower, error) {
	sub, err := c.nc.SubscribeSync(c.subject("events"))
	if err == nil {
		err = sub.SetPendingLimits(or(pending, defaultPending), maxPending)
	}
	if err == nil {
		err = c.nc.FlushTimeout(c.o.Timeout)
	}
	if err != nil {
		if sub != nil {
			_ = sub.Unsubscribe()
		}
		return nil, c.fail("its events cannot be followed", err)
	}
	return &Follower{c: c, sub: sub}, nil
}

// Lines returns lines as they come, until the context ends. It is for one goroutine.
func (f *Follower) Lines(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			line, err := f.next(ctx)
			if err != nil {
				yield(nil, f.c.fail("its events cannot be followed", err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (f *Follower) next(ctx context.Context) ([]byte, error) {
	for {
		m, err := f.sub.NextMsgWithContext(ctx)
		if errors.Is(err, nats.ErrSlowConsumer) {
			continue // the lines that are missing are counted
		}
		if err != nil {
			return nil, err
		}
		b := m.Data
		if len(b) < lineHead || b[0] != Version {
			return nil, fmt.Errorf("a line: %w", ErrVersion)
		}
		n := binary.LittleEndian.Uint64(b[1:])
		if f.last > 0 && n > f.last+1 {
			f.skipped += n - f.last - 1
		}
		f.last = n
		return b[lineHead:], nil
	}
}

// Dropped returns how many lines were sent and did not come here, as far as later ones tell. It is for the goroutine of Lines.
func (f *Follower) Dropped() uint64 { return f.skipped }

// Close ends the follower.
func (f *Follower) Close() { _ = f.sub.Unsubscribe() }
