package coord

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	leaderKey  = "leader"
	nonceBytes = 16
	leaderHead = 2 + nonceBytes + 4
	maxLeader  = 4 << 10 // bytes of a lease's value
)

// Lease is a leader's right to lead. It ends by Release, with the Cluster, or when it could not be renewed in time.
type Lease struct {
	c     *Cluster
	term  uint32
	nonce [nonceBytes]byte // tells this lease from others
	value []byte

	stop context.CancelFunc
	lost chan struct{}
	why  error // set before lost is closed
	once sync.Once
}

// Leader is what a leader says about itself.
type Leader struct {
	Term  uint32
	Value []byte
}

// Lead waits until nobody leads the cluster, and returns the lease of a new term. The value says where the leader is to be
// found; it has at most 4,074 bytes.
//
// The lease is renewed three times in its time. The server's clock decides when it ends; this side counts from before each question,
// so it is over here before somebody else can have it, unless the whole process was stopped. What such a process still
// appends is refused by the [Journal] of the next leader.
func (c *Cluster) Lead(ctx context.Context, value []byte) (*Lease, error) {
	if len(value) > maxLeader-leaderHead {
		return nil, fmt.Errorf("coord: cluster %s: what a leader says about itself has %d bytes; at most %d can be kept", c.name, len(value), maxLeader-leaderHead)
	}
	l := &Lease{c: c, value: bytes.Clone(value), lost: make(chan struct{})}
	_, _ = rand.Read(l.nonce[:])
	free, stop, err := c.watchLease(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	for {
		asked := time.Now()
		revision, err := l.take(ctx)
		if err == nil {
			if revision > math.MaxUint32 {
				return nil, c.fail("nobody can lead it", errors.New("it has had more than 2³² terms"))
			}
			l.term = uint32(revision)
			life, stop := context.WithCancel(c.life)
			l.stop = stop
			if !c.start(func() { l.keep(life, revision, asked.Add(c.o.Lease)) }) {
				return nil, c.fail("nobody can lead it", ErrClosed)
			}
			return l, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return nil, c.fail("nobody can lead it", err)
		}
		retry := time.NewTimer(c.o.Lease / 10)
		select {
		case <-free:
		case <-retry.C:
		case <-c.life.Done():
			err = ErrClosed
		case <-ctx.Done():
			err = fmt.Errorf("another one leads it: %w", ctx.Err())
		}
		retry.Stop()
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return nil, fmt.Errorf("coord: cluster %s: it cannot be led: %w", c.name, err)
		}
	}
}

// take asks once for the lease.
func (l *Lease) take(ctx context.Context) (uint64, error) {
	ctx, cancel := l.c.question(ctx)
	defer cancel()
	return l.c.lease.Create(ctx, leaderKey, l.form(0))
}

// watchLease tells when a leader gives its lease back.
func (c *Cluster) watchLease(ctx context.Context) (free <-chan jetstream.KeyValueEntry, stop func(), err error) {
	w, err := c.lease.Watch(ctx, leaderKey, jetstream.UpdatesOnly())
	if err != nil {
		return nil, nil, c.fail("its lease cannot be watched", err)
	}
	return w.Updates(), func() { _ = w.Stop() }, nil
}

// form writes a lease's value. The term of the first one is its revision, which is not known when it is written.
//
//	version 1 │ 0 │ nonce of 16 bytes │ term u32 or 0 │ value
func (l *Lease) form(term uint32) []byte {
	b := append(make([]byte, 0, leaderHead+len(l.value)), Version, 0)
	b = append(b, l.nonce[:]...)
	b = binary.LittleEndian.AppendUint32(b, term)
	return append(b, l.value...)
}

