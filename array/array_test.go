package array_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

func TestMain(m *testing.M) { braid.TestMain(m) }

func open(t testing.TB, o braid.Options) *braid.Client {
	t.Helper()
	c, err := braid.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestStringOfTheKnownExample(t *testing.T) {
	a := array.Random(1).Uniform(0, 1, array.Shape{50_000, 50_000}, array.Chunks(5000))
	for _, want := range []string{"float64", "18.63 GiB", "(50000, 50000)", "100 chunks", "190.73 MiB", "(5000, 5000)", "100 tasks", "array_test.go:32"} {
		if got := a.String(); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if got := (&array.Array{}).String(); !strings.Contains(got, "cannot be computed") {
		t.Errorf("the zero Array is printed as %q", got)
	}
}

func TestMistakesNameTheUsersLine(t *testing.T) {
	c := open(t, braid.Options{})
	a := array.Ones(array.Shape{3, 4})
	x := ndarray.New[float64](2)
	for name, broken := range map[string]*array.Array{
		"shapes":              a.Add(array.Ones(array.Shape{3})),
		"a memory":            a.Add(x),
		"an argument":         a.Add("1"),
		"an axis":             array.Along(2).Sum(a),
		"axes":                array.Along(0, 0).Sum(a),
		"a number":            array.Full(7, array.Shape{2}, array.As(ndarray.Uint8)).Add(256),
		"an operation":        a.BitAnd(1),
		"a type":              a.Cast(99),
		"chunks":              array.Ones(array.Shape{3}, array.Chunks(0)),
		"uneven chunks":       array.Ones(array.Shape{3}, array.ChunkSizes([]int{1, 1})),
		"a shape":             array.Ones(array.Shape{-1}),
		"a huge shape":        array.Ones(array.Shape{1 << 40, 1 << 40}),
		"an index":            a.Slice(ndarray.At(3)),
		"a position":          a.Take([]int{4}, 1),
		"a least":             array.Along(0).Min(array.Ones(array.Shape{0, 2})),
		"an order":            array.AlongAll().Max(array.Full(1i, array.Shape{2})),
		"a step":              array.Arange(0, 1, 0),
		"nothing":             array.Concatenate(0),
		"other shapes":        array.Concatenate(0, a, array.Ones(array.Shape{3, 5})),
		"a halo":              array.MapOverlap(around, a, array.Halo{Depth: []int{9}, Edge: []array.Edge{array.Periodic}}),
		"a block type":        array.MapBlocks(around, a.Cast(ndarray.Int8)),
		"no function":         array.MapBlocks[float64, float64](nil, a),
		"a reshape":           a.Reshape(array.Shape{5, 5}),
		"a broadcast":         a.BroadcastTo(array.Shape{4, 3}),
		"diagonals":           array.Ones(array.Shape{3}).Triu(0),
		"a zero array":        array.FromNdarray(&ndarray.Array[float64]{}),
		"a product":           a.MatMul(a),
		"a dot":               a.Dot(a),
		"axes of products":    array.TensorDot(a, a, []int{0}, []int{1}),
		"subscripts":          array.Einsum("ij,kl->im", a, a),
		"an ellipsis":         array.Einsum("...->", a),
		"complex sorting":     array.Full(1i, array.Shape{2}).Sort(0),
		"no top":              a.TopK(0, 0),
		"a level":             array.Along(0).Quantile(a, 1.5),
		"no values":           array.Along(0).Median(array.Ones(array.Shape{0, 2})),
		"edges":               a.Histogram([]float64{3, 1}),
		"weights":             a.Cast(ndarray.Int8).BinCount(3, array.Ones(array.Shape{3})),
		"counted floats":      a.BinCount(3),
		"a table":             a.SearchSorted(a, false),
		"a value to set":      a.SetSlice(array.Ones(array.Shape{5}), ndarray.At(0)),
		"what is set":         a.SetSlice("1", ndarray.At(0)),
		"where it is set":     a.SetSlice(1, ndarray.At(7)),
		"a mask":              a.SetMask(array.Ones(array.Shape{3}), 1),
		"points":              a.VIndex([]int{0}),
		"a point":             a.VIndex([]int{0}, []int{4}),
		"a pad":               array.Pad(a, [][2]int{{1, 1}}, array.Nearest),
		"a repeat":            a.Delete([]int{4}, 1),
		"an insertion":        a.Insert(9, a, 0),
		"a gradient":          array.Ones(array.Shape{1}).Gradient(1, 0),
		"an average":          array.Along(0).Average(a, array.Ones(array.Shape{4})),
		"a box":               a.CoarsenMean(2),
		"complex rounding":    array.Full(1i, array.Shape{2}).Round(1),
		"a cube's diagonal":   array.Ones(array.Shape{2, 2, 2}).Diag(0),
		"no shape to unravel": array.RavelMultiIndex(nil, array.Shape{}),
		"whole numbers":       array.Random(1).Integers(3, 3, array.Shape{2}),
	} {
		err := broken.Err()
		if err == nil || !strings.HasPrefix(err.Error(), "array.") || !strings.Contains(err.Error(), "(array_test.go:") {
			t.Errorf("%s: the error is %v", name, err)
			continue
		}
		if later := broken.Add(1).Sum().T(); later.Err() != err {
			t.Errorf("%s: later the error is %v", name, later.Err())
		}
		if _, computed := broken.Compute(t.Context(), c); computed != err {
			t.Errorf("%s: computing says %v", name, computed)
		}
	}
	for name, broken := range map[string]*array.Unsized{
		"a mask of another shape": a.Select(array.Ones(array.Shape{4})),
		"a number":                array.Full(1, array.Shape{}).ArgWhere(),
		"complex numbers":         array.Full(1i, array.Shape{2}).Unique(),
		"an earlier mistake":      a.MatMul(a).FlatNonzero(),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), "(array_test.go:") {
			t.Errorf("%s: the error is %v", name, err)
		} else if _, computed := broken.Compute(t.Context(), c); computed != err {
			t.Errorf("%s: computing says %v", name, computed)
		}
	}
	var none *array.Array
	if none.Err() == nil || none.Sum().Err() == nil || a.Add(none).Err() == nil {
		t.Error("the nil array is taken for an array")
	}
}

