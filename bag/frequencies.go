package bag

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/plan"
)

// Count is how often a value occurs.
type Count[T any] struct {
	Value T
	N     int64
}

// fanIn is how many partitions' counts one task merges. More would make tasks that wait for more, fewer would copy counts more
// often.
const fanIn = 8

// Frequencies returns a bag, of one partition, that says how often each different element occurs: the most frequent first, and
// of equally frequent ones the smaller first. Values that are equal by [cmp.Compare] are one, so all NaN count together.
//
// Each partition is counted by itself; the counts are then merged in a tree that depends only on the number of partitions.
func Frequencies[T cmp.Ordered](b *Bag[T]) *Bag[Count[T]] {
	v := verb[Count[T]]("Frequencies", nil, caller())
	v.Detail = fmt.Sprintf("%d a merge", fanIn)
	return &Bag[Count[T]]{b.Logical().Reduce(v, plan.Reduction{
		FanIn: fanIn,
		Fold: func(ctx context.Context, in any) (any, error) {
			t := tallyOf[T](0)
			t.own = owner[T]()
			err := in.(stream[T])(func(x T) error { t.add(x, 1); return nil })
			return t.columns, err
		},
		Merge: func(ctx context.Context, partials []any) (any, error) {
			if len(partials) == 1 {
				return partials[0], nil
			}
			if err := partials[0].(*columns[T]).check(); err != nil {
				return nil, err
			}
			t := tallyOf[T](len(partials[0].(*columns[T]).Values.Value))
			for _, p := range partials {
				if ctx.Err() != nil {
					return nil, context.Cause(ctx)
				}
				if err := t.merge(p.(*columns[T])); err != nil {
					return nil, err
				}
			}
			return t.columns, nil
		},
		Finish: func(ctx context.Context, partial any) (any, error) {
			counts, err := partial.(*columns[T]).sorted()
			return elements(ctx, counts), err
		},
		Decode: func(data []byte) (any, error) { return codec.Decode[*columns[T]](data) },
		Check:  codec.Check[*columns[T]],
	})}
}

// columns are the different values of some partitions, in the order of their first occurrence, and how often they occur.
type columns[T cmp.Ordered] struct {
	Values codec.Nested[[]T]
	Counts codec.Nested[[]int64]
}

// check refuses what no task of ours makes.
func (c *columns[T]) check() error {
	if c == nil || len(c.Values.Value) != len(c.Counts.Value) {
		return errColumns
	}
	return nil
}

var errColumns = errors.New("bag: the counts of a partition came damaged from another process: there is not one for each value")

// Bytes returns the bytes that the columns take in memory; of strings of a type of the user's only the headers.
func (c *columns[T]) Bytes() int64 {
	values, ok := plan.Size(c.Values.Value)
	if !ok {
		values = int64(len(c.Values.Value)) * int64(reflect.TypeFor[T]().Size())
	}
	return values + 8*int64(len(c.Counts.Value))
}

// sorted returns the counts in order.
func (c *columns[T]) sorted() ([]Count[T], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	counts := make([]Count[T], len(c.Values.Value))
	for i, x := range c.Values.Value {
		counts[i] = Count[T]{x, c.Counts.Value[i]}
	}
	slices.SortFunc(counts, func(a, b Count[T]) int {
		if a.N != b.N {
			return cmp.Compare(b.N, a.N)
		}
		return cmp.Compare(a.Value, b.Value)
	})
	return counts, nil
}

// tally counts values. The map holds where a value stands in the columns, so that counting one that is there does not write
// to the map.
type tally[T cmp.Ordered] struct {
	*columns[T]
	at  map[T]int
	nan int       // where NaN stands, which no map finds again, plus one
	own func(T) T // copies a value that is new; nil to keep it as it is
}

// tallyOf returns a tally with room for some values.
func tallyOf[T cmp.Ordered](room int) *tally[T] {
	return &tally[T]{columns: &columns[T]{}, at: make(map[T]int, room)}
}

// add counts a value n times.
func (t *tally[T]) add(x T, n int64) {
	i, ok := t.at[x]
	if !ok {
		i = t.enter(x)
	}
	t.Counts.Value[i] += n
}

// enter gives a value a place that the map does not find.
func (t *tally[T]) enter(x T) int {
	if x != x { // NaN
		if t.nan > 0 {
			return t.nan - 1
		}
		t.nan = len(t.Values.Value) + 1
	}
	i := len(t.Values.Value)
	if t.own != nil {
		x = t.own(x)
	}
	t.at[x] = i
	t.Values.Value = append(t.Values.Value, x)
	t.Counts.Value = append(t.Counts.Value, 0)
	return i
}

// merge adds the counts of some partitions.
func (t *tally[T]) merge(c *columns[T]) error {
	if err := c.check(); err != nil {
		return err
	}
	for i, x := range c.Values.Value {
		t.add(x, c.Counts.Value[i])
	}
	return nil
}

// owner returns how a value is copied so that it keeps nothing else in memory: a word is part of a line. It is nil for
// types that hold nothing else.
func owner[T cmp.Ordered]() func(T) T {
	if clone, ok := any(strings.Clone).(func(T) T); ok {
		return clone
	}
	if reflect.TypeFor[T]().Kind() != reflect.String {
		return nil
	}
	return func(x T) T { // a string type of the user's
		v := reflect.New(reflect.TypeFor[T]()).Elem()
		v.SetString(strings.Clone(reflect.ValueOf(x).String()))
		return v.Interface().(T)
	}
}
