package coord

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Keeper keeps the events of a scheduler in a journal, and makes snapshots of it when they are due. It belongs to the goroutine that owns the
// scheduler's state.
type Keeper struct {
	ctx     context.Context
	j       *Journal
	ledger  record.Ledger
	buf     []byte
	ends    []int
	records [][]byte
}

// Keep returns a keeper for a journal. Its Replay comes first; appending ends with the context.
func Keep(ctx context.Context, j *Journal) *Keeper { return &Keeper{ctx: ctx, j: j} }

// Replay returns the events of earlier terms that matter still, in their order. When the loop is left early, the keeper is of no
// use.
func (k *Keeper) Replay() iter.Seq2[sched.Event, error] {
	return func(yield func(sched.Event, error) bool) {
		for data, err := range k.j.Replay(k.ctx) {
			if err == nil {
				err = k.recall(data)
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		for _, ev := range slices.Collect(k.ledger.Events()) { // while they are replayed, runs may turn out to be over
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// recall takes in a record of an earlier term.
func (k *Keeper) recall(data []byte) error {
	what, err := record.Decode(data)
	if err != nil {
		return k.j.c.fail("its journal cannot be read", fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	switch x := what.(type) {
	case record.Over:
		k.ledger.Over(x.Run)
	case record.Numbers:
		k.ledger.Given(x)
	case sched.Event:
		k.ledger.Note(x)
	}
	return nil
}

// Last returns the numbers that earlier terms have given, as far as the journal tells: no run is numbered like one of them.
func (k *Keeper) Last() record.Numbers { return k.ledger.Last() }

// Append keeps what a successor needs of events, and returns when the server has it. It is the driver's Journal.
func (k *Keeper) Append(_ sched.Instant, events []sched.Event) error {
	for _, ev := range events {
		k.ledger.Note(ev)
		if err := k.put(ev); err != nil {
			return err
		}
	}
	if err := k.write(k.j.Write); err != nil {
		return err
	}
	if err := k.j.Sync(k.ctx); err != nil {
		return err
	}
	if k.j.Due() {
		return k.snapshot()
	}
	return nil
}

// Over takes note that runs are over. Nobody has to wait for that to be kept.
func (k *Keeper) Over(runs ...word.Run) error {
	for _, r := range runs {
		k.ledger.Over(r)
		if err := k.put(record.Over{Run: r}); err != nil {
			return err
		}
	}
	return k.write(k.j.Write)
}

// Given takes note of numbers that were given and of which no event tells. A scheduler may say so ahead, for many at a time.
func (k *Keeper) Given(n record.Numbers) error {
	k.ledger.Given(n)
	if err := k.put(n); err != nil {
		return err
	}
	if err := k.write(k.j.Write); err != nil {
		return err
	}
	return k.j.Sync(k.ctx)
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

// snapshot puts the events that matter still in the place of the journal.
func (k *Keeper) snapshot() error {
	s, err := k.j.Snapshot(k.ctx)
	if err != nil {
		return err
	}
	if err := k.put(k.ledger.Last()); err != nil {
		return err
	}
	for ev := range k.ledger.Events() {
		if err := k.put(ev); err != nil {
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
