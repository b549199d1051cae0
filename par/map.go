package par

import (
	"context"
	"iter"
	"reflect"
)

const (
	opMap          = "par.Map"
	opMapUnordered = "par.MapUnordered"
)

// Input is what Map takes its items from: a slice, or a sequence, which may be endless.
type Input[A any] interface {
	~[]A | ~func(yield func(A) bool)
}

// Map calls fn on the items of a slice or sequence, on several goroutines, and yields the results in the order of the
// items. The work begins when the loop over the returned sequence begins, and again with each further loop.
//
//	for r, err := range par.Map(ctx, names, fetch) { … }
//
// An item whose fn fails or panics yields the zero value and an [*Error] with its index; the loop may go on with the
// next one. Leaving the loop cancels the context of the calls still running and waits for them, so that no goroutine
// is left behind. When ctx ends, the stream ends with one error that wraps ctx.Err(), after the calls still running
// have returned; results not yet yielded are dropped. A panic in the input sequence ends the stream with an [*Error].
//
// At most Options.Ahead items are taken from the input before the loop asks for them, so the input may be endless.
// A sequence runs on the workers' goroutines, one at a time, and is not interrupted; since it is pulled item by item, it
// costs some 0.2 µs an item where a slice costs 0.03 (BenchmarkMap). The loop's own body runs on the caller's goroutine,
// beside the workers.
func Map[A, R any, In Input[A]](ctx context.Context, in In, fn func(context.Context, A) (R, error), opts ...Options) iter.Seq2[R, error] {
	return mapped(ctx, opMap, true, in, fn, opts)
}

// MapUnordered is [Map] but yields each result when it is there, in order of completion. The index of an item is known
// only for failed ones; let fn return it where it is needed.
func MapUnordered[A, R any, In Input[A]](ctx context.Context, in In, fn func(context.Context, A) (R, error), opts ...Options) iter.Seq2[R, error] {
	return mapped(ctx, opMapUnordered, false, in, fn, opts)
}

func mapped[A, R any, In Input[A]](ctx context.Context, op string, ordered bool, in In, fn func(context.Context, A) (R, error), opts []Options) iter.Seq2[R, error] {
	if fn == nil {
		panic(op + ": nil function")
	}
	o := settings(op, opts)
	items, seq := inputOf[A](in)
	return func(yield func(R, error) bool) {
		s := newStream(ctx, op, ordered, fn, o)
		s.open(items, seq, o.Ahead)
		s.run(yield)
	}
}

// inputOf returns the input as a slice or as a sequence.
func inputOf[A any, In Input[A]](in In) ([]A, iter.Seq[A]) {
	switch v := any(in).(type) {
	case []A:
		return v, nil
	case iter.Seq[A]:
		return nil, notNil(v)
	case func(func(A) bool):
		return nil, notNil(v)
	}
	// A type of the user's own, such as sort.StringSlice: one conversion a call.
	v := reflect.ValueOf(in)
	if v.Kind() == reflect.Slice {
		return v.Convert(reflect.TypeFor[[]A]()).Interface().([]A), nil
	}
	return nil, notNil(v.Convert(reflect.TypeFor[iter.Seq[A]]()).Interface().(iter.Seq[A]))
}

// notNil makes a nil sequence an empty one, as a nil slice is.
func notNil[A any](seq iter.Seq[A]) iter.Seq[A] {
	if seq == nil {
		return func(func(A) bool) {}
	}
	return seq
}
