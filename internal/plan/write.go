package plan

import "github.com/braid-compute/braid/graph"

// Writing says how the tasks of a pipeline are written into a graph.
type Writing struct {
	Graph *graph.Builder
	Parts graph.Column
	// First and Count choose partitions of the source. Where there is a reduction, which needs all, they are not looked at.
	First, Count int
	// Task returns the call of a stage's tasks and the arguments that go before the stage's input, the same for all of them.
	Task func(stage int) (call uint32, head []graph.Ref)
}

// Partitions returns how many partitions the collection has if its source has n.
func (p *Pipeline) Partitions(n int) int {
	if len(p.stages) > 1 {
		return 1
	}
	return n
}

// Parts asks the source for its partitions.
func (p *Pipeline) Parts() (Parts, error) { return p.source.Parts() }

// Write writes the tasks down and returns those whose results are the partitions.
//
// Without a reduction the tasks are one affine layer. With one, tasks are written in the order in which they should run: as
// soon as there are FanIn partial results of a level and another follows, they are merged into one of the next level, so
// that few of them exist at a time.
func (p *Pipeline) Write(w Writing) []graph.Index {
	column := w.Graph.Literal(w.Parts).Table()
	if len(p.stages) == 1 {
		call, head := w.Task(0)
		args := make([]graph.AffineArg, 0, len(head)+1)
		for _, r := range head {
			args = append(args, graph.AffineArg{Ref: r})
		}
		space := uint32(w.Count)
		at := graph.Identity(space)
		at.Offset = int64(w.First)
		args = append(args, graph.AffineArg{Ref: graph.ItemRef(column, 0), Map: at})
		first := w.Graph.Affine(graph.Affine{Call: call, Space: []uint32{space}, Args: args})
		wants := make([]graph.Index, w.Count)
		for i := range wants {
			wants[i] = first + graph.Index(i)
		}
		return wants
	}
	call, head := w.Task(0)
	tree := w.tree(1, p.fanIn(0))
	for i := range w.Parts.Len() {
		tree.add(w.Graph.Add(call, append(head[:len(head):len(head)], graph.ItemRef(column, uint32(i)))...))
	}
	// A reduction behind a reduction has one partition to reduce.
	last := tree.end(2)
	for stage := 4; stage < len(p.stages); stage += 2 {
		next := w.tree(stage-1, p.fanIn(stage/2-1))
		next.add(last)
		last = next.end(stage)
	}
	return []graph.Index{last}
}

// fanIn returns the fan-in of reduction number k.
func (p *Pipeline) fanIn(k int) int {
	for _, n := range p.nodes {
		if n.reduction != nil {
			if k == 0 {
				return n.reduction.FanIn
			}
			k--
		}
	}
	return 2
}

// tree writes the merges of one reduction.
type tree struct {
	w      Writing
	fanIn  int
	stage  int
	levels [][]graph.Index // partial results that are not merged yet; those of a higher level come first in the order
}

func (w Writing) tree(stage, fanIn int) *tree {
	return &tree{w: w, fanIn: fanIn, stage: stage}
}

func (t *tree) add(leaf graph.Index) {
	for level, i := 0, leaf; ; level++ {
		if level == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		full := t.levels[level]
		if len(full) < t.fanIn {
			t.levels[level] = append(full, i)
			return
		}
		merged := t.merge(t.stage, full)
		t.levels[level] = append(full[:0], i)
		i = merged
	}
}

// end merges what is left with the stage that goes on.
func (t *tree) end(stage int) graph.Index {
	var rest []graph.Index
	for level := len(t.levels) - 1; level >= 0; level-- {
		rest = append(rest, t.levels[level]...)
	}
	return t.merge(stage, rest)
}

func (t *tree) merge(stage int, partials []graph.Index) graph.Index {
	call, head := t.w.Task(stage)
	args := append(head[:len(head):len(head)], graph.ListRef(uint32(len(partials))))
	for _, i := range partials {
		args = append(args, graph.OutputRef(i, 0))
	}
	return t.w.Graph.Add(call, args...)
}
