package array_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	calls atomic.Int64 // of ramp
	// ramp makes a block that begins with a number.
	ramp = braid.Func2("array_test/ramp", func(_ context.Context, first float64, shape []int) (*ndarray.Array[float64], error) {
		calls.Add(1)
		a := ndarray.New[float64](shape...)
		for i := range a.Memory() {
			a.Memory()[i] = first + float64(i)
		}
		return a, nil
	})
	twice = braid.Func("array_test/twice", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		return ndarray.Map(x, func(v float64) float64 { return 2 * v }), nil
	})
)

func TestFromDelayed(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		shape := braid.V([]int{2, 3})
		base := ramp.Call(braid.V(1.0), shape)
		future := braid.Submit(t.Context(), c, ramp.Call(braid.V(100.0), shape))
		defer future.Release()
		blocks := []braid.Arg[*ndarray.Array[float64]]{
			base, twice.Call(base), future, braid.V(ndarray.Full(7.0, 2, 3)),
		}
		calls.Store(0)
		a := array.FromDelayed(blocks, array.Shape{4, 6}, array.Chunks(2, 3))
		want := ndarray.Must(ndarray.FromSlice([]float64{
			1, 2, 3, 2, 4, 6, 4, 5, 6, 8, 10, 12, 100, 101, 102, 7, 7, 7, 103, 104, 105, 7, 7, 7,
		}, 4, 6))
		same(t, c, "blocks", a, array.FromNdarray(want))
		same(t, c, "blocks, turned and added up", array.Along(0).Sum(a.T().Mul(2)), array.Along(1).Sum(array.FromNdarray(want).Mul(2)))
		if n := calls.Load(); n > 4 { // one a computation, and perhaps the future's; none on workers
			t.Errorf("%d calls for two computations in which two blocks are made of one call", n)
		}

		_, err := array.FromDelayed(blocks, array.Shape{8, 3}, array.ChunkSizes([]int{2, 2, 1, 3}, []int{3})).Sum().Compute(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), "a chunk should be an array of float64 and shape") {
			t.Errorf("a block of another shape: %v", err)
		}
		none := []*braid.Delayed[*ndarray.Array[float64]]{nil}
		if _, err := array.FromDelayed(none, array.Shape{2, 3}).Compute(t.Context(), c); err == nil || !strings.Contains(err.Error(), "block number 0 is nil") {
			t.Errorf("no block: %v", err)
		}
		if err := array.FromDelayed(blocks, array.Shape{4, 6}).Err(); err == nil || !strings.Contains(err.Error(), "(delayed_test.go:") || !strings.Contains(err.Error(), "4 blocks for shape (4, 6), which is cut into 1") {
			t.Errorf("too many blocks: %v", err)
		}
	})
}

// TestFromDelayedKeepsKeys looks for the result of a call with a key that was made for an array.
func TestFromDelayedKeepsKeys(t *testing.T) {
	c := open(t, braid.Options{})
	calls.Store(0)
	d := ramp.Call(braid.V(1.0), braid.V([]int{3})).With(braid.Key("array_test/keyed"))
	a := array.FromDelayed([]*braid.Delayed[*ndarray.Array[float64]]{d}, array.Shape{3})
	kept, err := a.Persist(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Release()
	if v, err := braid.Submit(t.Context(), c, d).Get(t.Context()); err != nil || v.At(2) != 3 {
		t.Errorf("%v, %v", v, err)
	}
	if n := calls.Load(); n < 1 || n > 2 {
		t.Errorf("%d calls", n)
	}
}

var (
	attempts atomic.Int64
	flaky    = array.Func("flaky", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		if attempts.Add(1) == 1 {
			return nil, errors.New("not yet")
		}
		return ndarray.Clone(b.Untyped(0)).(*ndarray.Array[float64]), nil
	})
	doubled = array.NewUfunc("doubled", func(x float64) float64 { return 2 * x })
	power   = array.NewUfunc2("power of 2", func(x float32, n int8) float64 { return float64(x) * float64(int64(1)<<n) })
	halved  = array.NewGufunc("halved", "(n)->(n)", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		return []*ndarray.Array[float64]{ndarray.Map(in[0], func(x float64) float64 { return x / 2 })}, nil
	})
)

func TestOptionsOfFunctionsOfBlocks(t *testing.T) {
	c := open(t, braid.Options{})
	a := array.Arange(0, 6, 1, array.As(ndarray.Float64), array.Chunks(6))
	attempts.Store(0)
	if _, err := flaky.Map(a).Compute(t.Context(), c); err == nil || !strings.Contains(err.Error(), "not yet") {
		t.Errorf("without retries: %v", err)
	}
	attempts.Store(0)
	same(t, c, "with retries", flaky.With(braid.Retries(1)).Map(a), a)
	same(t, c, "a gufunc with options", halved.With(braid.Priority(3)).Call(a), a.Div(2))
	same(t, c, "a function of elements with options", doubled.With(braid.ExpectBytes(48)).Call(a), a.Mul(2))
	same(t, c, "in a process of its own", doubled.With(braid.Isolated()).Call(a), a.Mul(2))
	for want, o := range map[string]braid.Option{"Key(": braid.Key("k"), "Memo": braid.Memo(braid.MemoStore{}), "Retries(-1)": braid.Retries(-1), "pins the call": braid.Worker("w")} {
		_, err := doubled.With(o).Call(a).Compute(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delayed_test.go:") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestUfunc(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Arange(0, 12, 1, array.As(ndarray.Int16), array.Chunks(5)).Reshape(array.Shape{3, 4})
		same(t, c, "of whole numbers", doubled.Call(a.T()), a.T().Cast(ndarray.Float64).Mul(2))
		same(t, c, "of a column, a row and a number", power.Call(a.Slice(ndarray.All(), ndarray.To(1)).Cast(ndarray.Float32), ndarray.Must(ndarray.FromSlice([]int8{0, 1, 5}))),
			a.Slice(ndarray.All(), ndarray.To(1)).Mul(ndarray.Must(ndarray.FromSlice([]float64{1, 2, 32}))))
		same(t, c, "of a number", power.Call(3, ndarray.Must(ndarray.FromSlice([]int8{0, 1}))), array.FromSlice([]float64{3, 6}))
	})
	a := array.Ones(array.Shape{3})
	for want, broken := range map[string]*array.Array{
		"1 arguments": power.Call(a), "not all of type float32": power.Call(a, 1), "a number of type float64": power.Call(1, 2.5), "beyond the numbers of type int8": power.Call(1, 300),
		"broadcast": power.Call(ndarray.New[float32](3), ndarray.New[int8](2)),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(delayed_test.go:") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
