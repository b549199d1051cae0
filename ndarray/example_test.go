package ndarray_test

import (
	"fmt"

	"github.com/braid-compute/braid/ndarray"
)

// Views share the elements; a program that writes through one sees it in all.
func Example() {
	a, err := ndarray.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	odd, err := a.Slice(ndarray.All(), ndarray.All().By(2)) // a[:, ::2]
	if err != nil {
		fmt.Println(err)
		return
	}
	odd.Set(-1.5, 1, 1)
	fmt.Println(a)
	fmt.Println(a.T())

	_, err = a.Slice(ndarray.All(), ndarray.At(3))
	fmt.Println(err)
	// Output:
	// [[ 1.   2.   3. ]
	//  [ 4.   5.  -1.5]]
	// [[ 1.   4. ]
	//  [ 2.   5. ]
	//  [ 3.  -1.5]]
	// ndarray: axis 1: index 3 is out of bounds for its 3 elements; shape (2, 3)
}

// A column and a row stretch to a table.
func ExampleZip() {
	hours := ndarray.Must(ndarray.FromSlice([]int64{0, 12, 24}, 3, 1))
	minutes := ndarray.Must(ndarray.FromSlice([]int64{0, 30}))
	sum, err := ndarray.Zip(hours, minutes, func(h, m int64) int64 { return 60*h + m })
	fmt.Println(sum, err)
	// Output:
	// [[   0   30]
	//  [ 720  750]
	//  [1440 1470]] <nil>
}

// A cast that can lose values has to be asked for.
func ExampleCast() {
	a := ndarray.Must(ndarray.FromSlice([]float64{1.5, -2.5, 3e9}))
	_, err := ndarray.Cast[float32](a, ndarray.Safe)
	fmt.Println(err)
	b, err := ndarray.Cast[int8](a, ndarray.Unsafe)
	fmt.Println(b, err)
	// Output:
	// ndarray: a cast from float64 to float32 is not allowed by the rule safe: values could change; use the rule same_kind if that is meant
	// [ 1 -2  0] <nil>
}

// A loop over operands with any strides has as few inner loops as possible.
func ExampleLoop() {
	a, b := ndarray.New[float64](4, 5, 6), ndarray.Full(2.0, 4, 5, 6)
	loop, err := ndarray.NewLoop(ndarray.AnyOrder, a.Layout(), b.Layout())
	if err != nil {
		fmt.Println(err)
		return
	}
	for at := range loop.All() {
		for i := range loop.N {
			x, y := at[0]+i*loop.Strides[0], at[1]+i*loop.Strides[1]
			a.Memory()[x] += b.Memory()[y]
		}
	}
	fmt.Println(loop.N, "elements in one loop;", a.At(3, 4, 5))
	// Output:
	// 120 elements in one loop; 2
}

// Nested slices of other programs become arrays and come back.
func ExampleFromNested() {
	a, err := ndarray.FromNested[int64]([][]int64{{1, 2}, {3, 4}})
	fmt.Println(a.T(), err)
	fmt.Println(ndarray.Nested(a.T()).([][]int64)[0])
	_, err = ndarray.FromNested[int64]([][]int64{{1, 2}, {3}})
	fmt.Println(err)
	// Output:
	// [[1 3]
	//  [2 4]] <nil>
	// [1 3]
	// ndarray: the slice at [1] has 1 elements where the first one of its axis has 2: an array has no ragged axes
}
