package braid_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/event"
)

func ExampleOpen() {
	ctx := context.Background()
	c, err := braid.Open(ctx, braid.Options{Slots: 4, MemoryLimit: 1 << 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(braid.Submit(ctx, c, square.Call(braid.V(12))).Get(ctx))
	_, err = braid.Open(ctx, braid.Options{Slots: -1})
	fmt.Println(err)
	// Output:
	// 144 <nil>
	// braid: open: option Slots is -1: it must be from 1 to 100000, or 0 for all cores
}

// Printing a client shows what it has and what it is doing.
func ExampleClient_String() {
	c, err := braid.Open(context.Background(), braid.Options{Slots: 4, MemoryLimit: 1 << 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(c.String()) {
		if !strings.HasPrefix(line, "  cores") && !strings.HasPrefix(line, "  scratch") { // these differ from machine to machine
			fmt.Print(line)
		}
	}
	c.Close()
	fmt.Println(c)
	// Output:
	// braid client, in this process
	//   workers  1, with 4 slots; 0 running, 0 waiting for other tasks, 0 held for memory
	//   memory   0 B in results of 1.0 GiB
	//   page     none
	//   address  none: no socket is open
	// braid client, closed
}

// Two results of different types, computed as one graph in which what they share runs once.
func ExampleCompute2() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	nine := square.Call(braid.V(3))
	scattered := braid.Scatter(ctx, c, "nine")
	n, word, err := braid.Compute2(ctx, c, braid.Arg[int](add.Call(nine, nine)), braid.Arg[string](scattered))
	fmt.Println(n, word, err)
	// Output: 18 nine <nil>
}

// A future says where its task stands and why.
func ExampleFuture_Explain() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	f := braid.Submit(ctx, c, square.With(braid.Retries(2)).Call(braid.V(3)))
	if _, err := f.Get(ctx); err != nil {
		fmt.Println(err)
	}
	e := f.Explain()
	fmt.Println(e.Task, e.State, "at attempt", e.Attempt, "of", e.Attempts)
	f.Release()
	fmt.Println(f.Explain().State)
	// Output:
	// example/square#0 done at attempt 1 of 3
	// released
}

// Events are told while things happen, and kept for who asks later.
func ExampleClient_Events() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := square.Map(ctx, c, []int{1, 2, 3}).Gather(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Close(); err != nil {
		fmt.Println(err)
		return
	}
	for e, err := range c.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e.Kind {
		case event.Submitted:
			fmt.Println("submitted:", e.Run.Name)
		case event.Finished:
			fmt.Println("finished:", e.Run.Status)
		}
	}
	// Output:
	// submitted: example/square (3 tasks)
	// finished: done
}
