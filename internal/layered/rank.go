package layered

// assignRanks gives each node a rank such that every edge leads to a greater
// one, ranks are used without a gap from 0, and single nodes cannot move to
// make the sum of edge lengths smaller.
func assignRanks(nodes []Node, edges []Edge) ([]int, error) {
	in, out := make([][]int, len(nodes)), make([][]int, len(nodes))
	waiting := make([]int, len(nodes))
	for _, e := range edges {
		out[e.From] = append(out[e.From], e.To)
		in[e.To] = append(in[e.To], e.From)
		waiting[e.To]++
	}
	order := make([]int, 0, len(nodes)) // topological
	for v := range nodes {
		if waiting[v] == 0 {
			order = append(order, v)
		}
	}
	rank := make([]int, len(nodes))
	for i := 0; i < len(order); i++ {
		v := order[i]
		for _, w := range out[v] {
			rank[w] = max(rank[w], rank[v]+1)
			if waiting[w]--; waiting[w] == 0 {
				order = append(order, w)
			}
		}
	}
	if len(order) < len(nodes) {
		return nil, cycleError(nodes, edges, trim(waiting, out, in))
	}
	tighten(rank, order, in, out)
	return rank, nil
}

// trim clears waiting for nodes that only follow a cycle, so that each node
// left has both a predecessor and a successor left.
func trim(waiting []int, out, in [][]int) []int {
	for changed := true; changed; {
		changed = false
		for v := range waiting {
			if waiting[v] == 0 {
				continue
			}
			follows := false
			for _, w := range out[v] {
				follows = follows || waiting[w] > 0
			}
			if !follows {
				waiting[v], changed = 0, true
			}
		}
	}
	return waiting
}

// tighten moves nodes with more successors than predecessors down, and then
// those with fewer back up, as far as their edges allow, until nothing moves.
func tighten(rank, order []int, in, out [][]int) {
	const passes = 20 // each pass shortens the total length or is the last
	for range passes {
		moved := false
		for i := len(order) - 1; i >= 0; i-- {
			v := order[i]
			if len(out[v]) <= len(in[v]) || len(out[v]) == 0 {
				continue
			}
			lowest := rank[out[v][0]]
			for _, w := range out[v] {
				lowest = min(lowest, rank[w])
			}
			if lowest-1 > rank[v] {
				rank[v], moved = lowest-1, true
			}
		}
		for _, v := range order {
			if len(in[v]) <= len(out[v]) {
				continue
			}
			highest := 0
			for _, u := range in[v] {
				highest = max(highest, rank[u]+1)
			}
			if highest < rank[v] {
				rank[v], moved = highest, true
			}
		}
		if !moved {
			break
		}
	}
	normalize(rank)
}

// normalize closes the gaps that moved nodes left behind.
func normalize(rank []int) {
	top := 0
	for _, r := range rank {
		top = max(top, r)
	}
	used := make([]int, top+1)
	for _, r := range rank {
		used[r] = 1
	}
	next := 0
	for r, u := range used {
		used[r] = next
		next += u
	}
	for v, r := range rank {
		rank[v] = used[r]
	}
}
