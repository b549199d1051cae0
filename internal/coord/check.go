package coord

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// check makes sure that the server has the whole journal, as far as anybody knows of it: every message from the last whole snapshot on.
// A server elsewhere is asked for what it says of the journal only; what its messages say is seen when they are replayed.
func (c *Cluster) check(ctx context.Context) error {
	question, cancel := c.question(ctx)
	defer cancel()
	info, err := c.journal.Info(question)
	if err != nil {
		return c.fail("its journal cannot be read", err)
	}
	state := info.State
	if err = c.complete(state.LastSeq, uint64(state.NumDeleted)); err == nil && c.server != nil {
		err = c.readAll(ctx, state.LastSeq)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case c.server == nil:
		return c.fail("its journal cannot be used", fmt.Errorf("%w: restore what the server has stored, or give the cluster up (braid down --name %s)", err, c.name))
	}
	if !errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, c.meaning(err))
	}
	return err
}

// complete compares how far the server says that the journal goes with the note of it.
func (c *Cluster) complete(last, deleted uint64) error {
	switch {
	case last < c.notes.number:
		return fmt.Errorf("%w: it ends at message %d, and message %d was kept", ErrDamaged, last, c.notes.number)
	case deleted > 0:
		return fmt.Errorf("%w: %d of its messages are missing", ErrDamaged, deleted)
	}
	return nil
}

// readAll reads every message of the journal that matters.
func (c *Cluster) readAll(ctx context.Context, last uint64) error {
	_, payload, end, err := c.lastBefore(ctx)
	if err != nil {
		return err
	}
	next := uint64(1)
	if end > 0 {
		m, err := readMark(payload)
		if err != nil {
			return fmt.Errorf("message %d: %w", end, err)
		}
		next = m.from
	}
	if next <= last {
		err = c.read(ctx, c.subject("journal.*"), next, last, func(h head, _ []byte) (bool, error) {
			if h.number != next {
				return false, fmt.Errorf("%w: message %d is missing", ErrDamaged, next)
			}
			c.notes.term = max(c.notes.term, h.term)
			next++
			return true, nil
		})
	}
	if err == nil && next <= last {
		err = fmt.Errorf("%w: message %d is missing", ErrDamaged, next)
	}
	return err
}

// damaged reports whether an error may come from damaged files of the server in this process.
func damaged(err error) bool {
	return errors.Is(err, ErrDamaged) || errors.Is(err, context.DeadlineExceeded)
}

var errRescued = errors.New("some of it was lost, so a snapshot of the rest comes first")

// rescue begins the server anew, with nothing, and reads what can be read of its files. That is replayed to the next leader, who begins the new
// journal with a snapshot of it.
func (c *Cluster) rescue(ctx context.Context, why error) error {
	c.part()
	if err := c.folder.setAside(); err != nil {
		return c.fail("its damaged files cannot be moved away", err)
	}
	r, err := rescue(c.folder.path(spareFolder), c.notes.note, why)
	if err != nil {
		return c.fail("its damaged files cannot be read", err)
	}
	c.ended = make(chan struct{})
	if err := c.reach(ctx); err != nil {
		return err
	}
	c.rescued = r
	ctx, cancel := c.question(ctx)
	defer cancel()
	// Numbers and terms go on behind those that were given.
	if err := c.journal.Purge(ctx, jetstream.WithPurgeSequence(r.last+1)); err != nil {
		return c.fail("its journal cannot be begun anew", err)
	}
	c.notes.note = note{r.last, r.term, c.identity}
	return nil
}

// raiseTerm makes sure that the next term is above those that were given, also if the files of the lease are lost.
func (c *Cluster) raiseTerm(ctx context.Context) error {
	lease, err := c.js.Stream(ctx, "KV_"+c.lease.Bucket())
	if err == nil && lease.CachedInfo().State.LastSeq < uint64(c.notes.term) {
		err = lease.Purge(ctx, jetstream.WithPurgeSequence(uint64(c.notes.term)+1))
	}
	if err != nil {
		return c.fail("its lease cannot be used", err)
	}
	return nil
}
