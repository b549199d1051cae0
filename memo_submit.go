package braid

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// This file is about calls of a client with worker processes whose results are kept: the client looks them up, so that
// those that are there become no tasks. In a client of this process looking them up is the task.

// remembered returns the result of a call that is kept and whose arguments are known here, or nil.
func (b *builder) remembered(d *call) *exec.Encoded {
	if b.client == nil || b.client.cluster == nil || d.f == nil || d.with == nil || d.with.memo == nil {
		return nil
	}
	if e, ok := b.memo[d]; ok {
		return e
	}
	if b.memo == nil {
		b.memo = make(map[*call]*exec.Encoded)
	}
	e := b.recall(d)
	b.memo[d] = e
	return e
}

func (b *builder) recall(d *call) *exec.Encoded {
	if b.refuse(d, d.with) != nil {
		return nil // append says why
	}
	in := make([]any, d.n)
	for n, a := range d.arguments() {
		v, ok := b.known(a)
		if !ok {
			return nil
		}
		in[n] = asInput(v)
	}
	return d.with.memo.lookup(d.f, in, &b.room)
}

// asInput returns a value as a function's implementation takes it.
func asInput(v any) any {
	if list, ok := v.(exec.List); ok {
		return &list
	}
	return v
}

// known returns what an argument stands for, if that is known here.
func (b *builder) known(a argument) (any, bool) {
	if missing(a) {
		return nil, false
	}
	if m := a.members(); len(m) > 0 || isList(a) {
		list := make(exec.List, len(m))
		for k, item := range m {
			v, ok := b.known(item)
			if !ok {
				return nil, false
			}
			list[k] = v
		}
		return list, true
	}
	d := a.delayed()
	if d != nil && d.kept == nil {
		e := b.remembered(d)
		return e, e != nil
	}
	if d != nil {
		a = d.kept
	}
	if v, ok := a.(interface{ live() any }); ok {
		return v.live(), true
	}
	p, _ := a.(interface{ where() (place, int) }).where()
	return b.client.here(p)
}

// here returns the result of an earlier submission if this client has it and no worker does.
func (c *Client) here(p place) (any, bool) {
	if c == nil || c.cluster == nil || p.run == nil {
		return nil, false
	}
	if !p.list {
		v, _, _ := p.run.Outcome(p.index)
		e, ok := v.(*exec.Encoded)
		return e, ok
	}
	list := make(exec.List, p.run.Tasks())
	for i := range list {
		v, _, _ := p.run.Outcome(graph.Index(i))
		e, ok := v.(*exec.Encoded)
		if !ok {
			return nil, false
		}
		list[i] = e
	}
	return list, true
}

// literalOf returns a value of here as what a literal holds.
func literalOf(v any) (any, error) {
	list, ok := v.(exec.List)
	if !ok {
		return v, nil
	}
	data, err := encodeList(list)
	return &exec.Encoded{Data: data}, err
}

// settledRun returns a run that is over, with these results.
func (c *Client) settledRun(d *call, results []*exec.Encoded) (*exec.Run, error) {
	g := graph.NewBuilder()
	number := g.Call(graph.Call{Op: g.Op(graph.Op{Name: d.f.name, Impl: d.f.op}), Traits: g.Traits(graph.Traits{}), Site: g.Site(d.site)})
	n := uint32(len(results))
	if n == 1 {
		g.Add(number, g.Literal(nil))
	} else {
		items := graph.ItemRef(g.Literal(column[*exec.Encoded](results)).Table(), 0)
		g.Affine(graph.Affine{Call: number, Space: []uint32{n}, Args: []graph.AffineArg{{Ref: items, Map: graph.Identity(n)}}})
	}
	g.Number(c.number, c.submissions.Add(1))
	built, err := g.Build()
	if err != nil {
		return nil, err
	}
	r, err := c.x.Promise(built, exec.Want{All: true}, nil)
	if err != nil {
		return nil, err
	}
	for i, e := range results {
		r.Settle(graph.Index(i), e)
	}
	return r, nil
}

// rememberedPlace returns where a result is to be found that needs no task.
func (b *builder) rememberedPlace(d *call, e *exec.Encoded) place {
	r, err := b.client.settledRun(d, []*exec.Encoded{e})
	if err != nil {
		b.fail(b.wrong(d, err))
	}
	return place{run: r}
}
