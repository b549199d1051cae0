package coord

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go/jetstream"
)

// replayBytes limits how much of a journal is under way to a reader.
const replayBytes = 8 << 20

// Replay returns what earlier leaders wrote: the records of the last whole snapshot, then those that were written since it began. It
// ends where the term of this journal begins. A record's bytes belong to the caller. After an error there is nothing more.
func (j *Journal) Replay(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := j.replay(ctx, func(r []byte) bool { return yield(r, nil) }); err != nil {
			yield(nil, j.c.fail("its journal cannot be read", err))
		}
	}
}

func (j *Journal) replay(ctx context.Context, yield func([]byte) bool) error {
	if j.c.rescued != nil {
		j.c.rescued.records(yield)
		return nil
	}
	_, payload, end, err := j.c.lastBefore(ctx)
	if err != nil {
		return err
	}
	var m mark
	if end > 0 {
		if m, err = readMark(payload); err != nil {
			return fmt.Errorf("message %d: %w", end, err)
		}
		r := reader{yield: yield}
		if err := j.c.read(ctx, j.snapshot.subject, m.from, end, r.snapshot); err != nil || r.left {
			return err
		}
		if r.records != m.records || r.open {
			return fmt.Errorf("the snapshot at messages %d to %d: %w: it has %d records of %d; begin the cluster anew", m.from, end, ErrDamaged, r.records, m.records)
		}
	}
	r := reader{yield: yield, from: m.from}
	return j.c.read(ctx, j.tail.subject, max(1, m.from), j.began, r.tail)
}

// lastBefore returns the mark of the last whole snapshot, number 0 if there is none.
func (c *Cluster) lastBefore(ctx context.Context) (head, []byte, uint64, error) {
	ctx, cancel := c.question(ctx)
	defer cancel()
	return c.lastOn(ctx, c.subject(subjectMark))
}

// reader reads the messages of one subject in their order.
type reader struct {
	assembler
	yield   func([]byte) bool
	records uint64
	left    bool // the caller has left the loop

	from, previous uint64
	term           uint32
}

func (r *reader) take(payload []byte) error {
	more, err := r.assembler.take(payload, func(b []byte) bool { r.records++; return r.yield(b) })
	r.left = !more && err == nil
	return err
}

func (r *reader) snapshot(h head, payload []byte) (bool, error) {
	if h.kind != kindSnapshot {
		return false, fmt.Errorf("%w: kind %d", ErrDamaged, h.kind)
	}
	err := r.take(payload)
	return !r.left, err
}

func (r *reader) tail(h head, payload []byte) (bool, error) {
	switch {
	case r.previous > 0 && h.previous != r.previous || r.previous == 0 && h.previous > 0 && h.previous >= max(1, r.from):
		return false, fmt.Errorf("%w: it follows message %d, which is not there", ErrDamaged, h.previous)
	case h.term < r.term, h.kind == kindRecords && r.term > 0 && h.term != r.term:
		return false, fmt.Errorf("%w: it is of term %d, after one of term %d", ErrDamaged, h.term, r.term)
	}
	r.previous, r.term = h.number, h.term
	if h.kind == kindTerm {
		r.drop() // whoever wrote it did not live to say that it is kept
		return true, nil
	}
	if h.kind != kindRecords {
		return false, fmt.Errorf("%w: kind %d", ErrDamaged, h.kind)
	}
	err := r.take(payload)
	return !r.left, err
}

// read hands the messages of a subject to take, from one number on and up to another one, until take returns false.
func (c *Cluster) read(ctx context.Context, subject string, from, end uint64, take func(head, []byte) (bool, error)) error {
	last, err := c.lastUpTo(ctx, subject, end)
	if err != nil || last < from {
		return err
	}
	consumer, err := c.journal.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{subject}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(replayBytes))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := c.nextOf(ctx, messages)
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		n := meta.Sequence.Stream
		if n > end {
			return nil
		}
		h, payload, err := unseal(m.Data(), n)
		more := false
		if err == nil {
			more, err = take(h, payload)
		}
		if err != nil {
			return fmt.Errorf("message %d of the journal: %w", n, err)
		}
		if !more || n >= last {
			return nil
		}
	}
}

// nextOf waits for the next message. A server that cannot read one of its files may say nothing.
func (c *Cluster) nextOf(ctx context.Context, messages jetstream.MessagesContext) (jetstream.Msg, error) {
	ctx, cancel := c.question(ctx)
	defer cancel()
	return messages.Next(jetstream.NextContext(ctx))
}

// lastUpTo returns the number of the last message on a subject if it is not behind end, and otherwise end: then there is one
// behind, at which reading ends.
func (c *Cluster) lastUpTo(ctx context.Context, subject string, end uint64) (uint64, error) {
	ctx, cancel := c.question(ctx)
	defer cancel()
	m, err := c.journal.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return min(m.Sequence, end), nil
}
