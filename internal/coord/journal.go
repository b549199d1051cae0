package coord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Journal keeps records for the next leader. It belongs to one goroutine.
//
// Every message says which one it has to follow in the stream, and a journal begins with a message of its own: from then on
// whatever an earlier leader sends is refused. After an error a journal is of no use any more, and its leader must stop.
type Journal struct {
	c     *Cluster
	lease *Lease
	limit int // bytes of a message

	next     uint64 // number of the next message
	began    uint64 // number of the message that began the term
	tail     writer
	snapshot writer
	taking   *Snapshot
	flight   []sent // not acknowledged yet
	flying   int    // their bytes
	spare    [][]byte
	last     mark // the last whole snapshot
	grown    int64
	err      error
}

// writer collects what goes into the next message on one subject.
type writer struct {
	subject  string
	kind     byte
	buf      []byte // a head and a payload; empty: nothing
	within   bool   // buf begins within a record
	goesOn   bool   // what is appended next goes on with a record
	previous uint64
	bytes    int64 // of the messages so far
}

// sent is a message that is not acknowledged yet.
type sent struct {
	subject string
	number  uint64
	data    []byte
	answer  jetstream.PubAckFuture
}

// Limits of what is sent at once and not acknowledged yet.
const (
	maxMessage  = 512 << 10
	maxFlying   = 8 << 20
	maxFlight   = 1024
	keptBuffers = 16
	headersRoom = 1 << 10 // of a server's limit of a message, for its headers
)

// Journal begins a term in the cluster's journal.
func (c *Cluster) Journal(ctx context.Context, lease *Lease) (*Journal, error) {
	j := &Journal{
		c: c, lease: lease, limit: min(maxMessage, int(c.nc.MaxPayload())-headersRoom),
		tail:     writer{subject: c.subject(subjectTail), kind: kindRecords},
		snapshot: writer{subject: c.subject(subjectSnapshot), kind: kindSnapshot},
	}
	if j.limit < headersRoom {
		return nil, c.fail("its journal cannot be written", fmt.Errorf("the NATS server takes messages of %d bytes only: raise max_payload", c.nc.MaxPayload()))
	}
	for {
		err := j.begin(ctx)
		if err == nil {
			return j, nil
		}
		if code(err) != codeWrongSequence || ctx.Err() != nil { // otherwise an earlier leader was faster
			return nil, c.fail("its journal cannot be written", err)
		}
	}
}

// begin appends the message that begins the term behind what is there.
func (j *Journal) begin(ctx context.Context) error {
	if err := j.lease.over(); err != nil {
		return err
	}
	ctx, cancel := j.c.question(ctx)
	defer cancel()
	info, err := j.c.journal.Info(ctx)
	if err != nil {
		return err
	}
	j.began = info.State.LastSeq + 1
	if h, _, number, err := j.c.lastOn(ctx, j.tail.subject); err != nil {
		return err
	} else if h.term > j.lease.term {
		return fmt.Errorf("%w: a leader of term %d has written to it, and this is term %d", ErrDeposed, h.term, j.lease.term)
	} else {
		j.tail.previous = number
	}
	h, payload, number, err := j.c.lastOn(ctx, j.c.subject(subjectMark))
	if err != nil {
		return err
	}
	if h.kind == kindMark {
		if j.last, err = readMark(payload); err != nil {
			return fmt.Errorf("message %d: %w", number, err)
		}
	}
	j.grown = max(0, int64(info.State.Bytes)-int64(j.last.bytes))
	data := make([]byte, headBytes)
	seal(data, head{kindTerm, j.lease.term, j.began, j.tail.previous, false})
	if _, err := j.c.js.Publish(ctx, j.tail.subject, data, jetstream.WithExpectLastSequence(j.began-1)); err != nil {
		return err
	}
	j.tail.previous, j.next = j.began, j.began+1
	j.note()
	return nil
}

// note takes note of how far the journal goes, when the server has everything.
func (j *Journal) note() {
	if err := j.c.notes.kept(j.next-1, j.lease.term); err != nil {
		j.c.o.Log("cluster %s: it cannot be noted any more how far the journal goes: %v", j.c.name, err)
	}
}

// lastOn returns the last message on a subject of the journal; kind 0 if there is none.
func (c *Cluster) lastOn(ctx context.Context, subject string) (head, []byte, uint64, error) {
	m, err := c.journal.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return head{}, nil, 0, nil
	}
	if err != nil {
		return head{}, nil, 0, err
	}
	h, payload, err := unseal(m.Data, m.Sequence)
	if err != nil {
		return head{}, nil, 0, fmt.Errorf("message %d: %w", m.Sequence, err)
	}
	return h, payload, m.Sequence, nil
}

// Append writes records and waits until the server has them all: they are what the next leader replays.
func (j *Journal) Append(ctx context.Context, records ...[]byte) error {
	if err := j.Write(ctx, records...); err != nil {
		return err
	}
	return j.Sync(ctx)
}

// Write writes records, which are kept when Sync has returned. It waits only if more than 8 MiB are on their way. The
// records' bytes are copied.
func (j *Journal) Write(ctx context.Context, records ...[]byte) error {
	if j.c.rescued != nil && j.err == nil {
		j.err = j.c.fail("its journal cannot be written", errRescued)
	}
	for _, r := range records {
		if err := j.add(ctx, &j.tail, r); err != nil {
			return err
		}
	}
	return j.err
}

