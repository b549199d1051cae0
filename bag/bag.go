package bag

import (
	"context"
	"fmt"
	"reflect"
	"runtime"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/plan"
)

// Bag is a lazy collection of elements in partitions. Make one with [Lines] or [From] and others from it with the functions
// of this package. It is immutable and safe for concurrent use.
type Bag[T any] struct{ node *plan.Node }

// kind is the namespace of bags' verbs and tasks.
const kind = "bag"

var _ braid.Collection = (*Bag[int])(nil)

// Logical returns what the bag is made of, for package braid.
func (b *Bag[T]) Logical() *plan.Node {
	if b == nil {
		return nil
	}
	return b.node
}

// Planned returns a bag that is made of n, for package braid.
func (*Bag[T]) Planned(n *plan.Node) braid.Collection { return &Bag[T]{n} }

// Err returns the first mistake that was made in building the bag, or nil. Whether its files exist is found out when they
// are first needed.
func (b *Bag[T]) Err() error { return b.Logical().Err() }

// Map returns the bag of what f returns for each element.
func Map[T, U any](b *Bag[T], f func(T) U) *Bag[U] {
	v := verb[U]("Map", f, caller())
	if f == nil {
		return &Bag[U]{b.Logical().Fail(v, mistake(v, "its function is nil"))}
	}
	return &Bag[U]{b.Logical().Narrow(v, func(in any) any {
		elements := in.(stream[T])
		return stream[U](func(yield func(U) error) error {
			return elements(func(x T) error { return yield(f(x)) })
		})
	})}
}

// FlatMap returns the bag of all that f returns for each element, one after the other: f may return none, one or several.
func FlatMap[T, U any](b *Bag[T], f func(T) []U) *Bag[U] {
	v := verb[U]("FlatMap", f, caller())
	if f == nil {
		return &Bag[U]{b.Logical().Fail(v, mistake(v, "its function is nil"))}
	}
	return &Bag[U]{b.Logical().Narrow(v, func(in any) any {
		elements := in.(stream[T])
		return stream[U](func(yield func(U) error) error {
			return elements(func(x T) error {
				for _, y := range f(x) {
					if err := yield(y); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})}
}

// Filter returns the bag of the elements for which keep returns true.
func Filter[T any](b *Bag[T], keep func(T) bool) *Bag[T] {
	v := verb[T]("Filter", keep, caller())
	if keep == nil {
		return &Bag[T]{b.Logical().Fail(v, mistake(v, "its function is nil"))}
	}
	return &Bag[T]{b.Logical().Narrow(v, func(in any) any {
		elements := in.(stream[T])
		return stream[T](func(yield func(T) error) error {
			return elements(func(x T) error {
				if keep(x) {
					return yield(x)
				}
				return nil
			})
		})
	})}
}

// stream calls yield with the elements of a partition, one after the other, until yield returns an error or there is one
// in reading; it returns that error.
type stream[T any] func(yield func(T) error) error

// verb describes a verb that yields elements of type T by the function f of the user.
func verb[T any](name string, f any, site uintptr) plan.Verb {
	v := plan.Verb{Kind: kind, Name: name, Elem: plan.Unqualified(reflect.TypeFor[T]().String()), Site: site, Rows: rows[T]()}
	if p := reflect.ValueOf(f); p.Kind() == reflect.Func && !p.IsNil() {
		v.Func = plan.Unqualified(runtime.FuncForPC(p.Pointer()).Name())
	}
	return v
}

// mistake returns an error about a verb, with the user's line.
func mistake(v plan.Verb, format string, args ...any) error {
	return fmt.Errorf("%s: %w", v.Where(), fmt.Errorf(format, args...))
}

// caller returns the program counter of the user's line: the caller of our caller.
func caller() uintptr {
	var pc [1]uintptr
	runtime.Callers(3, pc[:])
	return pc[0]
}

// rows says how a stream of elements of type T becomes a slice.
func rows[T any]() *plan.Rows {
	return &plan.Rows{
		Gather: func(ctx context.Context, in any, limit int64) (any, error) {
			if limit == 0 {
				return []T{}, nil
			}
			out := []T{}
			err := in.(stream[T])(func(x T) error {
				if out = append(out, x); int64(len(out)) == limit {
					return errEnough
				}
				return nil
			})
			if err != nil && err != errEnough {
				return nil, err
			}
			return out, nil
		},
		Decode: func(data []byte) (any, error) { return codec.Decode[[]T](data) },
		Check:  codec.Check[[]T],
	}
}

// errEnough ends a stream of which nothing more is wanted.
var errEnough = fmt.Errorf("enough elements")
