package array_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	// mixed adds the products of three blocks of different types.
	mixed = array.Func("mixed", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		x, err := array.In[float64](b, 0)
		if err != nil {
			return nil, err
		}
		n, err := array.In[int32](b, 1)
		if err != nil {
			return nil, err
		}
		yes, err := array.In[bool](b, 2)
		if err != nil {
			return nil, err
		}
		out := ndarray.New[float64](x.Shape()...)
		for i := range x.Shape()[0] {
			for j := range x.Shape()[1] {
				if yes.At(i, j) {
					out.Set(x.At(i, j)*float64(n.At(i, j)), i, j)
				}
			}
		}
		return out, nil
	})
	// rowSums adds the elements of each row.
	rowSums = array.Func("row sums", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		x, err := array.In[float64](b, 0)
		if err != nil {
			return nil, err
		}
		out := ndarray.New[float64](x.Shape()[0])
		for i := range x.Shape()[0] {
			for j := range x.Shape()[1] {
				out.Set(out.At(i)+x.At(i, j), i)
			}
		}
		return out, nil
	})
	// where writes down which block is made, and of which: the column is a new axis.
	where = array.Func("where", func(_ context.Context, b *array.Blocks) (*ndarray.Array[int64], error) {
		at, of := b.Result(), b.Place(0)
		out := ndarray.New[int64](at.Shape...)
		for i := range at.Shape[0] {
			for k, v := range []int{at.Index[0], at.Origin[0], at.Counts[0], of.Origin[0], of.Shape[0], of.Counts[0]} {
				out.Set(int64(v), i, k)
			}
		}
		return out, nil
	})
	// outer multiplies every pair of elements; its second array is seen from the other side.
	outer = array.Func("outer", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		x, y := ndarray.Must(array.In[float64](b, 0)), ndarray.Must(array.In[float64](b, 1))
		out := ndarray.New[float64](b.Result().Shape...)
		for i := range out.Shape()[0] {
			for j := range out.Shape()[1] {
				out.Set(x.At(i)*y.At(j, i), i, j)
			}
		}
		return out, nil
	})
	// fill makes a block of nothing but its place.
	fill = array.Func("fill", func(_ context.Context, b *array.Blocks) (*ndarray.Array[int64], error) {
		at := b.Result()
		return ndarray.Full(int64(10*at.Index[0]+at.Index[1]), at.Shape...), nil
	})
	astray = array.Func("astray", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) { return nil, nil })

	matVec = array.NewGufunc("matvec", "(i,j),(j)->(i)", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		m, v := in[0], in[1]
		out := ndarray.New[float64](m.Shape()[0])
		for i := range m.Shape()[0] {
			for j := range m.Shape()[1] {
				out.Set(out.At(i)+m.At(i, j)*v.At(j), i)
			}
		}
		return []*ndarray.Array[float64]{out}, nil
	})
	// extremes returns the least and the greatest value of a line, and the line turned into a square.
	extremes = array.NewGufunc("extremes", "(n)->(),(),(n,n)", func(_ context.Context, in []*ndarray.Array[int64]) ([]*ndarray.Array[int64], error) {
		line := slices.Collect(in[0].Values())
		square := ndarray.New[int64](len(line), len(line))
		for i, v := range line {
			square.Set(v, i, i)
		}
		return []*ndarray.Array[int64]{ndarray.Scalar(slices.Min(line)), ndarray.Scalar(slices.Max(line)), square}, nil
	})
	// powers returns the powers of a number up to one of as many as the result is long.
	powers = array.NewGufunc("powers", "()->(p)", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		x := in[0].At()
		return []*ndarray.Array[float64]{ndarray.Must(ndarray.FromSlice([]float64{1, x, x * x}))}, nil
	})
	fails = array.NewGufunc("fails", "(3)->()", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		return nil, errors.New("there is nothing to be done")
	})
)

