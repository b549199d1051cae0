package conformance

import (
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

// A client of this process keeps every promise, with as many slots as there are cores, and with few and many.
func TestInProcess(t *testing.T) {
	for name, slots := range map[string]int{"slots=cores": 0, "slots=1": 1, "slots=2": 2, "slots=8": 8} {
		check := RunSmall
		switch slots {
		case 0:
			check = Run
		case par.Cores().N:
			continue // which slots=cores is
		}
		t.Run(name, func(t *testing.T) {
			check(t, Near, func(t *testing.T, o braid.Options) *braid.Client {
				if o.Slots == 0 {
					o.Slots = slots
				}
				c, err := braid.Open(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				return c
			})
		})
	}
}
