package npy_test

import (
	"bytes"
	"fmt"

	"github.com/braid-compute/braid/ndarray"
	"github.com/braid-compute/braid/ndarray/npy"
)

// An array is written as NumPy would write it, and read back.
func Example() {
	a := ndarray.Must(ndarray.FromSlice([]int32{1, 2, 3, 4, 5, 6}, 2, 3))
	var file bytes.Buffer
	if err := npy.Write(&file, a); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.Len(), "bytes")
	b, err := npy.ReadAs[int32](&file)
	fmt.Println(b, err)
	// Output:
	// 152 bytes
	// [[1 2 3]
	//  [4 5 6]] <nil>
}

// An archive holds arrays by name.
func ExampleArchive() {
	var file bytes.Buffer
	w := npy.NewArchiveWriter(&file)
	if err := w.Deflate("mask", ndarray.Full(true, 2, 2)); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	a, err := npy.OpenArchive(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	mask, err := a.Read("mask")
	fmt.Println(a.Names(), mask.DType(), err)
	// Output:
	// [mask] bool <nil>
}
