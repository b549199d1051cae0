//go:build race

package conformance

// many is the number of items of large maps; fewer here, since the race detector makes each an order of magnitude slower.
const many = 100_000
