package local

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// MaxAmount bounds how much of a resource can be offered or needed.
const MaxAmount = 1_000_000

// Thousandths returns an amount of a resource in the scheduler's terms, and whether it is one that there can be.
func Thousandths(n float64) (amount uint32, ok bool) {
	if !(n >= 0.001 && n <= MaxAmount) {
		return 0, false
	}
	return uint32(math.Round(n * 1000)), true
}

// Offer returns resources by name, in the scheduler's terms.
func Offer(resources map[string]float64) ([]word.Resource, error) {
	var list []word.Resource
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		n := resources[name]
		amount, ok := Thousandths(n)
		switch {
		case name == "" || name == "cpu" || name == "memory":
			return nil, fmt.Errorf("option Resources has the name %q: cores are offered by Slots, memory by MemoryLimit, and all else has a name", name)
		case !ok:
			return nil, fmt.Errorf("option Resources has %v of %q: it must be from 0.001 to %d", n, name, MaxAmount)
		}
		list = append(list, word.Resource{Name: name, Amount: amount})
	}
	return list, nil
}
