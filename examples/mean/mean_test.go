package mean

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestMeanOfTenChunksIsExact(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := braid.Open(t.Context(), braid.Options{Slots: Workers})
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
	if have := r.Checks[0].Result; have != 10002.0 || r.Tasks != 10 {
		t.Errorf("the mean by %d chunks is %v, want exactly 10002.0 by 10", r.Tasks, have)
	}
	t.Log(r.Notes)
}
