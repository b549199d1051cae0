package driver

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// cutter writes the bodies of Assigns: the part of a run's graph that an agent needs to run a window of tasks. Its tables
// are reused from one window to the next.
type cutter struct {
	b         *graph.Builder
	g         *graph.Graph
	ops       map[uint32]uint32 // by number in the whole graph: number in the window
	calls     map[cutCall]uint32
	claim     func(graph.Index) int64 // the memory of tasks that get more than their call says, else 0; nil: no task does
	literals  map[uint32]graph.Ref
	columns   map[uint32]*cutColumn
	externals map[graph.External]graph.Ref
	places    places
	refs      []graph.Ref
	buf       []graph.Ref // for graph.Task, which may return the graph's own memory instead
}

// cutCall is a call of the whole graph, for tasks that may take so much memory, 0: what the call says.
type cutCall struct {
	number uint32
	memory int64
}

// cutColumn is the part of a column that a window takes.
type cutColumn struct {
	ref   graph.Ref
	items *graph.Encoded
}

func newCutter() *cutter {
	return &cutter{
		ops: make(map[uint32]uint32), calls: make(map[cutCall]uint32), literals: make(map[uint32]graph.Ref),
		columns: make(map[uint32]*cutColumn), externals: make(map[graph.External]graph.Ref), buf: make([]graph.Ref, 0, 16),
	}
}

// cut returns the encoded graph of the first n of some tasks of one run, in their order. Outputs of tasks that are not among them
// become externals, with the run's number as submission. All tasks are taken, unless there is a limit to the bytes of their
// literals, which only the first task may pass.
func (c *cutter) cut(g *graph.Graph, run word.Run, tasks []word.Block, limit int64) (body []byte, n int, err error) {
	c.b, c.g = graph.NewBuilder(), g
	clear(c.ops)
	clear(c.calls)
	clear(c.literals)
	clear(c.columns)
	clear(c.externals)
	c.places.reset()
	bytes := int64(0)
	for k, t := range tasks {
		number, refs := g.Task(t.Task.Index, c.buf)
		if limit > 0 {
			if bytes += c.weigh(refs); bytes > limit && k > 0 {
				tasks = tasks[:k]
				break
			}
		}
		c.refs = c.refs[:0]
		for _, r := range refs {
			c.refs = append(c.refs, c.ref(r, run))
		}
		memory := int64(0)
		if c.claim != nil {
			memory = c.claim(t.Task.Index)
		}
		i := c.b.Add(c.call(cutCall{number, memory}), c.refs...)
		if key := g.Key(t.Task.Index); key != "" {
			c.b.Key(i, key)
		}
		c.places.add(t.Task.Index, uint32(k))
	}
	c.b.Number(g.Client, uint64(run))
	window, err := c.b.Build()
	if err == nil {
		body, err = graph.Encode(window, graph.EncodeOptions{})
	}
	if err != nil {
		return nil, len(tasks), fmt.Errorf("%d tasks of run %d cannot be cut out of their graph: %w", len(tasks), run, err)
	}
	return body, len(tasks), nil
}

// weigh returns how many bytes of literals a task adds to the window.
func (c *cutter) weigh(refs []graph.Ref) (bytes int64) {
	for _, r := range refs {
		switch r.Kind() {
		case graph.RefItem:
			bytes += int64(len(c.g.Literal(r.Table()).Encoded.Items[r.Item()]))
		case graph.RefLiteral:
			if _, ok := c.literals[r.Table()]; !ok {
				for _, item := range c.g.Literal(r.Table()).Encoded.Items {
					bytes += int64(len(item))
				}
			}
		}
	}
	return bytes
}

// call returns the window's number of a call, adding what it refers to when it is new.
func (c *cutter) call(of cutCall) uint32 {
	if n, ok := c.calls[of]; ok {
		return n
	}
	k := c.g.Calls()[of.number]
	traits := c.g.Traits()[k.Traits]
	if of.memory > 0 {
		traits.Needs.Memory = of.memory
	}
	part := graph.Call{Traits: c.b.Traits(traits), Site: c.b.AddSite(c.g.Sites()[k.Site])}
	if k.Program > 0 {
		var p graph.Program
		for _, s := range c.g.Programs()[k.Program-1].Steps {
			p.Steps = append(p.Steps, graph.Step{Call: c.call(cutCall{number: s.Call}), Inputs: s.Inputs})
		}
		part.Program = c.b.Program(p)
	}
	op, ok := c.ops[k.Op]
	if !ok {
		op = c.b.Op(c.g.Ops()[k.Op])
		c.ops[k.Op] = op
	}
	part.Op = op
	n := c.b.Call(part)
	c.calls[of] = n
	return n
}

// ref returns what a reference of the whole graph is in the window.
func (c *cutter) ref(r graph.Ref, run word.Run) graph.Ref {
	switch r.Kind() {
	case graph.RefOutput:
		if k, ok := c.places.find(r.Task()); ok {
			return graph.OutputRef(graph.Index(k), r.Output())
		}
		return c.external(graph.External{Submission: uint64(run), Task: r.Task(), Output: r.Output()})
	case graph.RefExternal:
		return c.external(c.g.Externals()[r.Table()])
	case graph.RefLiteral:
		n, ok := c.literals[r.Table()]
		if !ok {
			n = c.b.AddLiteral(c.g.Literal(r.Table()))
			c.literals[r.Table()] = n
		}
		return n
	case graph.RefItem:
		return c.item(r)
	default:
		return r
	}
}

func (c *cutter) external(e graph.External) graph.Ref {
	r, ok := c.externals[e]
	if !ok {
		r = c.b.External(e)
		c.externals[e] = r
	}
	return r
}

// item adds one item of a column to the window's part of it.
func (c *cutter) item(r graph.Ref) graph.Ref {
	col := c.columns[r.Table()]
	if col == nil {
		col = &cutColumn{items: &graph.Encoded{Column: true}}
		col.ref = c.b.AddLiteral(graph.Literal{Encoded: col.items})
		c.columns[r.Table()] = col
	}
	n := len(col.items.Items)
	col.items.Items = append(col.items.Items, c.g.Literal(r.Table()).Encoded.Items[r.Item()])
	return graph.ItemRef(col.ref.Table(), uint32(n))
}

// places finds where tasks of the whole graph stand in the window: in stretches of consecutive tasks, since windows mostly
// consist of few.
type places struct {
	stretches []stretch
	others    map[graph.Index]uint32 // of windows that are not ascending
}

type stretch struct {
	first graph.Index
	count uint32
	place uint32
}

func (p *places) reset() {
	p.stretches = p.stretches[:0]
	clear(p.others)
}

func (p *places) add(i graph.Index, place uint32) {
	n := len(p.stretches)
	if n > 0 {
		last := &p.stretches[n-1]
		switch {
		case i == last.first+graph.Index(last.count) && place == last.place+last.count:
			last.count++
			return
		case i < last.first+graph.Index(last.count):
			if p.others == nil {
				p.others = make(map[graph.Index]uint32)
			}
			p.others[i] = place
			return
		}
	}
	p.stretches = append(p.stretches, stretch{i, 1, place})
}

func (p *places) find(i graph.Index) (uint32, bool) {
	low, high := 0, len(p.stretches)
	for low < high {
		mid := (low + high) / 2
		if p.stretches[mid].first <= i {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low > 0 {
		if s := p.stretches[low-1]; i < s.first+graph.Index(s.count) {
			return s.place + uint32(i-s.first), true
		}
	}
	place, ok := p.others[i]
	return place, ok
}
