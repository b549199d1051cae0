// Command main runs the examples arrays.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/arrays"
)

func main() {
	braid.Main(func(ctx context.Context) error {
		c, err := braid.Open(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		for _, run := range []func(context.Context, *braid.Client, examples.Params) (examples.Report, error){arrays.SumTranspose, arrays.Integral} {
			report, err := run(ctx, c, examples.Params{})
			if err != nil {
				return err
			}
			if err := errors.Join(report.Print(os.Stdout), report.Err()); err != nil {
				return err
			}
		}
		return nil
	})
}
