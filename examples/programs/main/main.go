// Command main runs the example programs.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/programs"
)

func main() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		report, err := programs.Run(ctx, c, examples.Params{})
		if err != nil {
			return err
		}
		return errors.Join(report.Print(os.Stdout), report.Err())
	})
}
