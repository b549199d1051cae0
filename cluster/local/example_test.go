package local_test

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
)

var cube = braid.Func("local/cube", func(_ context.Context, n int) (int, error) { return n * n * n, nil })

// Two clients on one cluster. They could as well be other programs, which find the address in BRAID_ADDRESS.
func Example() {
	ctx := context.Background()
	cluster, err := local.Start(ctx, local.Options{Processes: 2, Slots: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cluster.Close()
	for _, numbers := range [][]int{{1, 2, 3}, {4, 5, 6}} {
		c, err := braid.Open(ctx, braid.Options{Address: cluster.Address()})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer c.Close()
		fmt.Println(cube.Map(ctx, c, numbers).Gather(ctx))
	}
	// Output:
	// [1 8 27] <nil>
	// [64 125 216] <nil>
}
