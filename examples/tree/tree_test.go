package tree

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

func TestPairsSumUp(t *testing.T) {
	defer goleak.VerifyNone(t)
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var picture strings.Builder
	r, err := Run(t.Context(), c, examples.Params{Picture: &picture})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if have := r.Checks[0].Result; have != 2_147_516_416 || r.Tasks != 65_535 {
		t.Errorf("%d additions give %v, want 2147516416 by 65,535", r.Tasks, have)
	}
	if have := strings.Count(picture.String(), "tree/add"); !strings.HasPrefix(picture.String(), "<svg") || have < 15 {
		t.Errorf("the picture of 15 additions names %d:\n%s", have, picture.String())
	}
	t.Log(r.Notes)
}