func TestWhatDoesNotFitIsRefusedBeforeItStarts(t *testing.T) {
	a := array.Ones(array.Shape{1 << 24, 1 << 24})
	_, err := a.Compute(t.Context(), open(t, braid.Options{}))
	if err == nil || !strings.Contains(err.Error(), "2.00 PiB") || !strings.Contains(err.Error(), "Persist") {
		t.Errorf("fetching 2 PiB: %v", err)
	}
}

func TestChunks(t *testing.T) {
	a := array.Ones(array.Shape{10, 7}, array.ChunkSizes([]int{3, 3, 4}, []int{7}))
	for name, c := range map[string]struct {
		of   *array.Array
		want [][]int
	}{
		"given":        {a, [][]int{{3, 3, 4}, {7}}},
		"transposed":   {a.T(), [][]int{{7}, {3, 3, 4}}},
		"sliced":       {a.Slice(ndarray.From(2).By(3)), [][]int{{1, 1, 1}, {7}}},
		"reversed":     {a.Flip(0), [][]int{{4, 3, 3}, {7}}},
		"rechunked":    {a.Rechunk(array.Chunks(4, 5)), [][]int{{4, 4, 2}, {5, 2}}},
		"finest":       {a.Add(array.Ones(array.Shape{7}, array.Chunks(2))), [][]int{{3, 3, 4}, {2, 2, 2, 1}}},
		"reduced":      {array.Along(1).Sum(a), [][]int{{3, 3, 4}}},
		"kept axes":    {array.Along(0).Keep().Sum(a), [][]int{{1}, {7}}},
		"concatenated": {array.Concatenate(0, a, a.Slice(ndarray.To(1))), [][]int{{3, 3, 4, 1}, {7}}},
		"by bytes":     {array.Ones(array.Shape{1000, 1000}, array.ChunkBytes(1<<20)), [][]int{{250, 250, 250, 250}, {500, 500}}},
		"whole axis":   {array.Ones(array.Shape{4, 6}, array.Chunks(2, -1)), [][]int{{2, 2}, {6}}},
		"no element":   {array.Ones(array.Shape{0, 3}), [][]int{{0}, {3}}},
	} {
		if got := c.of.Chunks(); c.of.Err() != nil || !slices.EqualFunc(got, c.want, slices.Equal[[]int]) {
			t.Errorf("%s: chunks %v, want %v (%v)", name, got, c.want, c.of.Err())
		}
	}
}

