package par

import (
	"context"
	"math/bits"
	"sync/atomic"
)

const opReduce = "par.Reduce"

// leaves is the greatest number of leaves that Reduce makes by itself: enough to keep a large machine busy to the end,
// few enough that merging them costs nothing.
const leaves = 1024

// Reduce computes one value from the range [0, n): leaf computes a part from [lo, hi), and merge combines the parts of
// two neighbouring ranges, left one first. With n of 0 or less it returns the zero value.
//
// The leaves and the tree by which they are merged depend on n and Options.Chunk alone, never on the number of workers
// or on who was first. So merge need not be commutative, and a floating-point result is the same to the last bit on any
// number of cores. The tree is the pairwise one: leaf 0 with 1, 2 with 3, then the pairs, an odd one out going up as
// it is; errors of a floating-point sum grow with the logarithm of the number of leaves (Higham, "The accuracy of
// floating point summation", SIAM J. Sci. Comput. 14(4), 1993). Merges run on the workers, as soon as both sides are
// there, and may modify and return their first argument.
//
// Errors, panics and cancellation are those of [For]; a panic in merge is reported with the leaf that led to it.
func Reduce[A any](ctx context.Context, n int, leaf func(ctx context.Context, lo, hi int) (A, error), merge func(left, right A) A, opts ...Options) (A, error) {
	if leaf == nil || merge == nil {
		panic(opReduce + ": nil function")
	}
	o := settings(opReduce, opts)
	o.Schedule = Dynamic // every chunk is one leaf
	if o.Chunk == 0 {
		o.Chunk = max(1, (n-1)/leaves+1)
	}
	var none A
	if n <= 0 {
		return none, nil
	}
	t := newTree((n-1)/o.Chunk+1, merge)
	err := runRange(ctx, opReduce, n, func(ctx context.Context, lo, hi int) error {
		part, err := leaf(ctx, lo, hi)
		if err == nil {
			t.add(lo/o.Chunk, part)
		}
		return err
	}, o)
	if err != nil {
		return none, err
	}
	return t.parts[0], nil
}

// tree merges parts pairwise. The node of level k and number i covers the leaves [i<<k, (i+1)<<k) and keeps its value
// at parts[i<<k].
type tree[A any] struct {
	merge func(left, right A) A
	parts []A
	// half has, at the place where the right child keeps its value, whether one of the two children is there.
	half []atomic.Bool
}

func newTree[A any](n int, merge func(A, A) A) *tree[A] {
	return &tree[A]{merge: merge, parts: make([]A, n), half: make([]atomic.Bool, n)}
}

// add puts in the value of a leaf and merges upward as far as the other side is there already. Whoever comes second at
// a node does the merge, so nobody waits.
func (t *tree[A]) add(leaf int, part A) {
	n := len(t.parts)
	t.parts[leaf] = part
	for level := range bits.Len(uint(n - 1)) {
		left := leaf >> (level + 1) << (level + 1)
		right := left + 1<<level
		if right >= n {
			continue // no right child: the left one goes up as it is
		}
		if !t.half[right].Swap(true) {
			return
		}
		t.parts[left] = t.merge(t.parts[left], t.parts[right])
		var none A
		t.parts[right] = none // let the collector have it
	}
}
