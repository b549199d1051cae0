package conformance

import (
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

// A client of this process keeps every promise, with as many slots as there are cores.
func TestInProcess(t *testing.T) { Run(t, Near, openHere(0)) }

// It does with few and many slots, too.
func TestInProcessWithFewAndManySlots(t *testing.T) {
	for name, slots := range map[string]int{"slots=1": 1, "slots=2": 2, "slots=8": 8} {
		if slots != par.Cores().N { // which is what TestInProcess has
			t.Run(name, func(t *testing.T) { RunSmall(t, Near, openHere(slots)) })
		}
	}
}

// openHere returns what opens clients of this process with so many slots, if the case has no number of its own.
func openHere(slots int) func(*testing.T, braid.Options) *braid.Client {
	return func(t *testing.T, o braid.Options) *braid.Client {
		if o.Slots == 0 {
			o.Slots = slots
		}
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}
