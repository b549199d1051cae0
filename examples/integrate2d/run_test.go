package integrate2d

import (
	"math"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestStripsIntegrateToZeroAndTheirHalvesToTwo(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := Run(t.Context(), c, examples.Params{Quick: testing.Short()})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if integral := r.Checks[0].Result; math.Abs(integral) >= 1e-10 {
		t.Errorf("integral is %v, want less than 1e-10 in size", integral)
	}
	if lower, upper := r.Checks[1].Result, r.Checks[2].Result; math.Abs(lower-2) > 1e-5 || math.Abs(upper+2) > 1e-5 {
		t.Errorf("halves are %v and %v, want 2 and -2 within 1e-5", lower, upper)
	}
	t.Log(r.Notes)
}
