// Command outside uses braid from a module of its own, as any program does. Its go.mod says where braid is, because braid
// is not published yet.
package main

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
)

var length = braid.Func("length", func(_ context.Context, word string) (int, error) { return len(word), nil })

func main() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		lengths, err := length.Map(ctx, c, []string{"one", "three", "eleven"}).Gather(ctx)
		if err != nil {
			return err
		}
		fmt.Println(lengths)
		return nil
	})
}