// TestFusedTasks counts tasks: elementwise operations, views and new chunks have none.
func TestFusedTasks(t *testing.T) {
	a := array.Random(1).Uniform(0, 1, array.Shape{80, 80}, array.Chunks(10)) // 64 chunks
	for name, c := range map[string]struct {
		of   *array.Array
		want int
	}{
		"a chain":             {a.Mul(2).Add(1).Sin().T().Slice(ndarray.To(40)), 32},
		"a sum":               {a.Add(1).Sum(), 64 + 4 + 1},
		"pairs":               {a.Add(a.T()).Sum(), 36 + 3 + 1},
		"sums of rows":        {array.Along(1).Sum(a), 64 + 8},
		"one chunk":           {a.Rechunk(array.Chunks(-1)).Sum(), 1},
		"seen in three ways":  {a.Add(a.T()).Add(a.Flip()).Sum(), 64 + 64 + 4 + 1},
		"a repeated operand":  {a.Sin().Add(a.Sin()).Mul(a.Sin()), 64},
		"cumulative sums":     {a.CumSum(0), 64 + 48 + 64},
		"of one chunk a line": {a.Rechunk(array.Chunks(-1, 10)).CumSum(0), 8},
	} {
		if got, err := c.of.Tasks(); err != nil || got != c.want {
			t.Errorf("%s takes %d tasks, want %d (%v)", name, got, c.want, err)
		}
	}
}

// TestLongExpressions makes programs that would be too long, or of too many views, for one task.
func TestLongExpressions(t *testing.T) {
	c := open(t, braid.Options{})
	a := array.Zeros(array.Shape{6, 6}, array.Chunks(4))
	for range 1000 {
		a = a.Add(1)
	}
	if v, err := array.Value[float64](t.Context(), c, a.Sum()); err != nil || v != 36_000 {
		t.Errorf("a thousand additions of 1 to 36 elements make %v, %v", v, err)
	}
	b := array.Ones(array.Shape{64}, array.Chunks(9))
	for range 40 {
		b = b.Slice(ndarray.From(1)).Add(b.Slice(ndarray.To(-1))).Mul(0.5)
	}
	if v, err := array.Value[float64](t.Context(), c, b.Sum()); err != nil || v != 24 {
		t.Errorf("means of neighbours of ones sum up to %v, want 24; %v", v, err)
	}
	d := array.Random(5).Uniform(0, 1, array.Shape{20, 20}, array.Chunks(6))
	for range 30 {
		d = d.Add(d.T()).Mul(0.5)
	}
	if v, err := array.Value[bool](t.Context(), c, array.AlongAll().All(d.Equal(d.T()))); err != nil || !v {
		t.Errorf("a matrix made symmetric thirty times is not: %v, %v", v, err)
	}
}

func TestRandomDistributions(t *testing.T) {
	c := open(t, braid.Options{})
	const n = 1_000_000
	r := array.Random(20)
	shape, chunks := array.Shape{n}, array.Chunks(n/7)
	uniform, normal := r.Uniform(-1, 3, shape, chunks), r.Normal(5, 2, shape, chunks)
	exponential, integers := r.Exponential(4, shape, chunks), r.Integers(-3, 7, shape, chunks)
	for name, d := range map[string]struct {
		of              *array.Array
		mean, deviation float64
	}{
		"uniform":     {uniform, 1, 4 / math.Sqrt(12)},
		"normal":      {normal, 5, 2},
		"exponential": {exponential, 4, 4},
		"integers":    {integers, 1.5, math.Sqrt(99.0 / 12)},
	} {
		all, err := array.Compute(t.Context(), c, d.of.Mean(), d.of.Std())
		if err != nil {
			t.Fatal(err)
		}
		mean, deviation := all[0].(*ndarray.Array[float64]).At(), all[1].(*ndarray.Array[float64]).At()
		if math.Abs(mean-d.mean) > 5*d.deviation/math.Sqrt(n) || math.Abs(deviation/d.deviation-1) > 0.01 {
			t.Errorf("%s: mean %v and deviation %v, want %v and %v", name, mean, deviation, d.mean, d.deviation)
		}
	}
	for k := int64(-3); k < 7; k++ {
		count, err := array.Value[int64](t.Context(), c, array.AlongAll().CountNonzero(integers.Equal(int(k))))
		if err != nil || math.Abs(float64(count)-n/10) > 5*math.Sqrt(n*0.09) {
			t.Errorf("%d was drawn %d times of %d: %v", k, count, n, err)
		}
	}
	if v, err := array.Value[float64](t.Context(), c, uniform.Mul(normal).Mean()); err != nil || math.Abs(v-5) > 0.05 {
		t.Errorf("the mean of a product of two arrays of one generator is %v, want 5: they are not independent; %v", v, err)
	}
}
