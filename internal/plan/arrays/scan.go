package arrays

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/tile"
)

// scan writes the tasks of a cumulative reduction: each chunk is reduced along the axis; what comes before each chunk
// is merged of that, one after the other; and the values of each chunk are accumulated from there on.
func (l *lowering) scan(n *Node) (*stored, error) {
	in := n.inputs[0]
	p, reads, err := l.fused(in)
	if err != nil {
		return nil, err
	}
	before, err := l.before(n, p, reads)
	if err != nil {
		return nil, err
	}
	call, err := l.w.Call(opMap, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	o := &Order{Program: p, Grid: n.Grid, Numbering: count(len(n.Grid)), Scan: &tile.Scanning{Axis: n.axis, Product: n.product}}
	y := l.layer(o, call, reads)
	first := graph.Index(l.w.Graph.Len())
	for k := range n.Grid.Count() {
		y.extra = nil
		if r, ok := before[k]; ok {
			y.extra = []graph.Ref{r}
		}
		y.add(k)
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// before writes the tasks that reduce what comes before each chunk, and returns their outputs by number of the chunk.
// Before the first ones along the axis there is nothing.
func (l *lowering) before(n *Node, p tile.Program, reads []read) (map[int]graph.Ref, error) {
	along := n.Grid[n.axis].Count()
	before := map[int]graph.Ref{}
	if along == 1 {
		return before, nil
	}
	red := tile.Reduction{Fold: tile.Sum, DType: n.DType, Reduced: make([]bool, len(n.Grid)), To: n.DType}
	if n.product {
		red.Fold = tile.Prod
	}
	red.Reduced[n.axis] = true
	o := &Order{Program: p, Grid: n.Grid, Reduction: &red}
	for axis := range n.Grid {
		if axis != n.axis {
			o.Numbering = append(o.Numbering, axis)
		}
	}
	o.Numbering = append(o.Numbering, n.axis)
	call, err := l.w.Call(opReduce, n.Site, 0)
	if err != nil {
		return nil, err
	}
	m, err := l.merger(&red, nil, FanIn, n.Site)
	if err != nil {
		return nil, err
	}
	y := l.layer(o, call, append([]read{}, reads...))
	first := y.all()
	counts, all := n.Grid.Counts(), steps(n.Grid.Counts())
	for k := range n.Grid.Count() {
		index := unravel(k, counts, o.Numbering)
		i := index[n.axis]
		if i == along-1 {
			continue // nothing comes behind
		}
		number := 0
		for axis, s := range all {
			number += s * index[axis]
		}
		sum := first + graph.Index(k)
		if r, ok := before[number]; ok {
			sum = m.one(m.merge, []graph.Index{r.Task(), sum})
		}
		before[number+all[n.axis]] = graph.OutputRef(sum, 0)
	}
	return before, nil
}
