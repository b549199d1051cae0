package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/braid-compute/braid"
)

// noted returns the square of a number, and notes in a file that it was called.
var noted = braid.Func2("test/noted", func(_ context.Context, n int, path string) (int, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(f, "%d\n", n)
	return n * n, errors.Join(err, f.Close())
})

// awaited is what it is given, as soon as a file is there.
var awaited = braid.Func2("test/awaited", func(ctx context.Context, n int, path string) (int, error) {
	for {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
})

var added = braid.Func("test/added", func(_ context.Context, all []int) (sum int, err error) {
	for _, n := range all {
		sum += n
	}
	return sum, nil
})

// addedWithin is added, called from inside a task.
var addedWithin = braid.Func("test/within", func(ctx context.Context, all []int) (int, error) {
	return braid.Submit(ctx, braid.FromContext(ctx), added.Call(braid.V(all))).Get(ctx)
})

// lasts is a program whose tasks note in the file given by its first argument that they run, and of which others wait for the file given by the
// second.
func lasts() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		quick := make([]*braid.Future[int], 10)
		for n := range quick {
			quick[n] = braid.Submit(ctx, c, noted.Call(braid.V(n), braid.V(os.Args[1])))
		}
		for _, f := range quick {
			if err := f.Wait(ctx); err != nil {
				return err
			}
		}
		if err := braid.Publish(ctx, c, "four", quick[2]); err != nil {
			return err
		}
		slow := braid.Submit(ctx, c, awaited.Call(braid.V(1000), braid.V(os.Args[2])))
		fmt.Println("begun")
		if err := slow.Wait(ctx); err != nil {
			return err
		}
		sum, err := braid.Submit(ctx, c, addedWithin.Call(braid.All[int](append(quick, slow)))).Get(ctx)
		if err != nil {
			return err
		}
		four, err := braid.Published[int](ctx, c, "four")
		if err != nil {
			return err
		}
		n, err := four.Get(ctx)
		fmt.Printf("the sum is %d, and four is %d\n", sum, n)
		return err
	})
}

// nests is a program with a task that submits another.
func nests() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		sum, err := braid.Submit(ctx, c, addedWithin.Call(braid.V([]int{1, 2}))).Get(ctx)
		fmt.Println(sum)
		return err
	})
}
