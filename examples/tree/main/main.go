// Command main runs the example tree. Given the name of a file, it draws the tree there, as SVG.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/tree"
)

func main() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		var params examples.Params
		if len(os.Args) > 1 {
			picture, err := os.Create(os.Args[1])
			if err != nil {
				return err
			}
			defer picture.Close()
			params.Picture = picture
		}
		report, err := tree.Run(ctx, c, params)
		if err != nil {
			return err
		}
		return errors.Join(report.Print(os.Stdout), report.Err())
	})
}
