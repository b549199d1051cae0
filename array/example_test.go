package array_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

func Example() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.Random(1).Uniform(0, 1, array.Shape{1000, 1000}, array.Chunks(250))
	sum, err := array.Value[float64](ctx, c, a.Add(a.T()).Sum())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", sum)

	table := array.Arange(0, 12, 1).Reshape(array.Shape{3, 4})
	means, err := array.Along(0).Mean(table.Slice(ndarray.From(1))).Compute(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(means)
	// Output:
	// 999812.831
	// [6. 7. 8. 9.]
}

// The double integral of sin(x+y) over the lower half of [0, π]², by the midpoint rule.
func Example_integral() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	const n = 2000
	h := math.Pi / n
	x := array.Arange(0, n, 1).Add(0.5).Mul(h)
	sines := x.ExpandDims(1).Add(x).Sin()
	half, err := array.Value[float64](ctx, c, sines.Slice(ndarray.To(n/2)).Sum().Mul(h*h))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f\n", half)
	// Output: 2.0000
}

func ExampleArray_Err() {
	a := array.Ones(array.Shape{3, 4}).Add(array.Ones(array.Shape{3})).Sum()
	fmt.Println(a.Err() != nil)
	// Output: true
}

var smooth = braid.Func("array/smooth", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	out := ndarray.New[float64](x.Size())
	for i := 1; i < x.Size()-1; i++ {
		out.Set((x.At(i-1)+x.At(i)+x.At(i+1))/3, i)
	}
	return out, nil
})

func ExampleMapOverlap() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.FromSlice([]float64{0, 3, 0, 0, 6, 0}, array.Chunks(2))
	b, err := array.MapOverlap(smooth, a, array.Halo{Depth: []int{1}, Edge: []array.Edge{array.Periodic}}).Compute(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b)
	// Output: [1. 1. 1. 2. 2. 2.]
}

// distance is the distance of two points, whose coordinates are along the last axis.
var distance = array.NewGufunc("distance", "(k),(k)->()", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
	sum := 0.0
	for k := range in[0].Size() {
		d := in[0].At(k) - in[1].At(k)
		sum += d * d
	}
	return []*ndarray.Array[float64]{ndarray.Scalar(math.Sqrt(sum))}, nil
})

// The distances of all points from each other: what is before the last axis broadcasts.
func ExampleNewGufunc() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	points := array.FromSlice([]float64{0, 0, 3, 4, 6, 8}).Reshape(array.Shape{3, 2}, array.Chunks(1, 2))
	table, err := distance.Call(points.ExpandDims(1), points).Compute(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(table)
	// Output:
	// [[ 0.  5. 10.]
	//  [ 5.  0.  5.]
	//  [10.  5.  0.]]
}

// tally counts the elements of each block, and says which block it is.
var tally = array.Func("tally", func(_ context.Context, b *array.Blocks) (*ndarray.Array[int64], error) {
	block := b.Place(0)
	return ndarray.FromSlice([]int64{int64(block.Index[0]), int64(block.Origin[0]), int64(block.Shape[0])}, 1, 3)
})

func ExampleFunction_Blockwise() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.Ones(array.Shape{10}, array.Chunks(4))
	// A block of one row for each of the three, and a new axis of three numbers.
	rows, err := tally.Blockwise("i->ik", array.Sizes{'i': {1, 1, 1}, 'k': {3}}, a).Compute(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rows)
	// Output:
	// [[0 0 4]
	//  [1 4 4]
	//  [2 8 2]]
}

func ExampleArray_Select() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.Arange(0, 10, 1, array.Chunks(4))
	even, err := a.Select(a.Mod(2).Equal(0)).Sized(ctx, c) // its length is known from here on
	if err != nil {
		log.Fatal(err)
	}
	defer even.Release()
	squares, err := even.Square().Compute(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(even.Chunks(), squares)
	// Output: [[2 2 1]] [ 0  4 16 36 64]
}

func ExampleEinsum() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	a := array.Arange(0, 6, 1).Reshape(array.Shape{2, 3})
	rows, err := array.Einsum("ij,ij->i", a, a).Compute(ctx, c) // the squares of the lengths of the rows
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rows)
	// Output: [ 5 50]
}

func ExampleArray_Store() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	path := filepath.Join(folder, "a.npy")
	if err := array.Eye(4, 4, 0, array.Chunks(2)).Mul(3).Store(ctx, c, path); err != nil {
		log.Fatal(err)
	}
	corner, err := array.FromNpy(path).Slice(ndarray.To(2), ndarray.To(2)).Compute(ctx, c) // reads no more of the file
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(corner)
	// Output:
	// [[3. 0.]
	//  [0. 3.]]
}
