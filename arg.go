package braid

import (
	"reflect"
	"slices"

	"github.com/braid-compute/braid/internal/exec"
)

// Arg is an argument of a call, of type T once it is computed: a [Value], a [Delayed] or a [Future]. [Futures] of T are
// an Arg of []T, and [All] and [Args] make one of several. Arg is invariant in T: for a float64 parameter write
// V[float64](3) or V(3.0), since V(3) is a value of type int.
type Arg[T any] interface {
	argument
	arg(T)
}

// argument is the untyped face of an Arg.
type argument interface {
	// input adds what the argument stands for to the graph being built.
	input(*builder)
	// delayed returns the delayed call that it is, or nil; it may be called on a nil argument. members returns what a list
	// holds.
	delayed() *call
	members() []argument
	// missing reports whether the argument is nil or the zero value of its type, and stands for nothing.
	missing() bool
}

// delayed of futures, which may be nil.
func (*Future[T]) delayed() *call { return nil }

func missing(a argument) bool { return a == nil || a.missing() }

// Value is a value as an argument. It is shared, not copied: tasks must treat what they are given as read-only.
type Value[T any] struct{ v T }

// V makes an argument of a value.
func V[T any](v T) Value[T] { return Value[T]{v} }

func (Value[T]) arg(T)               {}
func (v Value[T]) input(b *builder)  { b.literal(v.v) }
func (Value[T]) delayed() *call      { return nil }
func (Value[T]) members() []argument { return nil }

// list is several arguments as one of slice type.
type list[T any] struct{ items []argument }

// All makes one argument of type []T out of several of type T, so that a function of a slice can be called with delayed
// values or futures: sum.Call(braid.All(parts)).
func All[T any, A Arg[T]](args []A) Arg[[]T] {
	l := newList[T](len(args))
	for i, a := range args {
		l.items[i] = a
	}
	return l
}

// roomy is a short list together with its items: one piece of memory instead of two.
type roomy[T, R any] struct {
	list[T]
	room R
}

func newList[T any](n int) *list[T] {
	switch n {
	case 2:
		l := new(roomy[T, [2]argument])
		l.items = l.room[:]
		return &l.list
	case 3:
		l := new(roomy[T, [3]argument])
		l.items = l.room[:]
		return &l.list
	case 4:
		l := new(roomy[T, [4]argument])
		l.items = l.room[:]
		return &l.list
	case 5:
		l := new(roomy[T, [5]argument])
		l.items = l.room[:]
		return &l.list
	}
	return &list[T]{make([]argument, n)}
}

// Args makes one argument of type []T out of those given, which may be of different kinds.
func Args[T any](args ...Arg[T]) Arg[[]T] { return All[T](args) }

func (*list[T]) arg([]T)               {}
func (*list[T]) missing() bool         { return false }
func (*list[T]) isList()               {}
func (l *list[T]) input(b *builder)    { b.list(l.items) }
func (*list[T]) delayed() *call        { return nil }
func (l *list[T]) members() []argument { return l.items }

// take converts the value of an argument to the type of the parameter.
func take[A any](v any, assemble func(exec.List) (any, error)) (A, error) {
	if b, ok := v.(*exec.Encoded); ok {
		return decoded[A](b, assemble)
	}
	if list, ok := v.(*exec.List); ok {
		v = slices.Clone(*list) // the executor uses its own again
	}
	if a, ok := v.(A); ok {
		return a, nil
	}
	var zero A
	if v == nil {
		switch reflect.TypeFor[A]().Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
			return zero, nil
		}
	}
	items, ok := v.(exec.List)
	if !ok || assemble == nil {
		return zero, mismatch[A](v)
	}
	s, err := assemble(items)
	if err != nil {
		return zero, err
	}
	return s.(A), nil
}

func (v Value[T]) live() any   { return v.v }
func (Value[T]) missing() bool { return false }