func TestFunctionsOfManyBlocks(t *testing.T) {
	u := filled(11, 20, 9)
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.FromNdarray(u, array.Chunks(6, 4))
		n := array.Arange(0, 9, 1, array.As(ndarray.Int32))
		yes := array.Indices(array.Shape{20, 9}, 0, array.Chunks(7, -1)).Mod(3).NotEqual(0)
		same(t, c, "of three arrays", mixed.Map(a, n, yes), a.Mul(n).Mul(yes))
		same(t, c, "of views", mixed.Map(a.Flip(0).Add(1), n, yes.Flip(1)), a.Flip(0).Add(1).Mul(n).Mul(yes.Flip(1)))
		same(t, c, "without an axis", rowSums.Blockwise("ij->i", nil, a), array.Along(1).Sum(a))
		same(t, c, "in the other order", rowSums.Blockwise("ij->i", nil, a.T()), array.Along(0).Sum(a))
		row := a.Slice(ndarray.At(2)).Rechunk(array.Chunks(5))
		same(t, c, "of arrays seen from both sides", outer.Blockwise("j,ij->ji", nil, row, a), row.ExpandDims(1).Mul(a.T()))
		same(t, c, "stretched", outer.Blockwise("j,ij->ji", nil, row, a.Slice(ndarray.All(), ndarray.Range(3, 4))),
			row.ExpandDims(1).Mul(a.Slice(ndarray.All(), ndarray.Range(3, 4)).T()))
		for _, q := range []struct {
			what string
			of   *array.Array
			want string
		}{
			{"a new axis", where.Blockwise("ij->ik", array.Sizes{'k': {6}}, a.Slice(ndarray.All(), ndarray.To(4))),
				"[[0 0 4 0 6 4] [1 6 4 6 6 4] [2 12 4 12 6 4] [3 18 4 18 2 4]]"},
			{"other lengths", where.Blockwise("ij->ik", array.Sizes{'i': {1, 1, 1, 1}, 'k': {6}}, a.Slice(ndarray.All(), ndarray.To(4))).Mul(1),
				"[[0 0 4 0 6 4] [1 1 4 6 6 4] [2 2 4 12 6 4] [3 3 4 18 2 4]]"},
			{"of nothing", fill.Blockwise("->ij", array.Sizes{'i': {1, 2, 1}, 'j': {1, 1}}), "[[0 1] [10 11] [10 11] [20 21]]"},
		} {
			got, err := q.of.Compute(t.Context(), c)
			if err != nil {
				t.Fatalf("%s: %v", q.what, err)
			}
			rows, ok := ndarray.Nested(got).([][]int64)
			if !ok {
				t.Fatalf("%s: %v", q.what, got)
			}
			if q.what == "a new axis" { // one row stands for those of its block
				rows = [][]int64{rows[0], rows[6], rows[12], rows[19]}
			}
			if text := fmt.Sprint(rows); text != q.want {
				t.Errorf("%s: %s, want %s", q.what, text, q.want)
			}
		}
		for what, of := range map[string]*array.Array{"no array": astray.Map(a), "another type": mixed.Map(a, a, yes)} {
			if _, err := of.Compute(t.Context(), c); err == nil || !strings.Contains(err.Error(), "apply_test.go:") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestGufunc(t *testing.T) {
	u, lines := filled(12, 5, 7, 6), filled(13, 7, 6)
	clients(t, func(t *testing.T, c *braid.Client) {
		m, v := array.FromNdarray(u, array.Chunks(2, 3, 4)), array.FromNdarray(lines, array.Chunks(4, 4))
		want := array.Along(-1).Sum(m.Mul(v.Slice(ndarray.At(3))))
		same(t, c, "without a loop axis on one side", matVec.Call(m, v.Slice(ndarray.At(3))), want)
		many := matVec.Call(m, v.Slice(ndarray.To(5)).ExpandDims(1).ExpandDims(0)) // loop axes (5) and (1, 5, 1)
		same(t, c, "broadcast", many, array.Along(-1).Sum(m.Mul(v.Slice(ndarray.To(5)).ExpandDims(1).ExpandDims(1).ExpandDims(0))))
		ints := v.Cast(ndarray.Int32)
		low, high, square := split3(extremes.CallAll(ints))
		same(t, c, "the first of three", low, array.Along(1).Min(v.Cast(ndarray.Int64)))
		same(t, c, "the second of three", high, array.Along(1).Max(v.Cast(ndarray.Int64)))
		same(t, c, "the last of three", square.Sub(low.ExpandDims(1).ExpandDims(1)),
			ints.Cast(ndarray.Int64).ExpandDims(1).Mul(array.Eye(6, 6, 0, array.As(ndarray.Int64))).Sub(low.ExpandDims(1).ExpandDims(1)))
		p := powers.Sizes(map[string]int{"p": 3}).Call(v)
		same(t, c, "a length that is said", p, v.ExpandDims(-1).Pow(array.Arange(0, 3, 1)))
		if shape := fmt.Sprint(p.Shape(), p.NumBlocks()); shape != "[7 6 3] [2 2 1]" {
			t.Errorf("chunks of the powers: %s", shape)
		}
		same(t, c, "no loop points", matVec.Call(m.Slice(ndarray.To(0)), v.Slice(ndarray.At(3))), array.Along(-1).Sum(m.Slice(ndarray.To(0))))
		if _, err := fails.Call(v.Slice(ndarray.All(), ndarray.To(3))).Compute(t.Context(), c); err == nil || !strings.Contains(err.Error(), "nothing to be done") ||
			!strings.Contains(err.Error(), "apply_test.go:") {
			t.Errorf("a function that fails: %v", err)
		}
	})
}

func split3(a []*array.Array) (x, y, z *array.Array) { return a[0], a[1], a[2] }

func TestMistakesInFunctionsOfBlocks(t *testing.T) {
	a, b := array.Ones(array.Shape{4, 6}, array.Chunks(2)), array.Ones(array.Shape{5})
	for want, broken := range map[string]*array.Array{
		"takes 2 arrays, and 1":                   matVec.Call(a),
		"and 6 are wanted":                        matVec.Call(a, b),
		"fewer axes":                              matVec.Call(b, b),
		"use Cast":                                matVec.Call(a.Cast(ndarray.Complex128), b),
		"loop axes":                               matVec.Call(array.Ones(array.Shape{2, 4, 5}), array.Ones(array.Shape{3, 5})),
		"say its length by Sizes":                 powers.Call(a),
		"has 3 results: use CallAll":              extremes.Call(a),
		"give at least 1":                         powers.Sizes(map[string]int{"p": 0}).Call(a),
		"and 3 are wanted":                        fails.Call(a),
		"axis \"i\" has 4 elements":               outer.Blockwise("ij,ik->jk", nil, a, a.T()),
		"names 2 arrays, and 1":                   outer.Blockwise("i,i->i", nil, b),
		"2 labels name its axes":                  outer.Blockwise("ij->i", nil, b),
		"write them behind":                       outer.Blockwise("ij", nil, a),
		"use letters":                             outer.Blockwise("i1->i", nil, a),
		"take the diagonal":                       outer.Blockwise("ii->i", nil, a),
		"axis \"k\" of the result is in no array": outer.Blockwise("ij->ijk", nil, a),
		"which is no axis of the result":          rowSums.Blockwise("ij->i", array.Sizes{'j': {2}}, a),
		"is called for 2":                         rowSums.Blockwise("ij->i", array.Sizes{'i': {2}}, a),
		"a block of 0 elements":                   rowSums.Blockwise("ij->i", array.Sizes{'i': {0, 4}}, a),
		"there are no arrays":                     mixed.Map(),
		"the function is nil":                     (*array.Function)(nil).Map(a),
		"do not broadcast":                        mixed.Map(a, b),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), "(apply_test.go:") || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	huge := array.Ones(array.Shape{4, 1 << 20}, array.Chunks(1, 1<<10))
	_, err := rowSums.Blockwise("ij->i", nil, huge).Compute(t.Context(), open(t, braid.Options{MemoryLimit: 1 << 20}))
	if err == nil || !strings.Contains(err.Error(), "raise MemoryLimit") {
		t.Errorf("a block larger than memory: %v", err)
	}
	for name, register := range map[string]func(){
		"is registered twice": func() {
			array.Func("mixed", func(context.Context, *array.Blocks) (*ndarray.Array[bool], error) { return nil, nil })
		},
		"has no name": func() {
			array.Func("", func(context.Context, *array.Blocks) (*ndarray.Array[bool], error) { return nil, nil })
		},
		"is nil":        func() { array.Func[bool]("nil", nil) },
		"as in \"(i,j)": func() { array.NewGufunc[bool, bool]("bad", "i,j->i", nil) },
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, name) {
					t.Errorf("a registration that should say %q: %s", name, text)
				}
			}()
			register()
		}()
	}
}
