package bag

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/progress"
)

// Collect computes the bag and returns all its elements in order. All of them have to fit into memory: use [Bag.Take] for the
// first ones and [Bag.All] to see one after the other. If a partition fails, the others are cancelled and the error is
// that of its task, a [*braid.TaskError]; the same happens when ctx ends.
func (b *Bag[T]) Collect(ctx context.Context, c *braid.Client) ([]T, error) {
	return b.collect(ctx, c, plan.Submission{Root: b.Logical(), Limit: -1, Site: caller()})
}

func (b *Bag[T]) collect(ctx context.Context, c *braid.Client, s plan.Submission) ([]T, error) {
	results, err := c.SubmitPlan(ctx, s)
	if err != nil {
		return nil, err
	}
	defer results.Close()
	parts, err := results.All(ctx)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 {
		return parts[0].([]T), nil
	}
	n := 0
	for _, p := range parts {
		n += len(p.([]T))
	}
	all := make([]T, 0, n)
	for _, p := range parts {
		all = append(all, p.([]T)...)
	}
	return all, nil
}

// Take computes as much of the bag as it needs for its first n elements, and returns them, or all if there are fewer. It
// begins with the first partition, and reads on in twice as many as before.
func (b *Bag[T]) Take(ctx context.Context, c *braid.Client, n int) ([]T, error) {
	s := plan.Submission{Root: b.Logical(), Limit: int64(n), Site: caller()}
	if n < 0 {
		return nil, fmt.Errorf("bag: Take(%d): the number of elements cannot be negative", n)
	}
	total, err := b.Partitions()
	if err != nil {
		return nil, err
	}
	var taken []T
	for s.Count = 1; s.First < total; s.First, s.Count = s.First+s.Count, 2*s.Count {
		s.Count = min(s.Count, total-s.First)
		s.Limit = int64(n - len(taken))
		next, err := b.collect(ctx, c, s)
		if err != nil {
			return nil, err
		}
		taken = append(taken, next[:min(len(next), n-len(taken))]...)
		if len(taken) == n {
			break
		}
	}
	return taken, nil
}

// All computes the bag and yields its elements in order, partition after partition while others are being computed.
// It ends after yielding an error. Leaving the loop cancels what is not computed.
func (b *Bag[T]) All(ctx context.Context, c *braid.Client) iter.Seq2[T, error] {
	site := caller()
	return func(yield func(T, error) bool) {
		var zero T
		results, err := c.SubmitPlan(ctx, plan.Submission{Root: b.Logical(), Limit: -1, Site: site})
		if err != nil {
			yield(zero, err)
			return
		}
		defer results.Close()
		for i := range results.Len() {
			part, err := results.Get(ctx, i)
			if err != nil {
				yield(zero, err)
				return
			}
			results.Release(i)
			for _, x := range part.([]T) {
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// Partitions returns how many partitions the bag has.
func (b *Bag[T]) Partitions() (int, error) {
	p, err := plan.Fuse(b.Logical())
	if err != nil {
		return 0, err
	}
	parts, err := p.Parts()
	if err != nil {
		return 0, err
	}
	return p.Partitions(parts.Len()), nil
}

// String describes the bag: partitions, bytes of what they are read from, and verbs with the user's lines.
func (b *Bag[T]) String() string {
	of := verb[T]("", nil, 0).Elem
	p, err := plan.Fuse(b.Logical())
	if err != nil {
		return fmt.Sprintf("bag of %s, which cannot be computed: %v", of, err)
	}
	parts, err := p.Parts()
	if err != nil {
		return fmt.Sprintf("bag of %s, which cannot be computed: %v", of, err)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "bag of %s, %s", of, counted(p.Partitions(parts.Len())))
	if n, ok := parts.Bytes(); ok {
		fmt.Fprintf(&s, "\n  from %s of ", counted(parts.Len()))
		if said, ok := parts.(fmt.Stringer); ok {
			s.WriteString(said.String())
		} else {
			s.WriteString(progress.Bytes(n))
		}
	}
	for _, v := range p.Verbs() {
		fmt.Fprintf(&s, "\n  %s", v)
		if at := v.At(); at != "" {
			s.WriteString("  " + at)
		}
	}
	return s.String()
}

func counted(partitions int) string {
	if partitions == 1 {
		return "1 partition"
	}
	return fmt.Sprintf("%d partitions", partitions)
}
