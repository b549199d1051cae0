package arrays

import (
	"context"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestMain(m *testing.M) { braid.TestMain(m) }

func TestAnswersAreThoseOfLoops(t *testing.T) {
	for _, o := range []braid.Options{{Slots: 2}, {Processes: 2}} {
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range []func(context.Context, *braid.Client, examples.Params) (examples.Report, error){SumTranspose, Integral} {
			r, err := run(t.Context(), c, examples.Params{Quick: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
