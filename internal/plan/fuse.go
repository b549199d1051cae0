package plan

import (
	"context"
	"crypto/sha256"
	"strings"
)

// Pipeline is a collection cut into stages, in the order in which they run.
type Pipeline struct {
	nodes  []*Node // source first; boundaries left out
	source *Source
	stages []*Stage
	origin *Origin
	bare   []*Node // nodes that no plan built
}

// Stage is what one task does: it opens a partition, or merges partial results, sends the elements through the narrow verbs
// behind it, and ends with the partial result of the next reduction or with a finished partition.
type Stage struct {
	name   string
	site   uintptr
	open   func(ctx context.Context, in any) (stream any, err error) // nil: the input is merged and passed on
	narrow []func(stream any) any
	close  func(ctx context.Context, stream any, limit int64) (any, error)
	decode func(data []byte) (any, error)
	merge  func(ctx context.Context, partials []any) (any, error)
}

// Fuse joins the verbs of a collection into stages: narrow verbs cost no tasks of their own.
func Fuse(root *Node) (*Pipeline, error) {
	if err := root.Err(); err != nil {
		return nil, err
	}
	p := &Pipeline{}
	for n := root; n != nil; n = n.input {
		if n.origin != nil {
			if p.origin == nil {
				p.origin = n.origin
			}
			continue
		}
		p.nodes = append(p.nodes, n)
		if p.origin == nil {
			p.bare = append(p.bare, n)
		}
	}
	reverse(p.nodes)
	reverse(p.bare)
	first := p.nodes[0]
	p.source = first.source
	s := &Stage{open: first.source.Open, decode: first.source.Decode}
	s.add(first)
	for _, n := range p.nodes[1:] {
		s.add(n)
		if n.narrow != nil {
			s.narrow = append(s.narrow, n.narrow)
			continue
		}
		s = p.reduce(s, n)
	}
	s.close = root.verb.Rows.Gather
	p.stages = append(p.stages, s)
	return p, nil
}

func reverse(nodes []*Node) {
	for i, j := 0, len(nodes)-1; i < j; i, j = i+1, j-1 {
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
}

// reduce ends stage s with the partial results of a reduction, adds the stage that merges some of them, and returns the
// one that merges the last and goes on.
func (p *Pipeline) reduce(s *Stage, n *Node) *Stage {
	r := n.reduction
	s.close = func(ctx context.Context, stream any, _ int64) (any, error) { return r.Fold(ctx, stream) }
	merge := &Stage{name: "merge", site: n.verb.Site, decode: r.Decode, merge: r.Merge}
	finish := &Stage{name: strings.ToLower(n.verb.Name), site: n.verb.Site, decode: r.Decode, merge: r.Merge, open: r.Finish}
	p.stages = append(p.stages, s, merge)
	return finish
}

// add enters a verb into the name of the stage. The line of the last verb with a function of the user's is the stage's:
// that function is what most likely fails.
func (s *Stage) add(n *Node) {
	if s.name != "" {
		s.name += "+"
	}
	s.name += strings.ToLower(n.verb.Name)
	if s.site == 0 || n.verb.Func != "" {
		s.site = n.verb.Site
	}
}

// Name returns the verbs of the stage in small letters, such as "lines+flatmap+frequencies".
func (s *Stage) Name() string { return s.name }

// Site returns the program counter of the user's line that the stage stands for.
func (s *Stage) Site() uintptr { return s.site }

// Merges reports whether the input of the stage is a list of partial results instead of a part of the source.
func (s *Stage) Merges() bool { return s.merge != nil }

// Decode reads an input of the stage that another process encoded: a part, or one partial result.
func (s *Stage) Decode(data []byte) (any, error) { return s.decode(data) }

// Run does the work of one task. The input is a part of the source, or a []any of partial results if the stage merges. A
// finished partition has at most limit elements, unless limit is negative.
func (s *Stage) Run(ctx context.Context, in any, limit int64) (any, error) {
	var err error
	if s.merge != nil {
		if in, err = s.merge(ctx, in.([]any)); err != nil || s.open == nil {
			return in, err
		}
	}
	stream, err := s.open(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, apply := range s.narrow {
		stream = apply(stream)
	}
	return s.close(ctx, stream, limit)
}

// Stages returns how many stages there are.
func (p *Pipeline) Stages() int { return len(p.stages) }

// Stage returns one of them.
func (p *Pipeline) Stage(n int) *Stage { return p.stages[n] }

// Kind returns the kind of collection.
func (p *Pipeline) Kind() string { return p.last().verb.Kind }

// Rows says what finished partitions are.
func (p *Pipeline) Rows() *Rows { return p.last().verb.Rows }

func (p *Pipeline) last() *Node { return p.nodes[len(p.nodes)-1] }

// Origin returns the plan that built all of the collection, or nil if part of it was built outside of plans.
func (p *Pipeline) Origin() *Origin {
	if len(p.bare) > 0 {
		return nil
	}
	return p.origin
}

// Bare returns the verb outside of any plan that keeps the collection in this process, or nil: the first with a function
// of the user's, or else the first.
func (p *Pipeline) Bare() *Verb {
	for _, n := range p.bare {
		if n.verb.Func != "" {
			return &n.verb
		}
	}
	if len(p.bare) > 0 {
		return &p.bare[0].verb
	}
	return nil
}

// Verbs returns what the collection is made of, source first.
func (p *Pipeline) Verbs() []*Verb {
	verbs := make([]*Verb, len(p.nodes))
	for i, n := range p.nodes {
		verbs[i] = &n.verb
	}
	return verbs
}

// Check returns why results of the tasks, or what they are given, cannot be sent to another process.
func (p *Pipeline) Check() (*Verb, error) {
	for i, n := range p.nodes {
		checks := []func() error{}
		if n.source != nil {
			checks = append(checks, n.source.Check)
		}
		if n.reduction != nil {
			checks = append(checks, n.reduction.Check)
		}
		if i == len(p.nodes)-1 {
			checks = append(checks, n.verb.Rows.Check)
		}
		for _, check := range checks {
			if check == nil {
				continue
			}
			if err := check(); err != nil {
				return &n.verb, err
			}
		}
	}
	return nil, nil
}

// Shape returns what decides what the stages do: the verbs with their arguments, the symbols of their functions and the
// types of their elements. Two processes of one program that built the same collection have the same shape. Lines of source
// and what the source holds are no part of it.
func (p *Pipeline) Shape() string {
	var b strings.Builder
	for i, n := range p.nodes {
		if i > 0 {
			b.WriteString(" → ")
		}
		b.WriteString(n.verb.String())
	}
	return b.String()
}

// Digest returns the digest of the shape.
func (p *Pipeline) Digest() [sha256.Size]byte { return sha256.Sum256([]byte(p.Shape())) }
