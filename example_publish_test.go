package braid_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/braid-compute/braid"
)

// On a cluster that "braid up" has started, the result would still be there for the next program.
func ExamplePublish() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	total := braid.Submit(ctx, c, add.Call(braid.V(40), braid.V(2)))
	if err := braid.Publish(ctx, c, "total", total); err != nil {
		log.Fatal(err)
	}
	total.Release()

	again, err := braid.Published[int](ctx, c, "total")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Get(ctx))

	_, err = braid.Published[string](ctx, c, "total")
	fmt.Println(errors.Is(err, braid.ErrOtherType), err)

	err = c.Unpublish(ctx, "total")
	_, gone := braid.Published[int](ctx, c, "total")
	fmt.Println(err, errors.Is(gone, braid.ErrNotPublished))
	// Output:
	// 42 <nil>
	// true braid: published "total": it was published as another type: its type is int, and string is asked for
	// <nil> true
}
