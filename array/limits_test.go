package array_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// TestMoreThanCanBeListedIsRefused checks lengths that are near the ends of int.
func TestMoreThanCanBeListedIsRefused(t *testing.T) {
	a := array.Arange(0, 10, 1, array.Chunks(4))
	for _, q := range []struct {
		name string
		of   *array.Array
		want string
	}{
		{"Tile", a.Tile(1 << 62), "would not fit"},
		{"Repeat", a.Repeat(1<<62, 0), "would not fit"},
		{"Repeat", a.Repeat(-1, 0), "not negative"},
		{"RepeatEach", a.RepeatEach([]int{1, 1, 1, 1, 1 << 60, 1, 1, 1, 1, 1}, 0), "would not fit"},
		{"Pad", array.Pad(a, [][2]int{{1 << 62, 1 << 62}}, array.Nearest), "more than can be counted"},
		{"Pad", array.Pad(a, [][2]int{{1 << 62, 0}}, array.Constant(0)), "more elements than"},
		{"Pad", array.Pad(a, [][2]int{{1 << 50, 0}}, array.Periodic), "would not fit"},
		{"ExpandDims", array.Ones(make(array.Shape, ndarray.MaxRank)).ExpandDims(0), "at most 64"},
		{"Integers", array.Random(1).Integers(0, 300, array.Shape{3}, array.As(ndarray.Uint8)), "299 is beyond"},
		{"Integers", array.Random(1).Integers(-1, 5, array.Shape{3}, array.As(ndarray.Uint8)), "-1 is beyond"},
		{"Choice", array.Random(1).Choice(300, false, array.Shape{3}, array.As(ndarray.Int8)), "299 is beyond"},
		{"Uniform", array.Random(1).Uniform(math.NaN(), 1, array.Shape{3}), "both finite"},
		{"Uniform", array.Random(1).Uniform(-math.MaxFloat64, math.MaxFloat64, array.Shape{3}), "both finite"},
		{"Uniform", array.Random(1).Uniform(2, 1, array.Shape{3}), "from 2 to 1"},
	} {
		if err := q.of.Err(); err == nil || !strings.Contains(err.Error(), q.want) || !strings.Contains(err.Error(), "array."+q.name+" (limits_test.go:") {
			t.Errorf("%s: want %q and the line: %v", q.name, q.want, err)
		}
	}
	if err := array.Random(1).Integers(0, 256, array.Shape{3}, array.As(ndarray.Uint8)).Err(); err != nil {
		t.Errorf("all numbers of a type: %v", err)
	}
}

// TestMoreChunksThanTasksAreRefused checks that this is said before tasks are written, also of what is only reduced.
func TestMoreChunksThanTasksAreRefused(t *testing.T) {
	tiny := array.Zeros(array.Shape{1 << 40}, array.Chunks(1))
	for _, a := range []*array.Array{tiny, tiny.Sum(), tiny.Add(1).CumSum(0), tiny.Add(1).Mean()} {
		if _, err := a.Tasks(); err == nil || !strings.Contains(err.Error(), "1099511627776 chunks") || !strings.Contains(err.Error(), "limits_test.go:") {
			t.Errorf("want the number of chunks and the line: %v", err)
		}
	}
}

// TestDeletedPositions deletes some of many elements, in time that does not grow with their product.
func TestDeletedPositions(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		positions := make([]int, 0, 100_001)
		for i := range 100_000 {
			positions = append(positions, 2*i)
		}
		got, err := array.Value[int64](t.Context(), c, array.Arange(0, 200_000, 1).Delete(append(positions, -2), 0).Sum())
		if want := int64(100_000 * 100_000); err != nil || got != want {
			t.Errorf("the odd numbers are %d together, want %d: %v", got, want, err)
		}
	})
}

// TestMeanOfWideIntegers checks means whose sums have more than 64 bits.
func TestMeanOfWideIntegers(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		large := array.FromSlice([]int64{math.MaxInt64, math.MaxInt64, math.MaxInt64 - 2048}, array.Chunks(2))
		unsigned := array.FromSlice([]uint64{math.MaxUint64, math.MaxUint64}, array.Chunks(1))
		for _, q := range []struct {
			of   *array.Array
			want float64
		}{
			{large.Mean(), 0x1p63}, {unsigned.Mean(), 0x1p64}, {array.AlongAll().SkipNaN().Mean(large), 0x1p63},
			{array.AlongAll().Average(large, array.Ones(array.Shape{3})), 0x1p63},
			{array.FromSlice([]int64{1, 2, 6}).Mean(), 3},
		} {
			got, err := array.Value[float64](t.Context(), c, q.of)
			if err != nil || math.Abs(got-q.want) > 1e-15*q.want {
				t.Errorf("the mean is %v, want %v: %v", got, q.want, err)
			}
		}
	})
}

var (
	makeNothing = braid.Func("array_test/nothing", func(context.Context, *ndarray.Array[float64]) (*ndarray.Array[float64], error) { return nil, nil })
	makeMore    = braid.Func("array_test/more", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		return ndarray.New[float64](x.Shape()[0]+1, x.Shape()[1]+1), nil
	})
	keep           = braid.Func("array_test/keep", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) { return x, nil })
	nothingOfAny   = array.Func("array_test/nothing", func(context.Context, *array.Blocks) (*ndarray.Array[float64], error) { return nil, nil })
	nothingOfLines = array.NewGufunc("array_test/nothing-of-lines", "(i)->()", func(context.Context, []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		return []*ndarray.Array[float64]{nil}, nil
	})
)

// TestFunctionsThatMakeNothingOrMore checks that what a function makes beside the point fails with the line, wherever it goes next.
func TestFunctionsThatMakeNothingOrMore(t *testing.T) {
	folder := t.TempDir()
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Ones(array.Shape{6, 6}, array.Chunks(3)).CumSum(0)
		halo := array.Halo{Depth: []int{1}}
		for _, q := range []struct {
			name string
			of   *array.Array
			want string
		}{
			{"nothing", array.MapBlocks(makeNothing, a), "none was made"},
			{"nothing, one chunk", array.MapBlocks(makeNothing, a.Rechunk(array.Chunks(-1))), "none was made"},
			{"a sum of nothing", array.MapBlocks(makeNothing, a).Sum(), "no array"},
			{"a halo of nothing", array.MapOverlap(keep, array.MapBlocks(makeNothing, a), halo), "no array"},
			{"sorted nothing", array.MapBlocks(makeNothing, a).Sort(0), "no array"},
			{"nothing by Func", nothingOfAny.Map(a), "no array for block (0, 0)"},
			{"nothing by a gufunc", nothingOfLines.Call(a), "no"},
			{"more", array.MapBlocks(makeMore, a), "shape (4, 4) was made"},
			{"a sum of more", array.MapBlocks(makeMore, a).Sum(), "shape (4, 4) was made"},
			{"a halo of more", array.MapOverlap(keep, array.MapBlocks(makeMore, a), halo), "shape (4, 4) was made"},
			{"more with a halo", array.MapOverlap(makeMore, a, halo), "was made"},
		} {
			_, err := q.of.Compute(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), q.want) || !strings.Contains(err.Error(), "limits_test.go:") {
				t.Errorf("%s: want %q and the line: %v", q.name, q.want, err)
			}
			path := filepath.Join(folder, "a.npy")
			if err := q.of.Store(t.Context(), c, path); err == nil || !strings.Contains(err.Error(), "limits_test.go:") {
				t.Errorf("%s is stored: %v", q.name, err)
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: there is a file, or %v", q.name, err)
			}
		}
	})
}
