package clib_test

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/clib"
)

// double cos(double), of the C library
var cosine = clib.Func("cos", clib.Open("libm.so.6"), "cos", func(f func(float64) float64, x float64) (float64, error) {
	return f(x), nil
})

func Example() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(cosine.Map(ctx, c, []float64{0, 1}).Gather(ctx))
	// Output: [1 0.5403023058681398] <nil>
}
