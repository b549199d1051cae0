package braid_test

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
)

var price = braid.Func2("example/price", func(_ context.Context, item string, prices map[string]int) (int, error) {
	return prices[item], nil
})

// A table that many calls look things up in is given to the client once. Each worker gets it once, and not with each call.
func ExampleScatter() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	prices := braid.Scatter(ctx, c, map[string]int{"apple": 3, "pear": 4, "plum": 2})
	basket := price.Map(ctx, c, []string{"plum", "apple", "apple"}, prices)
	fmt.Println(basket.Gather(ctx))
	fmt.Println(braid.Submit(ctx, c, sum.Call(basket)).Get(ctx))
	// Output:
	// [2 3 3] <nil>
	// 8 <nil>
}

// Several values, each with a future of its own.
func ExampleScatterEach() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	parts := braid.ScatterEach(ctx, c, [][]int{{1, 2}, {3, 4}, {5}})
	for k := range parts.Len() {
		fmt.Println(braid.Submit(ctx, c, sum.Call(parts.At(k))).Get(ctx))
	}
	// Output:
	// 3 <nil>
	// 7 <nil>
	// 5 <nil>
}
