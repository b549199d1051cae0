package local

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// maxAmount bounds how much of a resource a process can offer.
const maxAmount = 1_000_000

// Offer returns resources by name, in the scheduler's terms.
func Offer(resources map[string]float64) ([]word.Resource, error) {
	var list []word.Resource
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		n := resources[name]
		switch {
		case name == "" || name == "cpu" || name == "memory":
			return nil, fmt.Errorf("option Resources has the name %q: cores are offered by Slots, memory by MemoryLimit, and all else has a name", name)
		case !(n >= 0.001 && n <= maxAmount):
			return nil, fmt.Errorf("option Resources has %v of %q: it must be from 0.001 to %d", n, name, maxAmount)
		}
		list = append(list, word.Resource{Name: name, Amount: uint32(math.Round(n * 1000))})
	}
	return list, nil
}
