//go:build race

package conformance

// Fewer than without the race detector, which makes each an order of magnitude slower.
const (
	many = 30_000 // items of large maps
	long = 20_000 // calls of long chains and lists
)
