package cities

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestTasksFindTheGreatestDistanceOfNumPy(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := Run(t.Context(), c, examples.Params{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if want := readReference(t).Greatest; relative(r.Checks[0].Result, want) > 1e-12 {
		t.Errorf("greatest distance is %v km, NumPy has %v km", r.Checks[0].Result, want)
	}
	t.Log(r.Notes)
}
