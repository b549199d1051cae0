package taskbench

import (
	"math/bits"
	"slices"
)

// Inputs returns the points of the step before whose outputs a task takes, ascending.
func (g Graph) Inputs(step, point int) []int {
	g = g.withDefaults()
	list := g.appendInputs(nil, step, point)
	points := make([]int, len(list))
	for k, j := range list {
		points[k] = int(j)
	}
	return points
}

// appendInputs is Inputs for a graph with its defaults filled in, without allocating.
func (g *Graph) appendInputs(list []int32, step, point int) []int32 {
	if step == 0 {
		return list
	}
	w := g.Width
	switch g.Pattern {
	case Trivial:
		return list
	case NoComm:
		return append(list, int32(point))
	case Stencil1D:
		return appendRange(list, max(0, point-1), min(w-1, point+1))
	case Stencil1DPeriodic:
		return appendSet(list, (point+w-1)%w, point, (point+1)%w)
	case Dom:
		first, end := g.Points(step - 1)
		return appendRange(list, max(first, point-1), min(end-1, point))
	case Tree:
		return append(list, int32(point/2))
	case FFT:
		return g.appendFFT(list, step, point)
	case AllToAll:
		return appendRange(list, 0, w-1)
	case Nearest:
		return appendRange(list, max(0, point-g.Radix/2), min(w-1, point+(g.Radix-1)/2))
	case Spread:
		return g.appendSpread(list, step, point)
	case RandomNearest:
		return g.appendRandomNearest(list, step, point)
	default:
		return g.appendRandom(list, step, point)
	}
}

func appendRange(list []int32, first, last int) []int32 {
	for j := first; j <= last; j++ {
		list = append(list, int32(j))
	}
	return list
}

// appendSet appends points in ascending order, each once.
func appendSet(list []int32, points ...int) []int32 {
	n := len(list)
	for _, j := range points {
		list = append(list, int32(j))
	}
	return sortSet(list, n)
}

// sortSet sorts the list from place n on and drops what is there twice.
func sortSet(list []int32, n int) []int32 {
	slices.Sort(list[n:])
	return list[:n+len(slices.Compact(list[n:]))]
}

func (g *Graph) appendFFT(list []int32, step, point int) []int32 {
	d := g.Width // beyond both ends: a graph of width 1 has no neighbours
	if g.Width > 1 {
		d = 1 << ((step - 1) % bits.Len(uint(g.Width-1)))
	}
	if point-d >= 0 {
		list = append(list, int32(point-d))
	}
	list = append(list, int32(point))
	if point+d < g.Width {
		list = append(list, int32(point+d))
	}
	return list
}

func (g *Graph) appendSpread(list []int32, step, point int) []int32 {
	n, shift := len(list), 0
	for k := range g.Radix {
		list = append(list, int32((point+k*g.Width/g.Radix+shift)%g.Width))
		shift = step % g.Period
	}
	return sortSet(list, n)
}

func (g *Graph) appendRandomNearest(list []int32, step, point int) []int32 {
	first, last := max(0, point-g.Radix/2), min(g.Width-1, point+(g.Radix-1)/2)
	for j := first; j <= last; j++ {
		if j == point || g.uniform(uint64(step%g.Period), uint64(j), uint64(point)) < g.Fraction {
			list = append(list, int32(j))
		}
	}
	return list
}

// appendRandom draws without repetition by Floyd's method (J. Bentley, R. Floyd, "A sample of brilliance", Communications of
// the ACM 30(9), 1987).
func (g *Graph) appendRandom(list []int32, step, point int) []int32 {
	n := len(list)
	for most := max(0, g.Width-g.Radix); most < g.Width; most++ {
		j := int32(g.uniform(uint64(step), uint64(point), uint64(most)) * float64(most+1))
		if slices.Contains(list[n:], j) {
			j = int32(most)
		}
		list = append(list, j)
	}
	slices.Sort(list[n:])
	return list
}
