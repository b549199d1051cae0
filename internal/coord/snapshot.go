package coord

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Snapshot is a shorter text of a journal that is being written: records that mean the same as all that were written
// before it. It belongs to the journal's goroutine.
//
// It may be written bit by bit, with other records written to the journal in between: those follow it when it is replayed. So a record of it may tell
// of something that a later one also tells of, and whoever replays must bear that.
type Snapshot struct {
	j       *Journal
	from    uint64
	before  int64 // bytes of earlier snapshots' messages
	records uint64
}

var errSnapshotOver = errors.New("the snapshot was committed, or another one was begun")

// Due reports whether a snapshot is worth its cost: the journal has grown by more than SnapshotBytes and by more than the
// last snapshot.
func (j *Journal) Due() bool {
	return j.taking == nil && j.grown > max(j.c.o.SnapshotBytes, int64(j.last.bytes))
}

// Snapshot begins a snapshot. One that was not committed is forgotten.
func (j *Journal) Snapshot(ctx context.Context) (*Snapshot, error) {
	j.flush(ctx, &j.tail)
	j.snapshot.buf = nil
	j.taking = &Snapshot{j: j, from: j.next, before: j.snapshot.bytes}
	return j.taking, j.err
}

// Write adds records to the snapshot.
func (s *Snapshot) Write(ctx context.Context, records ...[]byte) error {
	if s.j.taking != s {
		return s.j.c.fail("a snapshot cannot be written", errSnapshotOver)
	}
	for _, r := range records {
		if err := s.j.add(ctx, &s.j.snapshot, r); err != nil {
			return err
		}
		s.records++
	}
	return s.j.err
}

// Commit puts the snapshot in the place of everything that was written before it began.
func (s *Snapshot) Commit(ctx context.Context) error {
	j := s.j
	if j.taking != s {
		return j.c.fail("a snapshot cannot be committed", errSnapshotOver)
	}
	j.flush(ctx, &j.snapshot)
	j.flush(ctx, &j.tail)
	if j.err != nil {
		return j.err
	}
	m := mark{from: s.from, records: s.records, bytes: uint64(j.snapshot.bytes - s.before)}
	w := writer{subject: j.c.subject(subjectMark), kind: kindMark}
	j.send(&w, m.form(make([]byte, headBytes, headBytes+markBytes)))
	if err := j.Sync(ctx); err != nil {
		return err
	}
	j.taking, j.last, j.grown = nil, m, 0
	if j.c.rescued != nil {
		j.c.rescued = nil
		if err := j.c.folder.keepDamaged(); err != nil {
			return j.c.fail("the copy of its server's damaged files cannot be kept", err)
		}
	}
	ctx, cancel := j.c.question(ctx)
	defer cancel()
	if err := j.c.journal.Purge(ctx, jetstream.WithPurgeSequence(s.from)); err != nil {
		// What it replaces takes room and nothing else: the next snapshot removes that, too.
		j.c.o.Log("cluster %s: what a snapshot of the journal replaces is not removed: %v", j.c.name, j.c.meaning(err))
	}
	return nil
}