// keep renews the lease until it is lost or given back.
func (l *Lease) keep(ctx context.Context, revision uint64, until time.Time) {
	pace := time.NewTicker(l.c.o.Lease / 3)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			l.end(ErrClosed)
			l.giveBack(revision)
			return
		case <-pace.C:
		}
		asked := time.Now()
		next, err := l.renew(ctx, revision, until)
		switch {
		case err == nil:
			revision, until = next, asked.Add(l.c.o.Lease)
		case ctx.Err() != nil:
		case errors.Is(err, ErrDeposed):
			l.end(err)
			return
		case !time.Now().Before(until):
			l.end(fmt.Errorf("%w, or may have: the lease could not be renewed for %v: %w", ErrDeposed, l.c.o.Lease, err))
			return
		}
	}
}

// renew asks once for more time. It returns ErrDeposed if the lease is another's.
func (l *Lease) renew(ctx context.Context, revision uint64, until time.Time) (uint64, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	next, err := l.c.lease.Update(ctx, leaderKey, l.form(l.term), revision)
	if code(err) != codeWrongSequence {
		return next, err
	}
	// It may be the answer to an earlier question that did not come.
	e, err := l.c.lease.Get(ctx, leaderKey)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return 0, fmt.Errorf("%w: the lease of term %d has ended", ErrDeposed, l.term)
	case err != nil:
		return 0, err
	case !l.mine(e.Value()):
		return 0, fmt.Errorf("%w: the lease of term %d is another's", ErrDeposed, l.term)
	}
	return l.c.lease.Update(ctx, leaderKey, l.form(l.term), e.Revision())
}

func (l *Lease) mine(value []byte) bool {
	return len(value) >= leaderHead && bytes.Equal(value[2:2+nonceBytes], l.nonce[:])
}

// giveBack lets another one lead at once.
func (l *Lease) giveBack(revision uint64) {
	ctx, cancel := l.c.question(context.Background())
	defer cancel()
	if err := l.c.lease.Delete(ctx, leaderKey, jetstream.LastRevision(revision)); err != nil && code(err) != codeWrongSequence {
		l.c.o.Log("cluster %s: the lease is not given back and ends within %v: %v", l.c.name, l.c.o.Lease, err)
	}
}

func (l *Lease) end(err error) {
	l.once.Do(func() {
		l.why = fmt.Errorf("term %d has ended: %w", l.term, err)
		close(l.lost)
		l.stop()
	})
}

// Term returns the number of this lease, which is higher than that of every lease before.
func (l *Lease) Term() uint32 { return l.term }

// Lost is closed when the lease has ended: the leader must stop.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Err returns why the lease has ended, or nil. It matches ErrDeposed, or ErrClosed if this side gave it back.
func (l *Lease) Err() error {
	if err := l.over(); err != nil {
		return fmt.Errorf("coord: cluster %s: %w", l.c.name, err)
	}
	return nil
}

// over is Err for errors that name the cluster by themselves.
func (l *Lease) over() error {
	select {
	case <-l.lost:
		return l.why
	default:
		return nil
	}
}

// Release gives the lease back, so that another one may lead at once. It does not wait for the server.
func (l *Lease) Release() {
	l.end(ErrClosed)
}

// Leader returns who leads the cluster. ok is false if nobody does.
func (c *Cluster) Leader(ctx context.Context) (leader Leader, ok bool, err error) {
	ctx, cancel := c.question(ctx)
	defer cancel()
	e, err := c.lease.Get(ctx, leaderKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Leader{}, false, nil
	}
	if err != nil {
		return Leader{}, false, c.fail("who leads it cannot be read", err)
	}
	v := e.Value()
	if len(v) < leaderHead || v[0] != Version || v[1] != 0 {
		return Leader{}, false, c.fail("who leads it cannot be read", fmt.Errorf("the lease %x: %w", v[:min(len(v), 2)], ErrVersion))
	}
	leader.Term = binary.LittleEndian.Uint32(v[2+nonceBytes:])
	if leader.Term == 0 {
		leader.Term = uint32(e.Revision())
	}
	leader.Value = bytes.Clone(v[leaderHead:])
	return leader, true, nil
}
