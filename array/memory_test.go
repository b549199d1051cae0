package array_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// hoard is what keeper kept of its arguments, and copies of it.
var hoard struct {
	mu       sync.Mutex
	of, were []ndarray.Untyped
}

func remember(u ndarray.Untyped) {
	c := ndarray.Clone(u)
	hoard.mu.Lock()
	defer hoard.mu.Unlock()
	hoard.of, hoard.were = append(hoard.of, u), append(hoard.were, c)
}

// keeper and blockKeeper keep what they are given and return it, or a view of it.
var (
	keeper = braid.Func("array/keeper", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		remember(x)
		return x, nil
	})
	blockKeeper = array.Func("array/blockkeeper", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		remember(b.Untyped(0))
		return array.In[float64](b, 0)
	})
)

// TestNothingThatIsSeenChanges computes at random with views, persisted arrays and functions that keep their arguments, in chunks that
// are large enough for memory to be used again. Whatever the program has got must stay as it was; with invariants, memory that
// is given back is overwritten.
func TestNothingThatIsSeenChanges(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	c := open(t, braid.Options{})
	const n = 320
	shape := array.Shape{n, n}
	source, err := array.Collect[float64](t.Context(), c, array.Random(5).Uniform(0, 1, shape))
	if err != nil {
		t.Fatal(err)
	}
	remember(source)
	sides := []int{n, n, 250, 100}
	cut := func() array.Option { return array.Chunks(sides[r.IntN(len(sides))], sides[r.IntN(len(sides))]) }
	live := []*array.Array{array.FromNdarray(source, cut()), kept(t, c, array.FromNdarray(source, cut()))}
	for range 15 {
		a := live[r.IntN(len(live))]
		switch r.IntN(9) {
		case 0:
			a = a.Rechunk(cut())
		case 1:
			a = a.T()
		case 2:
			a = a.CumSum(r.IntN(2)).Div(n)
		case 3:
			a = kept(t, c, array.MapBlocks(keeper, a))
		case 4:
			a = kept(t, c, blockKeeper.Map(a.Rechunk(cut())))
		case 5:
			a = array.MapOverlap(around, a, array.Halo{Depth: []int{1, 2}, Edge: []array.Edge{array.Reflect}})
		case 6:
			a = a.Add(live[r.IntN(len(live))].Rechunk(cut())).Mul(0.5)
		case 7:
			a = kept(t, c, a.Flip(r.IntN(2)))
		case 8:
			old := live[len(live)-1]
			if live = live[:len(live)-1]; len(live) < 2 {
				live = append(live, old)
			}
			u, err := a.Compute(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			remember(u)
		}
		if live = append(live, a); r.IntN(3) > 0 {
			u, err := array.Along(r.IntN(2)).Sum(a.Rechunk(cut())).Compute(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			remember(u)
		}
	}
	hoard.mu.Lock()
	defer hoard.mu.Unlock()
	for i, u := range hoard.of {
		if !bytes.Equal(ndarray.AppendRaw(nil, u), ndarray.AppendRaw(nil, hoard.were[i])) {
			t.Errorf("number %d of %d arrays that were seen has changed (seed %d)", i, len(hoard.of), seed)
		}
	}
	hoard.of, hoard.were = nil, nil
}
