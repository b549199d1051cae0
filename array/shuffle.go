package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
)

// Shuffle returns the elements at listed positions along an axis, group after group. A group is never cut, so that a function of blocks
// sees all of it: chunks hold as many groups as there is room for in those of a.
func (a *Array) Shuffle(groups [][]int, axis int) *Array {
	s := site{"Shuffle", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	var positions, sizes []int
	for i, group := range groups {
		own, err := resolved(group, a.Shape()[at])
		if err != nil {
			return s.fail("group number %d: %w", i, err)
		}
		positions = append(positions, own...)
		if n := len(sizes); n > 0 && sizes[n-1]+len(own) <= a.node.Grid[at].Widest() {
			sizes[n-1] += len(own)
			continue
		}
		sizes = append(sizes, len(own))
	}
	g := slices.Clone(a.node.Grid)
	g[at] = arrays.Cut(sizes)
	return &Array{node: arrays.Take(s.name, s.pc, at, positions, g, a.node)}
}
