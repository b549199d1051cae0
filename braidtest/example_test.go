package braidtest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

var cube = braid.Func("braidtest/cube", func(_ context.Context, n int) (int, error) { return n * n * n, nil })

// A worker dies with its results, and they are made again.
func Example() {
	ctx := context.Background()
	cluster, err := braidtest.Start(braidtest.Options{Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	c, err := braid.Open(ctx, braid.Options{Address: cluster.Address()})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	cubes := cube.Map(ctx, c, []int{1, 2, 3, 4})
	if err := cubes.Wait(ctx); err != nil {
		log.Fatal(err)
	}
	cluster.Kill("worker-0")
	fmt.Println(cubes.Gather(ctx))
	// Output: [1 8 27 64] <nil>
}
