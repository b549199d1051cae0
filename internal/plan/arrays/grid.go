package arrays

import (
	"fmt"
	"slices"
	"sort"
)

// Axis says how an axis of an array is cut into chunks: of Step elements, the last one of what is left, or at Cuts,
// which begin with 0 and end with the length. An axis without elements has one chunk.
type Axis struct {
	Len  int
	Step int
	Cuts []int
}

// Even returns an axis in chunks of step elements.
func Even(n, step int) Axis { return Axis{Len: n, Step: max(1, min(step, n))} }

// Cut returns an axis in chunks of these lengths.
func Cut(sizes []int) Axis {
	cuts := make([]int, 1, len(sizes)+1)
	for _, n := range sizes {
		if n > 0 {
			cuts = append(cuts, cuts[len(cuts)-1]+n)
		}
	}
	return fromCuts(cuts)
}

// fromCuts returns the axis with these cuts, the shorter form if there is one.
func fromCuts(cuts []int) Axis {
	n := cuts[len(cuts)-1]
	if len(cuts) <= 2 {
		return Even(n, n)
	}
	step := cuts[1]
	for i, c := range cuts {
		if i < len(cuts)-1 && c != i*step || i == len(cuts)-1 && n-cuts[i-1] > step {
			return Axis{Len: n, Cuts: cuts}
		}
	}
	return Axis{Len: n, Step: step}
}

// Count returns how many chunks there are.
func (a Axis) Count() int {
	if a.Cuts != nil {
		return len(a.Cuts) - 1
	}
	return max(1, (a.Len+a.Step-1)/a.Step)
}

// Bounds returns where chunk i begins and ends.
func (a Axis) Bounds(i int) (low, high int) {
	if a.Cuts != nil {
		return a.Cuts[i], a.Cuts[i+1]
	}
	return min(i*a.Step, a.Len), min((i+1)*a.Step, a.Len)
}

// Find returns the chunk in which position p lies.
func (a Axis) Find(p int) int {
	if a.Cuts != nil {
		return sort.SearchInts(a.Cuts, p+1) - 1
	}
	return p / a.Step
}

// Refined returns the axis cut where a or b is.
func (a Axis) Refined(b Axis) Axis {
	var cuts []int
	for _, x := range []Axis{a, b} {
		at := 0
		for _, n := range x.Sizes() {
			cuts = append(cuts, at)
			at += n
		}
	}
	slices.Sort(cuts)
	return fromCuts(append(slices.Compact(cuts), a.Len))
}

// Sizes returns the lengths of the chunks.
func (a Axis) Sizes() []int {
	sizes := make([]int, a.Count())
	for i := range sizes {
		low, high := a.Bounds(i)
		sizes[i] = high - low
	}
	return sizes
}

// Widest returns the length of the longest chunk.
func (a Axis) Widest() int {
	if a.Cuts == nil {
		return min(a.Step, a.Len)
	}
	return slices.Max(a.Sizes())
}

// equal reports whether both axes are cut alike.
func (a Axis) equal(b Axis) bool {
	return a.Len == b.Len && a.Step == b.Step && slices.Equal(a.Cuts, b.Cuts)
}

func (a Axis) check() error {
	if a.Cuts != nil {
		if len(a.Cuts) < 2 || a.Cuts[0] != 0 || a.Cuts[len(a.Cuts)-1] != a.Len || !slices.IsSorted(a.Cuts) {
			return fmt.Errorf("an axis of %d elements is cut at %d places that are not in order from 0 to its end", a.Len, len(a.Cuts))
		}
		return nil
	}
	if a.Len < 0 || a.Step < 1 {
		return fmt.Errorf("an axis of %d elements is cut into chunks of %d", a.Len, a.Step)
	}
	return nil
}

// Grid is how an array is cut into chunks. Chunks are numbered in row-major order.
type Grid []Axis

// Whole returns the grid of one chunk.
func Whole(shape []int) Grid {
	g := make(Grid, len(shape))
	for i, n := range shape {
		g[i] = Even(n, n)
	}
	return g
}

func (g Grid) check() error {
	for _, a := range g {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

// Count returns how many chunks there are.
func (g Grid) Count() int {
	n := 1
	for _, a := range g {
		n *= a.Count()
	}
	return n
}

// Counts returns how many chunks there are along each axis.
func (g Grid) Counts() []int {
	counts := make([]int, len(g))
	for i, a := range g {
		counts[i] = a.Count()
	}
	return counts
}

// Shape returns the shape of the array.
func (g Grid) Shape() []int {
	shape := make([]int, len(g))
	for i, a := range g {
		shape[i] = a.Len
	}
	return shape
}

// Widest returns the shape that holds every chunk.
func (g Grid) Widest() []int {
	shape := make([]int, len(g))
	for i, a := range g {
		shape[i] = a.Widest()
	}
	return shape
}

// Region returns where the chunk with an index begins, and its shape.
func (g Grid) Region(index []int) (origin, shape []int) {
	numbers := make([]int, 2*len(g))
	origin, shape = numbers[:len(g):len(g)], numbers[len(g):]
	for i, a := range g {
		low, high := a.Bounds(index[i])
		origin[i], shape[i] = low, high-low
	}
	return origin, shape
}

// Equal reports whether both grids cut the same shape alike.
func (g Grid) Equal(h Grid) bool { return slices.EqualFunc(g, h, Axis.equal) }

// unravel returns the index of chunk number n of a grid with such counts, whose axes are numbered in the order perm.
func unravel(n int, counts, perm []int) []int {
	index := make([]int, len(counts))
	for i := len(perm) - 1; i >= 0; i-- {
		c := counts[perm[i]]
		index[perm[i]] = n % c
		n /= c
	}
	return index
}

// steps returns how far apart in the numbering neighbours along each axis are.
func steps(counts []int) []int {
	s := make([]int, len(counts))
	step := 1
	for i := len(counts) - 1; i >= 0; i-- {
		s[i] = step
		step *= counts[i]
	}
	return s
}

// Chunk returns where chunk number n begins, and its shape.
func (g Grid) Chunk(n int) (origin, shape []int) {
	return g.Region(unravel(n, g.Counts(), count(len(g))))
}
