//go:build !race

package conformance

// many is the number of items of large maps.
const many = 1_000_000
