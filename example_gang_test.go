package braid_test

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
)

// exchange gives its number to the next of its gang, and returns the one that it gets: as every call knows what all of them
// brought, it takes what its neighbour on the left did.
var exchange = braid.Func("example/exchange", func(ctx context.Context, n int) (string, error) {
	rank, size := braid.Rank(ctx)
	all, err := braid.Meet(ctx, fmt.Append(nil, n))
	if err != nil {
		return "", err
	}
	left := (rank + size - 1) % size
	return fmt.Sprintf("rank %d of %d has %d, and %s from rank %d", rank, size, n, all[left], left), nil
})

// Calls of a gang run at the same time, so that they can wait for each other.
func ExampleFunc1_Gang() {
	ctx := context.Background()
	c, err := braid.Open(ctx, braid.Options{Slots: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	said, err := exchange.Gang(ctx, c, []int{10, 20, 30}).Gather(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range said {
		fmt.Println(s)
	}
	_, err = exchange.Gang(ctx, c, []int{1, 2, 3, 4}).Gather(ctx)
	fmt.Println(err != nil) // four calls cannot begin together on three slots
	// Output:
	// rank 0 of 3 has 10, and 30 from rank 2
	// rank 1 of 3 has 20, and 10 from rank 0
	// rank 2 of 3 has 30, and 20 from rank 1
	// true
}
