package squares

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestEveryNumberIsSquaredInItsPlace(t *testing.T) {
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
	if have := r.Checks[0].Result; have != 333338333350000 || r.Tasks != 100_000 {
		t.Errorf("the squares of %d numbers sum up to %v, want 333338333350000 of 100,000", r.Tasks, have)
	}
	t.Log(r.Notes)
}