// Sync waits until the server has everything that was written.
func (j *Journal) Sync(ctx context.Context) error {
	j.flush(ctx, &j.tail)
	for len(j.flight) > 0 && j.err == nil {
		j.await(ctx)
	}
	if j.err == nil {
		j.note()
	}
	return j.err
}

// add puts a record into the next messages.
func (j *Journal) add(ctx context.Context, w *writer, record []byte) error {
	for more := true; more && j.err == nil; {
		if len(w.buf)+maxPieceHead+min(len(record), j.limit/8) > j.limit { // small pieces are not worth it
			if j.flush(ctx, w); j.err != nil {
				return j.err
			}
		}
		if len(w.buf) == 0 {
			w.buf, w.within = append(j.buffer(), make([]byte, headBytes)...), w.goesOn
		}
		w.buf, record, more = appendPiece(w.buf, record, j.limit)
		w.goesOn = more
		if more {
			j.flush(ctx, w)
		}
	}
	return j.err
}

func (j *Journal) buffer() []byte {
	n := len(j.spare)
	if n == 0 {
		return make([]byte, 0, 4<<10)
	}
	b := j.spare[n-1]
	j.spare = j.spare[:n-1]
	return b[:0]
}

// flush sends what a writer has collected.
func (j *Journal) flush(ctx context.Context, w *writer) {
	for j.err == nil && (j.flying > maxFlying || len(j.flight) >= maxFlight) {
		j.await(ctx)
	}
	if len(w.buf) == 0 || j.err != nil {
		return
	}
	if err := ctx.Err(); err != nil {
		j.err = j.c.fail("its journal cannot be written", err)
		return
	}
	data := w.buf
	w.buf = nil
	j.send(w, data)
}

// send sends a message. Whether it was taken is known when it is awaited.
func (j *Journal) send(w *writer, data []byte) {
	if err := j.lease.over(); err != nil {
		j.err = j.c.fail("its journal cannot be written", err)
		return
	}
	n := j.next
	seal(data, head{w.kind, j.lease.term, n, w.previous, w.within})
	j.next, w.previous = n+1, n
	w.bytes += int64(len(data))
	j.grown += int64(len(data))
	j.flying += len(data)
	s := sent{subject: w.subject, number: n, data: data}
	if len(j.flight) == 0 || j.flight[len(j.flight)-1].answer != nil { // nothing overtakes what could not be sent
		s.answer, _ = j.c.js.PublishMsgAsync(&nats.Msg{Subject: w.subject, Data: data}, jetstream.WithExpectLastSequence(n-1))
	}
	j.flight = append(j.flight, s)
}

// await waits for the answer to the oldest message on its way.
func (j *Journal) await(ctx context.Context) {
	s := j.flight[0]
	var err error
	if s.answer == nil {
		err = nats.ErrDisconnected
	} else {
		select {
		case <-s.answer.Ok():
		case err = <-s.answer.Err():
		case <-j.lease.lost:
			err = j.lease.why
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		if err = j.settle(ctx, err); err != nil {
			j.err = j.c.fail("its journal cannot be written", err)
		}
		return
	}
	j.landed()
}

// landed takes note that the oldest message on its way is kept.
func (j *Journal) landed() {
	s := j.flight[0]
	j.flying -= len(s.data)
	copy(j.flight, j.flight[1:])
	j.flight[len(j.flight)-1] = sent{}
	j.flight = j.flight[:len(j.flight)-1]
	if len(j.spare) < keptBuffers {
		j.spare = append(j.spare, s.data)
	}
}

// retryAfter is how long a journal waits before it asks a server again that does not answer.
const retryAfter = 50 * time.Millisecond

// settle finds out what became of the messages on their way after one of them got no good answer, by looking at what is in
// their places, and sends again what is not there. It goes on for as long as the lease holds.
func (j *Journal) settle(ctx context.Context, cause error) error {
	if c := code(cause); c != 0 && c != codeWrongSequence || errors.Is(cause, nats.ErrMaxPayload) {
		return cause
	}
	for len(j.flight) > 0 {
		if err := j.lease.over(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		there, err := j.look(ctx, &j.flight[0])
		switch {
		case err == nil && there:
			j.landed()
			continue
		case errors.Is(err, ErrDeposed), code(err) == codeStoreFull:
			return err
		}
		retry := time.NewTimer(retryAfter)
		select {
		case <-retry.C:
		case <-ctx.Done():
		case <-j.lease.lost:
		}
		retry.Stop()
	}
	return nil
}

// look reports whether a message is in its place, having sent it again if nothing is there.
func (j *Journal) look(ctx context.Context, s *sent) (bool, error) {
	ctx, cancel := j.c.question(ctx)
	defer cancel()
	m, err := j.c.journal.GetMsg(ctx, s.number)
	switch {
	case err == nil && bytes.Equal(m.Data, s.data):
		return true, nil
	case err == nil:
		return false, fmt.Errorf("%w: message %d is another's, and this is term %d", ErrDeposed, s.number, j.lease.term)
	case !errors.Is(err, jetstream.ErrMsgNotFound):
		return false, err
	}
	_, err = j.c.js.Publish(ctx, s.subject, s.data, jetstream.WithExpectLastSequence(s.number-1))
	if code(err) == codeWrongSequence {
		info, e := j.c.journal.Info(ctx)
		if e == nil && info.State.FirstSeq > s.number {
			return false, fmt.Errorf("%w: message %d is gone, and this is term %d", ErrDeposed, s.number, j.lease.term)
		}
	}
	return err == nil, err
}
