package arrays

import (
	"context"
	"testing"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/kernel/random"
	"github.com/braid-compute/braid/ndarray"
)

// sampleCall makes a line of numbers, and one of twice as many bools, of a table and a row that is stretched over it.
func sampleCall() *CallOrder {
	return &CallOrder{
		Space: Grid{Even(4, 2), Even(3, 3)}, Results: []Grid{{Even(4, 2)}, {Cut([]int{1, 7})}}, DTypes: []ndarray.DType{ndarray.Float64, ndarray.Bool},
		Inputs: []Input{
			{Grid: Grid{Even(4, 2), Even(3, 3)}, View: Identity(2), DType: ndarray.Float64},
			{Grid: Grid{Even(1, 1), Even(3, 3)}, View: View{{Axis: -1}, {Axis: 1, Step: 1}}, DType: ndarray.Float64},
		},
		Axes: [][]int{{0, 1}, {0, 1}}, Shapes: [][]int{{4, 3}, {1, 3}},
	}
}

// sampleDraw draws Poisson numbers.
func sampleDraw() *CallOrder {
	g := Grid{Even(4, 3), Even(3, 3)}
	return &CallOrder{
		Space: g, Results: []Grid{g}, DTypes: []ndarray.DType{ndarray.Int64},
		Draw: &random.Distribution{Kind: random.Poisson, Parameters: []float64{2.5}, Key: [2]uint64{7, 1 << 63}},
	}
}

// FuzzCallOrder calls a function as orders say that come from outside: they may be refused, and nothing more.
func FuzzCallOrder(f *testing.F) {
	data, err := codec.Encode(nil, sampleCall())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, int64(0))
	f.Add(data, int64(1))
	if data, err = codec.Encode(nil, sampleDraw()); err != nil {
		f.Fatal(err)
	}
	f.Add(data, int64(1))
	op := CallOperation("blocks/fuzz", "1", func(_ context.Context, b *Blocks) ([]ndarray.Untyped, error) {
		var out []ndarray.Untyped
		for i, d := range b.Order.DTypes {
			_, _, shape := b.Region(i)
			n := 1
			for _, s := range shape {
				if n *= max(s, 1); n > 1<<16 {
					return nil, errArguments // more than a test should take
				}
			}
			out = append(out, ndarray.Must(ndarray.NewUntyped(d, shape...)))
		}
		for i := range b.In {
			b.Input(i)
		}
		return out, nil
	})
	f.Fuzz(func(t *testing.T, data []byte, number int64) {
		o, err := codec.Decode[*CallOrder](data)
		if err != nil || !small(o.Space, o.Inputs) {
			return
		}
		v, err := op.Call(t.Context(), []any{o, number, ndarray.New[float64](2, 3), ndarray.New[float64](1, 3)})
		if err == nil && v == nil {
			t.Error("neither a value nor an error")
		}
		if o.Draw == nil || len(o.Results) != 1 || !small(o.Results[0], nil) {
			return
		}
		if _, err := (CallOperation("blocks/draw", "1", draw)).Call(t.Context(), []any{o, number}); err == nil && o.Draw.Check() != nil {
			t.Error("numbers of a distribution that is refused")
		}
	})
}
