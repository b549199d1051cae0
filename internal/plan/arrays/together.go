package arrays

import "fmt"

// pass says what reductions have in common that can be made in one pass: what they read, along which axes, and how.
type pass struct {
	input   *Node
	reduced string
	indices bool // the index of a point counts, which may change the way through the values
	fan     int
}

func passOf(n *Node) pass {
	return pass{n.inputs[0], fmt.Sprint(n.reduction.Reduced), n.reduction.Coef != nil, n.fan}
}

// groupsOf returns the reductions below some arrays, and among them, that can be made in one pass with others. A reduction cannot need
// another one that reads the same array.
func groupsOf(of []*Node) map[pass][]*Node {
	groups, seen := map[pass][]*Node{}, map[*Node]bool{}
	var visit func(n *Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.kind == reduced && !n.unfused {
			p := passOf(n)
			groups[p] = append(groups[p], n)
		}
		for _, in := range n.inputs {
			visit(in)
		}
	}
	for _, n := range of {
		visit(n)
	}
	return groups
}

// together returns a reduction and the others that are made in its pass.
func (l *lowering) together(n *Node, o *Order) []*Node {
	group := []*Node{n}
	for _, other := range l.groups[passOf(n)] {
		if other == n || n.unfused || l.done[other] != nil {
			continue
		}
		if o.Finish || !o.pairs(&other.reduction) { // one that goes through mirrored chunks has its own way
			group = append(group, other)
		}
	}
	return group
}

// apart writes the tasks that take the results of reductions made together apart, and returns where those of the first are.
func (l *lowering) apart(group []*Node, st *stored) (*stored, error) {
	if len(group) == 1 {
		return st, nil
	}
	for i, n := range group {
		own, err := l.items(n, st, i)
		if err != nil {
			return nil, err
		}
		l.done[n] = own
	}
	return l.done[group[0]], nil
}
