package array_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// around is the sum of an element and its neighbours, as far as they are in the block.
var around = braid.Func("array/around", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	n, m := x.Shape()[0], x.Shape()[1]
	out := ndarray.New[float64](n, m)
	for i := range n {
		for j := range m {
			for k := max(0, i-2); k <= min(n-1, i+2); k++ {
				for l := max(0, j-1); l <= min(m-1, j+1); l++ {
					out.Set(out.At(i, j)+x.At(k, l), i, j)
				}
			}
		}
	}
	return out, nil
})

// halves keeps the first half of the rows of a block, as whole numbers.
var halves = braid.Func("array/halves", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[int64], error) {
	part, err := x.Slice(ndarray.To(x.Shape()[0] / 2))
	if err != nil {
		return nil, err
	}
	return ndarray.Cast[int64](part, ndarray.Unsafe)
})

var refuse = braid.Func("array/refuse", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	return ndarray.New[float64](1), nil
})

// clients calls f with a client in this process and one of two workers.
func clients(t *testing.T, f func(t *testing.T, c *braid.Client)) {
	t.Run("in process", func(t *testing.T) { f(t, open(t, braid.Options{})) })
	t.Run("on two workers", func(t *testing.T) { f(t, open(t, braid.Options{Processes: 2})) })
}

func filled(seed uint64, shape ...int) *ndarray.Array[float64] {
	rng := rand.New(rand.NewPCG(seed, 1))
	a := ndarray.New[float64](shape...)
	for i := range a.Memory() {
		a.Memory()[i] = float64(rng.IntN(100))
	}
	return a
}

// beyond returns the element at a position that may be outside, by the meaning of an edge.
func beyond(a *ndarray.Array[float64], edge array.Edge, i, j int) float64 {
	at := func(p, n int) (int, bool) {
		switch {
		case p >= 0 && p < n:
		case edge == array.Periodic:
			p = (p + n) % n
		case edge == array.Reflect && p < 0:
			p = -p - 1
		case edge == array.Reflect:
			p = 2*n - 1 - p
		case edge == array.Nearest:
			p = min(max(p, 0), n-1)
		default:
			return 0, false
		}
		return p, true
	}
	i, inside := at(i, a.Shape()[0])
	j, also := at(j, a.Shape()[1])
	switch {
	case inside && also:
		return a.At(i, j)
	case edge == array.Open:
		return 0
	}
	return 7
}

func TestMapOverlap(t *testing.T) {
	a := filled(1, 13, 11)
	clients(t, func(t *testing.T, c *braid.Client) {
		for name, edge := range map[string]array.Edge{"open": array.Open, "periodic": array.Periodic, "reflect": array.Reflect, "nearest": array.Nearest, "constant": array.Constant(7)} {
			want := ndarray.New[float64](13, 11)
			for i := range 13 {
				for j := range 11 {
					for k := i - 2; k <= i+2; k++ {
						for l := j - 1; l <= j+1; l++ {
							want.Set(want.At(i, j)+beyond(a, edge, k, l), i, j)
						}
					}
				}
			}
			for _, chunks := range [][]int{{-1}, {4, 3}, {1, 2}, {13, 1}} {
				b := array.MapOverlap(around, array.FromNdarray(a, array.Chunks(chunks...)), array.Halo{Depth: []int{2, 1}, Edge: []array.Edge{edge}})
				got, err := array.Collect[float64](t.Context(), c, b)
				if err != nil {
					t.Fatal(err)
				}
				if !ndarray.Equal(got, want) {
					t.Errorf("%s, chunks %v:\n%v\nwant\n%v", name, chunks, got, want)
				}
				sum, err := array.Value[float64](t.Context(), c, b.T().Mul(2).Sum())
				if err != nil {
					t.Fatal(err)
				}
				if total := 2 * total(want); sum != total {
					t.Errorf("%s, chunks %v: the sum is %v, want %v", name, chunks, sum, total)
				}
			}
		}
	})
}

func total(a *ndarray.Array[float64]) float64 {
	sum := 0.0
	for v := range a.Values() {
		sum += v
	}
	return sum
}

func TestMapBlocks(t *testing.T) {
	a := filled(2, 10, 3)
	clients(t, func(t *testing.T, c *braid.Client) {
		x := array.FromNdarray(a, array.Chunks(4, 2))
		got, err := array.Collect[int64](t.Context(), c, array.MapBlocks(halves, x.Add(1), array.ChunkSizes([]int{2, 2, 1}, []int{2, 1})))
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range []int{0, 1, 4, 5, 8} {
			for j := range 3 {
				if want := int64(a.At(i, j)) + 1; got.At(k, j) != want {
					t.Errorf("element %d, %d is %d, want %d", k, j, got.At(k, j), want)
				}
			}
		}
		_, err = array.MapBlocks(refuse, x).Sum().Compute(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), "block_test.go:") || !strings.Contains(err.Error(), "float64 and shape (1,) was made") {
			t.Errorf("a function that returns another shape: %v", err)
		}
	})
}

func TestPersist(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Random(3).Uniform(0, 1, array.Shape{50, 40}, array.Chunks(16))
		kept, err := a.Add(1).Persist(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := array.Collect[float64](t.Context(), c, a.T().Add(1))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := array.Collect[float64](t.Context(), c, kept.T())
			if err != nil {
				t.Fatal(err)
			}
			if !ndarray.Equal(got, want) {
				t.Error("a persisted array differs from what was persisted")
			}
		}
		if got, err := kept.Compute(t.Context(), c); err != nil || got.Size() != 2000 {
			t.Errorf("a persisted array as it is: %v, %v", got, err)
		}
		kept.Release()
		if _, err := kept.Sum().Compute(t.Context(), c); err == nil {
			t.Error("a released array was computed")
		}
		if _, err := kept.Sum().Compute(t.Context(), open(t, braid.Options{})); err == nil {
			t.Error("an array was computed on another client than the one that has it")
		}
	})
}

// TestChunksAndWorkersDoNotMatter compares values in different chunks, and sums on different clients bit for bit.
func TestChunksAndWorkersDoNotMatter(t *testing.T) {
	var sums []string
	clients(t, func(t *testing.T, c *braid.Client) {
		var first *ndarray.Array[float64]
		for _, chunks := range [][]int{{-1}, {7, 30}, {64, 1}} {
			a := array.Random(9).Normal(2, 3, array.Shape{70, 61}, array.Chunks(chunks...))
			got, err := array.Collect[float64](t.Context(), c, a)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got
			}
			if !ndarray.Equal(first, got) {
				t.Errorf("random numbers in chunks %v differ from those in one chunk", chunks)
			}
		}
		a := array.Random(9).Uniform(0, 1, array.Shape{300, 301}, array.Chunks(40))
		b := array.Random(9).Uniform(0, 1, array.Shape{300, 300}, array.Chunks(7))
		all, err := array.Compute(t.Context(), c, a.Sum(), a.Std(), b.Add(b.T()).Sum(), array.Along(0).Mean(a.T().Exp()))
		if err != nil {
			t.Fatal(err)
		}
		var data []byte
		for _, u := range all {
			data = ndarray.AppendRaw(data, u)
		}
		sums = append(sums, fmt.Sprintf("%x", data))
	})
	if len(sums) != 2 || sums[0] != sums[1] {
		t.Error("sums have other bits on workers than in this process")
	}
}
