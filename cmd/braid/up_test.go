package main

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
)

var forever = braid.Func("test/forever", func(ctx context.Context, _ int) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
})

// attached is a program that attaches to a cluster, hands in three tasks that do not end, and says so.
func attached() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		all := forever.Map(ctx, c, []int{1, 2, 3})
		fmt.Println("begun")
		_, err = all.Gather(ctx)
		return err
	})
}
