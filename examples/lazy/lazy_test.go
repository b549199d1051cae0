package lazy

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestCallsRunOnceAndOnlyAfterSubmit(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := Run(t.Context(), c, examples.Params{Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if have := r.Checks[0].Result; have != 78_498 {
		t.Errorf("%v primes below a million, there are 78,498", have)
	}
	t.Log(r.Notes)
}
