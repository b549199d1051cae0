package coord

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/braid-compute/braid/internal/coord/record"
)

// Keeper keeps the records of a scheduler in a journal, and makes snapshots of it when they are due. It belongs to one goroutine; a [Recorder]
// is one with a goroutine of its own.
type Keeper struct {
	ctx     context.Context
	j       *Journal
	ledger  record.Ledger
	buf     []byte
	ends    []int
	records [][]byte
	unread  int // records that no release wrote
}

// Keep returns a keeper for a journal. Its Replay comes first; appending ends with the context.
func Keep(ctx context.Context, j *Journal) *Keeper { return &Keeper{ctx: ctx, j: j} }

// Replay returns the records of earlier terms that matter still, in their order, and last the numbers that were given: see
// [record.Numbers]. When the loop is left early, the keeper is of no use.
func (k *Keeper) Replay() iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for data, err := range k.j.Replay(k.ctx) {
			if err == nil {
				err = k.recall(data)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if err := k.settle(); err != nil {
			yield(nil, err)
			return
		}
		for _, what := range slices.Collect(k.ledger.Records()) { // while they are replayed, runs may turn out to be over
			if !yield(what, nil) {
				return
			}
		}
		yield(k.ledger.Last(), nil)
	}
}

// recall takes in a record of an earlier term.
func (k *Keeper) recall(data []byte) error {
	what, err := record.Decode(data)
	if err != nil && k.j.c.rescued != nil {
		k.unread++ // it is whole, and somebody else's
		return nil
	}
	if err != nil {
		return k.j.c.fail("its journal cannot be read", fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	k.ledger.Note(what)
	return nil
}

// Append keeps what a successor needs of records, and returns when the server has it. Those that agents tell again are left out.
func (k *Keeper) Append(records []any) error {
	for _, what := range records {
		k.ledger.Note(what)
		if err := k.put(what); err != nil {
			return err
		}
	}
	if err := k.write(k.j.Write); err != nil {
		return err
	}
	if err := k.j.Sync(k.ctx); err != nil {
		return err
	}
	k.noteNames(records)
	if k.j.Due() {
		return k.snapshot()
	}
	return nil
}

// put writes a record into the keeper's own memory.
func (k *Keeper) put(what any) (err error) {
	n := len(k.buf)
	if k.buf, _, err = record.Append(k.buf, what); err == nil && len(k.buf) > n {
		k.ends = append(k.ends, len(k.buf))
	}
	return err
}

// keptBytes is how much memory a keeper keeps from one batch to the next.
const keptBytes = 4 << 20

// write hands over what put has written.
func (k *Keeper) write(to func(context.Context, ...[]byte) error) error {
	k.records = k.records[:0]
	start := 0
	for _, end := range k.ends {
		k.records = append(k.records, k.buf[start:end:end])
		start = end
	}
	err := to(k.ctx, k.records...)
	clear(k.records)
	k.ends, k.buf = k.ends[:0], k.buf[:0]
	if cap(k.buf) > keptBytes {
		k.buf = nil
	}
	return err
}

// snapshot puts the records that matter still in the place of the journal.
func (k *Keeper) snapshot() error {
	s, err := k.j.Snapshot(k.ctx)
	if err != nil {
		return err
	}
	if err := k.put(k.ledger.Last()); err != nil {
		return err
	}
	for what := range k.ledger.Records() {
		if err := k.put(what); err != nil {
			return err
		}
		if len(k.buf) >= maxMessage {
			if err := k.write(s.Write); err != nil {
				return err
			}
		}
	}
	if err := k.write(s.Write); err != nil {
		return err
	}
	return s.Commit(k.ctx)
}
