//go:build race

package conformance

import "os"

// Fewer than without the race detector, which makes each an order of magnitude slower.
var (
	many = raced(10_000, 30_000) // items of large maps
	long = raced(8_000, 20_000)  // calls of long chains and lists
)

// raced returns a size under the race detector: the larger one with BRAID_LONG=1.
func raced(quick, thorough int) int {
	if os.Getenv("BRAID_LONG") != "" {
		return thorough
	}
	return quick
}
