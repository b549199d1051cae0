package graph

import "fmt"

// Binding says what the parts of a graph that came as bytes stand for in this process. A nil function leaves that part as it
// is.
type Binding struct {
	Op       func(Op) (any, error)            // returns the op's Impl
	Literal  func(Literal) any                // returns the literal's Live part; a [Column] for a column
	External func(External) (External, error) // returns the external as this process knows it
}

// Bind returns the same graph with live parts, as whoever runs a decoded graph needs them. The graph itself is not changed;
// both share everything else.
func (g *Graph) Bind(b Binding) (*Graph, error) {
	bound := *g
	if b.Op != nil {
		bound.ops = make([]Op, len(g.ops))
		for n, op := range g.ops {
			impl, err := b.Op(op)
			if err != nil {
				return nil, fmt.Errorf("graph: op %q: %w", op.Name, err)
			}
			op.Impl = impl
			bound.ops[n] = op
		}
	}
	if b.Literal != nil {
		bound.literals = column[Literal]{}
		bound.literals.reserve(g.literals.len())
		for n := range g.literals.len() {
			l := g.Literal(uint32(n))
			l.Live = b.Literal(l)
			bound.literals.append(l)
		}
	}
	if b.External != nil {
		bound.externals = make([]External, len(g.externals))
		for n, e := range g.externals {
			known, err := b.External(e)
			if err != nil {
				return nil, fmt.Errorf("graph: external %d (task %d of submission %d): %w", n, e.Task, e.Submission, err)
			}
			bound.externals[n] = known
		}
	}
	return &bound, nil
}
