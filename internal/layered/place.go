package layered

import (
	"math"
	"slices"
)

// place returns the centre of each vertex along its rank, by Brandes and Köpf:
// four layouts, each aligning vertices with a median neighbour above or below
// and packed to the left or the right, of which every vertex takes the mean of
// its two middle positions. Separations hold in all four and so in the result.
func (l *layers) place() []float64 {
	conflicts := l.conflicts()
	var layouts [4][]float64
	for i := range layouts {
		layouts[i] = l.placeOnce(conflicts, i&1 == 1, i&2 == 2)
	}
	l.alignLayouts(&layouts)
	x := make([]float64, len(l.rank))
	for v := range x {
		four := [4]float64{layouts[0][v], layouts[1][v], layouts[2][v], layouts[3][v]}
		slices.Sort(four[:])
		x[v] = (four[1] + four[2]) / 2
	}
	return x
}

// segment is an edge between neighbouring rows, from the upper to the lower.
type segment struct{ upper, lower int }

// conflicts marks the segments that cross a segment between two dummies, which
// have precedence, so that long edges stay straight.
func (l *layers) conflicts() map[segment]bool {
	marked := map[segment]bool{}
	for r := 1; r < len(l.rows); r++ {
		row := l.rows[r]
		left, next := 0, 0
		for i, v := range row {
			inner := l.innerUpper(v)
			if inner < 0 && i < len(row)-1 {
				continue
			}
			right := len(l.rows[r-1]) - 1
			if inner >= 0 {
				right = l.pos[inner]
			}
			for ; next <= i; next++ {
				for _, u := range l.up[row[next]] {
					if (l.pos[u] < left || l.pos[u] > right) && !(l.isDummy(u) && l.isDummy(row[next])) {
						marked[segment{u, row[next]}] = true
					}
				}
			}
			left = right
		}
	}
	return marked
}

// innerUpper returns the dummy before dummy v, or -1 if there is none.
func (l *layers) innerUpper(v int) int {
	if l.isDummy(v) && l.isDummy(l.up[v][0]) {
		return l.up[v][0]
	}
	return -1
}

// placeOnce makes one of the four layouts. fromBelow aligns with neighbours in
// the next row; toRight packs to the right, by mirroring.
func (l *layers) placeOnce(conflicts map[segment]bool, fromBelow, toRight bool) []float64 {
	rows := l.snapshot()
	nbrs := l.up
	if fromBelow {
		slices.Reverse(rows)
		nbrs = l.down
	}
	pos := make([]int, len(l.rank))
	for _, row := range rows {
		if toRight {
			slices.Reverse(row)
		}
		for i, v := range row {
			pos[v] = i
		}
	}
	root := align(rows, pos, nbrs, func(u, v int) bool {
		if fromBelow {
			u, v = v, u
		}
		return conflicts[segment{u, v}]
	})
	x := l.compact(rows, root)
	if toRight {
		for v := range x {
			x[v] = -x[v]
		}
	}
	return x
}

// align joins vertices into vertical blocks: each with its median neighbour in
// the row before, the left median first, unless that would cross a block. It
// returns the root of each vertex's block.
func align(rows [][]int, pos []int, nbrs [][]int, conflict func(u, v int) bool) []int {
	root := make([]int, len(pos))
	taken := make([]bool, len(pos)) // has a vertex of the next row aligned to it
	for v := range root {
		root[v] = v
	}
	var sorted []int
	for _, row := range rows {
		last := -1
		for _, v := range row {
			sorted = append(sorted[:0], nbrs[v]...)
			slices.SortFunc(sorted, func(a, b int) int { return pos[a] - pos[b] })
			n := len(sorted)
			for m := max(0, (n-1)/2); m <= n/2 && m < n; m++ {
				u := sorted[m]
				if !taken[u] && last < pos[u] && !conflict(u, v) {
					root[v], taken[u], last = root[u], true, pos[u]
					break
				}
			}
		}
	}
	return root
}

// gap is an edge of the block graph: the block to the right, and its distance.
type gap struct {
	to       int
	distance float64
}

// compact places the blocks as far left as separations allow, and then moves
// each as far right as its right neighbours allow, which closes the holes.
func (l *layers) compact(rows [][]int, root []int) []float64 {
	right := make([][]gap, len(root))
	waiting := make([]int, len(root))
	for _, row := range rows {
		for i := 1; i < len(row); i++ {
			u, v := root[row[i-1]], root[row[i]]
			right[u] = append(right[u], gap{v, l.separation(row[i-1], row[i])})
			waiting[v]++
		}
	}
	var order []int // blocks from left to right
	for v := range root {
		if root[v] == v && waiting[v] == 0 {
			order = append(order, v)
		}
	}
	x := make([]float64, len(root))
	for i := 0; i < len(order); i++ {
		u := order[i]
		for _, g := range right[u] {
			x[g.to] = max(x[g.to], x[u]+g.distance)
			if waiting[g.to]--; waiting[g.to] == 0 {
				order = append(order, g.to)
			}
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		u := order[i]
		room := math.Inf(1)
		for _, g := range right[u] {
			room = min(room, x[g.to]-g.distance)
		}
		if !math.IsInf(room, 1) {
			x[u] = max(x[u], room)
		}
	}
	for v := range x {
		x[v] = x[root[v]]
	}
	return x
}

// alignLayouts shifts the layouts onto the narrowest one: those packed to the
// left by their left ends, those packed to the right by their right ends.
func (l *layers) alignLayouts(layouts *[4][]float64) {
	var lo, hi [4]float64
	narrowest := 0
	for i, x := range layouts {
		lo[i], hi[i] = math.Inf(1), math.Inf(-1)
		for v := range x {
			lo[i] = min(lo[i], x[v]-l.width[v]/2)
			hi[i] = max(hi[i], x[v]+l.width[v]/2)
		}
		if hi[i]-lo[i] < hi[narrowest]-lo[narrowest] {
			narrowest = i
		}
	}
	for i, x := range layouts {
		shift := lo[narrowest] - lo[i]
		if i&2 == 2 {
			shift = hi[narrowest] - hi[i]
		}
		for v := range x {
			x[v] += shift
		}
	}
}
