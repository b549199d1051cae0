//go:build !race

package conformance

const (
	many = 1_000_000 // items of large maps
	long = 100_000   // calls of long chains and lists
)
