package bag

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/plan"
)

// maxPartitions bounds what a bag is cut into: a partition is a task.
const maxPartitions = 10_000_000

// From returns a bag of the elements of a slice, cut into partitions of lengths that differ by one at most; there are no more
// partitions than elements. The slice is shared, not copied: it must not change. Worker processes are sent the
// partitions that they work on.
func From[T any](items []T, partitions int) *Bag[T] {
	v := verb[T]("From", nil, caller())
	v.Detail = fmt.Sprintf("%d partitions", partitions)
	if partitions < 1 || partitions > maxPartitions {
		return &Bag[T]{plan.Broken(v, mistake(v, "%d partitions are asked for: from 1 to %d are possible", partitions, maxPartitions))}
	}
	cut := pieces[T]{items: items, n: max(min(partitions, len(items)), 1)}
	return &Bag[T]{plan.From(v, plan.Source{
		Parts:  func() (plan.Parts, error) { return cut, nil },
		Open:   func(ctx context.Context, part any) (any, error) { return elements[T](ctx, part.([]T)), nil },
		Decode: func(data []byte) (any, error) { return codec.Decode[[]T](data) },
		Check:  codec.Check[[]T],
	})}
}

// pieces are the partitions of a slice.
type pieces[T any] struct {
	items []T
	n     int
}

func (s pieces[T]) Len() int { return s.n }

func (s pieces[T]) At(i int) any {
	from, to := i*len(s.items)/s.n, (i+1)*len(s.items)/s.n
	return s.items[from:to:to]
}

func (s pieces[T]) Bytes() (int64, bool) { return plan.Size(s.items) }

// glance is how many elements go by between two looks at the context.
const glance = 1024

// elements is the stream of a slice.
func elements[T any](ctx context.Context, items []T) stream[T] {
	return func(yield func(T) error) error {
		for i, x := range items {
			if i%glance == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := yield(x); err != nil {
				return err
			}
		}
		return nil
	}
}
