package array_test

import (
	"context"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

func TestReshapeBlockwise(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Arange(0, 24, 1).Reshape(array.Shape{4, 6}, array.Chunks(2, 4))
		flat := a.ReshapeBlockwise(array.Shape{24})
		same(t, c, "merged", flat, array.FromSlice([]int64{0, 1, 2, 3, 6, 7, 8, 9, 4, 5, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 16, 17, 22, 23}))
		same(t, c, "there and back", flat.ReshapeBlockwise(a.Shape(), array.ChunkSizes(a.Chunks()...)), a)
		b := array.Arange(0, 60, 1).Reshape(array.Shape{3, 1, 4, 5}, array.Chunks(2, 1, 3, 2))
		same(t, c, "axes of length 1 come and go", b.ReshapeBlockwise(array.Shape{1, 3, 4, 1, 5, 1}), b.Reshape(array.Shape{1, 3, 4, 1, 5, 1}))
		same(t, c, "of a view", a.T().Slice(ndarray.From(1)).ReshapeBlockwise(array.Shape{20}).Sort(0), a.Slice(ndarray.All(), ndarray.From(1)).Ravel().Sort(0))
	})
	a := array.Ones(array.Shape{4, 6}, array.Chunks(2, 4))
	for want, broken := range map[string]*array.Array{
		"24 elements":            a.ReshapeBlockwise(array.Shape{5}),
		"not made of whole axes": a.ReshapeBlockwise(array.Shape{2, 12}),
		"4 chunks become 2":      a.ReshapeBlockwise(array.Shape{24}, array.ChunkSizes([]int{12, 12})),
		"cannot become one of":   a.ReshapeBlockwise(array.Shape{24}, array.ChunkSizes([]int{6, 6, 6, 6})),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(reblock_test.go:") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestChunkTable(t *testing.T) {
	a := array.Zeros(array.Shape{50_000, 103, 0}, array.ChunkSizes(make10(5000), []int{30, 30, 30, 13}, []int{0}))
	const want = "axis  elements  chunks  lengths\n" +
		"0     50000     10      10 × 5000\n" +
		"1     103       4       3 × 30, 13\n" +
		"2     0         1       0\n"
	if got := a.ChunkTable(); got != want {
		t.Errorf("%s", got)
	}
	many := array.Zeros(array.Shape{55}, array.ChunkSizes([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}))
	if got := many.ChunkTable(); !strings.Contains(got, "1, 2, 3, 4, 5, 6, 7, 8 and 2 more") {
		t.Errorf("%s", got)
	}
	sizes, err := array.NormalizeChunks(array.Shape{10, 7}, ndarray.Int8, array.Chunks(4, -1), array.Balanced())
	if err != nil || len(sizes) != 2 || len(sizes[0]) != 3 || sizes[0][0] != 4 || sizes[0][2] != 3 || sizes[1][0] != 7 {
		t.Errorf("%v, %v", sizes, err)
	}
	if _, err := array.NormalizeChunks(array.Shape{10}, ndarray.Int8, array.Chunks(0)); err == nil || !strings.Contains(err.Error(), "reblock_test.go:") {
		t.Errorf("chunks of nothing: %v", err)
	}
}

func make10(n int) (of []int) {
	for range 10 {
		of = append(of, n)
	}
	return of
}

func TestShuffleKeepsGroupsTogether(t *testing.T) {
	c := open(t, braid.Options{})
	a := array.Arange(0, 12, 1, array.Chunks(4)).Reshape(array.Shape{6, 2}, array.Chunks(3, 2))
	s := a.Shuffle([][]int{{5, 0}, {-1}, {1, 2, 3, 4}, {}, {0}}, 0)
	same(t, c, "shuffled", s, a.Take([]int{5, 0, 5, 1, 2, 3, 4, 0}, 0))
	if got := s.Chunks()[0]; len(got) != 3 || got[0] != 3 || got[1] != 4 || got[2] != 1 {
		t.Errorf("chunks of %v", got)
	}
	if err := a.Shuffle([][]int{{0}, {6}}, 0).Err(); err == nil || !strings.Contains(err.Error(), "group number 1: position 6") {
		t.Errorf("a place outside: %v", err)
	}
}

// blur adds neighbours along both axes; what lies beyond a block counts as nothing.
var blur = array.Func("blur", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
	x := ndarray.Must(array.In[float64](b, 0))
	n, m := x.Shape()[0], x.Shape()[1]
	out := ndarray.New[float64](n, m)
	for i := range n {
		for j := range m {
			for di := max(0, i-1); di <= min(n-1, i+1); di++ {
				for dj := max(0, j-1); dj <= min(m-1, j+1); dj++ {
					out.Set(out.At(i, j)+x.At(di, dj), i, j)
				}
			}
		}
	}
	return out, nil
})

