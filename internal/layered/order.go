package layered

import (
	"cmp"
	"slices"
)

const (
	maxSweeps  = 32
	maxIdle    = 6         // sweeps without a better order before giving up
	maxVisits  = 3_000_000 // visits of vertices that all sweeps together may cost
	transposes = 6         // passes of transposition after a sweep
)

// reduceCrossings orders the rows. It never ends with more crossings than the
// initial order has.
func (l *layers) reduceCrossings() {
	l.initialOrder()
	best, fewest := l.snapshot(), l.crossings()
	visits := 0
	for i, idle := 0, 0; i < maxSweeps && idle < maxIdle && fewest > 0 && visits < maxVisits; i++ {
		l.sweep(i)
		visits += (1 + l.transpose()) * len(l.rank)
		if n := l.crossings(); n < fewest {
			best, fewest, idle = l.snapshot(), n, 0
		} else {
			idle++
		}
	}
	l.restore(best)
}

func (l *layers) snapshot() [][]int {
	rows := make([][]int, len(l.rows))
	for r, row := range l.rows {
		rows[r] = slices.Clone(row)
	}
	return rows
}

func (l *layers) restore(rows [][]int) {
	for r := range rows {
		copy(l.rows[r], rows[r])
		l.number(r)
	}
}

// sweep sorts each row by where its neighbours in the row before lie: from the
// first row down for even i, from the last row up for odd i. Equal vertices
// keep their order for two sweeps and are reversed for the next two, and
// medians alternate with means, so that sweeps do not repeat each other.
func (l *layers) sweep(i int) {
	reverse, mean := i%4 >= 2, i%8 >= 4
	for k := 1; k < len(l.rows); k++ {
		r, nbrs := k, l.up
		if i%2 == 1 {
			r, nbrs = len(l.rows)-1-k, l.down
		}
		l.sortRow(r, nbrs, mean, reverse)
	}
}

// sortRow sorts row r; vertices without neighbours stay where they are.
func (l *layers) sortRow(r int, nbrs [][]int, mean, reverse bool) {
	type entry struct {
		v     int
		value float64
	}
	row := l.rows[r]
	var moving []entry
	var places []int
	for i, v := range row {
		if len(nbrs[v]) > 0 {
			l.sortNeighbours(nbrs[v])
			moving = append(moving, entry{v, l.middle(nbrs[v], mean)})
			places = append(places, i)
		}
	}
	if reverse {
		slices.Reverse(moving)
	}
	slices.SortStableFunc(moving, func(a, b entry) int { return cmp.Compare(a.value, b.value) })
	for i, e := range moving {
		row[places[i]] = e.v
	}
	l.number(r)
}

func (l *layers) sortNeighbours(nbrs []int) {
	slices.SortFunc(nbrs, func(a, b int) int { return l.pos[a] - l.pos[b] })
}

// middle is the mean of the neighbours' places, or the weighted median of
// Gansner et al., which leans to the side where they lie closer together.
func (l *layers) middle(nbrs []int, mean bool) float64 {
	at := func(i int) float64 { return float64(l.pos[nbrs[i]]) }
	n := len(nbrs)
	if mean {
		sum := 0.0
		for i := range nbrs {
			sum += at(i)
		}
		return sum / float64(n)
	}
	m := n / 2
	if n%2 == 1 {
		return at(m)
	}
	left, right := at(m-1)-at(0), at(n-1)-at(m)
	if n == 2 || left+right == 0 {
		return (at(m-1) + at(m)) / 2
	}
	return (at(m-1)*right + at(m)*left) / (left + right)
}

// transpose swaps neighbours in a row while that removes crossings, and returns
// the number of passes that took.
func (l *layers) transpose() int {
	for pass := 1; ; pass++ {
		swapped := false
		for r, row := range l.rows {
			for _, v := range row {
				l.sortNeighbours(l.up[v])
				l.sortNeighbours(l.down[v])
			}
			for i := 1; i < len(row); i++ {
				u, v := row[i-1], row[i]
				upUV, upVU := l.pairCrossings(l.up[u], l.up[v])
				downUV, downVU := l.pairCrossings(l.down[u], l.down[v])
				if upVU+downVU < upUV+downUV {
					row[i-1], row[i] = v, u
					swapped = true
				}
			}
			l.number(r)
		}
		if !swapped || pass == transposes {
			return pass
		}
	}
}

// pairCrossings counts, for vertices next to each other with the sorted
// neighbours a and b in another row, the crossings of their edges with the
// first on the left and with it on the right.
func (l *layers) pairCrossings(a, b []int) (ab, ba int) {
	below, through := 0, 0 // how many of b lie left of, and not right of, a's neighbour
	for _, x := range a {
		for below < len(b) && l.pos[b[below]] < l.pos[x] {
			below++
		}
		for through < len(b) && l.pos[b[through]] <= l.pos[x] {
			through++
		}
		ab += below
		ba += len(b) - through
	}
	return ab, ba
}

// crossings counts the pairs of edges that cross between two rows.
func (l *layers) crossings() int {
	total := 0
	var tree []int
	var ends []int
	for r := 1; r < len(l.rows); r++ {
		size := len(l.rows[r])
		tree = append(tree[:0], make([]int, size+1)...)
		seen := 0
		for _, u := range l.rows[r-1] {
			ends = ends[:0]
			for _, v := range l.down[u] {
				ends = append(ends, l.pos[v])
			}
			for _, p := range ends { // edges seen before that end further right
				total += seen - prefix(tree, p+1)
			}
			for _, p := range ends {
				for i := p + 1; i <= size; i += i & -i {
					tree[i]++
				}
			}
			seen += len(ends)
		}
	}
	return total
}

// prefix sums the first n counts of a Fenwick tree.
func prefix(tree []int, n int) int {
	sum := 0
	for ; n > 0; n -= n & -n {
		sum += tree[n]
	}
	return sum
}
