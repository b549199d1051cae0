package layered

// layers is a graph whose every edge joins two neighbouring ranks: the nodes
// are the first vertices, and each longer edge has a dummy vertex on every
// rank that it passes.
type layers struct {
	opt    Options
	real   int       // vertices below this are nodes
	width  []float64 // of each vertex, along the rank; 0 for dummies
	rank   []int
	pos    []int   // place within the rank
	rows   [][]int // the vertices of each rank in order
	up     [][]int // neighbours one rank before, once per edge
	down   [][]int
	chains [][]int // the vertices of each edge, its ends included
}

func newLayers(nodes []Node, edges []Edge, rank []int, o Options) *layers {
	l := &layers{opt: o, real: len(nodes), rank: rank, width: make([]float64, len(nodes))}
	l.up, l.down = make([][]int, len(nodes)), make([][]int, len(nodes))
	for v, n := range nodes {
		if l.width[v] = n.Width; o.LeftToRight {
			l.width[v] = n.Height
		}
	}
	for _, e := range edges {
		chain := []int{e.From}
		for r := rank[e.From] + 1; r < rank[e.To]; r++ {
			chain = append(chain, l.addDummy(r))
		}
		chain = append(chain, e.To)
		for i := 1; i < len(chain); i++ {
			u, v := chain[i-1], chain[i]
			l.down[u] = append(l.down[u], v)
			l.up[v] = append(l.up[v], u)
		}
		l.chains = append(l.chains, chain)
	}
	l.pos = make([]int, len(l.rank))
	for _, r := range l.rank {
		for len(l.rows) <= r {
			l.rows = append(l.rows, nil)
		}
	}
	return l
}

func (l *layers) addDummy(rank int) int {
	l.rank = append(l.rank, rank)
	l.width = append(l.width, 0)
	l.up, l.down = append(l.up, nil), append(l.down, nil)
	return len(l.rank) - 1
}

func (l *layers) isDummy(v int) bool { return v >= l.real }

// separation is the least distance between the centres of neighbours u and v.
func (l *layers) separation(u, v int) float64 {
	gap := l.opt.NodeGap
	if l.isDummy(u) || l.isDummy(v) {
		gap = l.opt.EdgeGap
	}
	return (l.width[u]+l.width[v])/2 + gap
}

// initialOrder fills the rows in the order of a depth-first search, which draws
// a tree without crossings.
func (l *layers) initialOrder() {
	for r := range l.rows {
		l.rows[r] = l.rows[r][:0]
	}
	seen := make([]bool, len(l.rank))
	var stack []int
	for root := range l.real {
		if len(l.up[root]) > 0 {
			continue
		}
		stack = append(stack, root)
		for len(stack) > 0 {
			v := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[v] {
				continue
			}
			seen[v] = true
			l.rows[l.rank[v]] = append(l.rows[l.rank[v]], v)
			for i := len(l.down[v]) - 1; i >= 0; i-- {
				stack = append(stack, l.down[v][i])
			}
		}
	}
	for r := range l.rows {
		l.number(r)
	}
}

// number writes the positions of row r after its order changed.
func (l *layers) number(r int) {
	for i, v := range l.rows[r] {
		l.pos[v] = i
	}
}
