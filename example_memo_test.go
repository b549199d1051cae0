package braid_test

import (
	"context"
	"fmt"
	"os"

	"github.com/braid-compute/braid"
)

// slow stands for something that takes long; it says when it is called.
var slow = braid.Func("example/slow", func(_ context.Context, n int) (int, error) {
	fmt.Println("computing", n)
	return n * n, nil
})

func ExampleMemo() {
	folder, err := os.MkdirTemp("", "braid-example-") // so that the example starts from nothing
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	store := braid.MemoStore{Folder: folder, Version: "1"}
	kept := slow.With(braid.Memo(store))

	ctx := context.Background()
	for range 2 { // as in two runs of the program
		c, err := braid.Open(ctx, braid.Options{Slots: 1})
		if err != nil {
			fmt.Println(err)
			return
		}
		squares, err := kept.Map(ctx, c, []int{1, 2, 3}).Gather(ctx)
		fmt.Println(squares, err, c.Close())
	}
	removed, err := store.Clear()
	fmt.Println(removed, "results removed", err)
	// Output:
	// computing 1
	// computing 2
	// computing 3
	// [1 4 9] <nil> <nil>
	// [1 4 9] <nil> <nil>
	// 3 results removed <nil>
}