func TestOverlapAndTrim(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		whole := array.Random(1).Integers(0, 100, array.Shape{11, 9}, array.As(ndarray.Float64), array.Chunks(-1))
		for name, h := range map[string]array.Halo{
			"open":     {Depth: []int{1}},
			"nearest":  {Depth: []int{1}, Edge: []array.Edge{array.Nearest}},
			"periodic": {Depth: []int{2, 1}, Edge: []array.Edge{array.Periodic}},
			"mixed":    {Depth: []int{1, 3}, Edge: []array.Edge{array.Constant(5), array.Open}},
		} {
			cut := whole.Rechunk(array.Chunks(4, 5))
			wide := array.Overlap(cut, h)
			same(t, c, name+": trimmed at once", array.TrimOverlap(wide, h), whole)
			same(t, c, name+": a function between", array.TrimOverlap(blur.Map(wide), h), array.TrimOverlap(blur.Map(array.Overlap(whole, h)), h))
			inner, err := array.Value[float64](t.Context(), c, array.TrimOverlap(wide, h).Mul(2).Sum())
			if sum, err2 := array.Value[float64](t.Context(), c, whole.Mul(2).Sum()); err != nil || err2 != nil || inner != sum {
				t.Errorf("%s: a sum of %v, %v, want %v, %v", name, inner, err, sum, err2)
			}
		}
	})
	h := array.Halo{Depth: []int{3}}
	a := array.Ones(array.Shape{8}, array.Chunks(2))
	for want, broken := range map[string]*array.Array{
		"less than its halo":          array.TrimOverlap(a, h),
		"reaches beyond":              array.TrimOverlap(array.Overlap(a, h), h),
		"a halo of 9 elements":        array.Overlap(a, array.Halo{Depth: []int{9}, Edge: []array.Edge{array.Periodic}}),
		"2 depths and 0 edges for sh": array.Overlap(a, array.Halo{Depth: []int{1, 2}}),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(reblock_test.go:") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

var (
	// squareSum and its kin make the root of the sum of squares.
	squareSum = braid.Func("array_test/square sum", func(_ context.Context, x *ndarray.Array[int32]) (*ndarray.Array[float64], error) {
		sum := 0.0
		for v := range x.Values() {
			sum += float64(v) * float64(v)
		}
		return ndarray.Full(sum, 1, 1), nil
	})
	sumAll = braid.Func("array_test/sum all", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		sum := 0.0
		for v := range x.Values() {
			sum += v
		}
		return ndarray.Full(sum, 1, 1), nil
	})
	negated = braid.Func("array_test/negated", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float32], error) {
		return ndarray.Map(x, func(v float64) float32 { return float32(-v) }), nil
	})
)

func TestReduceTree(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Arange(0, 100, 1, array.As(ndarray.Int32)).Reshape(array.Shape{10, 10}, array.Chunks(3, 2))
		how := array.Tree[int32, float64, float32]{Fold: squareSum, Merge: sumAll, Finish: negated}
		for _, fan := range []int{2, 5, 16, 100} {
			same(t, c, "all", array.ReduceTree(array.AlongAll().SplitEvery(fan), how, a), a.Cast(ndarray.Float32).Square().Sum().Neg())
		}
		same(t, c, "kept", array.ReduceTree(array.AlongAll().Keep(), how, a).Reshape(array.Shape{}), a.Cast(ndarray.Float32).Square().Sum().Neg())
	})
	a := array.Ones(array.Shape{4, 4}, array.As(ndarray.Int32))
	for want, broken := range map[string]*array.Array{
		"the merging function":   array.ReduceTree(array.AlongAll(), array.Tree[int32, float64, float64]{Fold: squareSum}, a),
		"the finishing":          array.ReduceTree(array.AlongAll(), array.Tree[int32, float64, float32]{Fold: squareSum, Merge: sumAll}, a),
		"SplitEvery(1)":          array.ReduceTree(array.AlongAll().SplitEvery(1), array.Tree[int32, float64, float64]{Fold: squareSum, Merge: sumAll}, a),
		"axis 2":                 array.ReduceTree(array.Along(2), array.Tree[int32, float64, float64]{Fold: squareSum, Merge: sumAll}, a),
		"takes chunks of type":   array.ReduceTree(array.AlongAll(), array.Tree[int32, float64, float64]{Fold: squareSum, Merge: sumAll}, a.Cast(ndarray.Int8)),
		"that is reduced has no": array.ReduceTree(array.AlongAll(), array.Tree[int32, float64, float64]{Fold: squareSum, Merge: sumAll}, a.Slice(ndarray.To(0))),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "(reblock_test.go:") {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
