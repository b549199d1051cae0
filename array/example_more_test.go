package array_test

import (
	"context"
	"fmt"
	"log"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// squares makes the block of the squares of some numbers, as a simulation or a reader of files would.
var squares = braid.Func2("array_test/squares", func(_ context.Context, from, to int) (*ndarray.Array[int64], error) {
	block := ndarray.New[int64](to - from)
	for i := range block.Memory() {
		block.Memory()[i] = int64((from + i) * (from + i))
	}
	return block, nil
})

// Blocks that calls make become the chunks of an array.
func ExampleFromDelayed() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	blocks := []*braid.Delayed[*ndarray.Array[int64]]{squares.Call(braid.V(0), braid.V(4)), squares.Call(braid.V(4), braid.V(8))}
	a := array.FromDelayed(blocks, array.Shape{8}, array.Chunks(4))
	fmt.Print(a.ChunkTable())
	all, err := array.Compute(ctx, c, a.Sum(), a.Slice(ndarray.All().By(3)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(all[0], all[1])
	// Output:
	// axis  elements  chunks  lengths
	// 0     8         2       2 × 4
	// 140 [ 0  9 36]
}

// collatz counts steps.
var collatz = array.NewUfunc("collatz", func(n int64) int64 {
	steps := int64(0)
	for ; n > 1; steps++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return steps
})

func ExampleNewUfunc() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	steps := collatz.With(braid.Retries(2)).Call(array.Arange(1, 100_001, 1, array.Chunks(10_000)))
	longest, err := array.Value[int64](ctx, c, array.AlongAll().ArgMax(steps))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(longest + 1)
	// Output: 77031
}

// Chunks are handed out one after the other, so that the array may be larger than memory.
func ExampleArray_Regions() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.Arange(0, 6, 1).Reshape(array.Shape{2, 3}, array.Chunks(1, 2))
	for r, err := range a.Mul(10).Regions(ctx, c) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Origin, r.Elements)
	}
	// Output:
	// [0 0] [[ 0 10]]
	// [0 2] [[20]]
	// [1 0] [[30 40]]
	// [1 2] [[50]]
}

func ExampleApplyAlong() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	table := array.Arange(0, 6, 1).Reshape(array.Shape{2, 3})
	u, err := array.ApplyAlong(bounds, table, 0).Compute(ctx, c) // of each column the least and the greatest
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u)
	// Output:
	// [[0. 1. 2.]
	//  [3. 4. 5.]]
}
