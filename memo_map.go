package braid

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/par"
)

// recalled says which items of a Map have results that were kept. The methods may be called on nil: none have.
type recalled struct {
	run   *exec.Run     // of those that have, over before it began
	items []graph.Index // the others
}

// recall looks the items of a Map up. It returns nil if no result is there.
func (m mapping) recall(ctx context.Context, b *builder) (*recalled, error) {
	if b.client.cluster == nil || m.with == nil || m.with.memo == nil {
		return nil, nil
	}
	in := make([]any, 1, 1+len(m.shared)) // of one call
	for _, a := range m.shared {
		v, ok := b.known(a)
		if !ok {
			return nil, nil
		}
		in = append(in, asInput(v))
	}
	found := make([]*exec.Encoded, m.items.Len())
	err := par.For(ctx, len(found), func(ctx context.Context, first, end int) error {
		in := slices.Clone(in)
		for i := first; i < end && ctx.Err() == nil; i++ {
			in[0] = m.items.At(i)
			found[i] = m.with.memo.lookup(m.f, in, &b.room)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("braid: map: looking results up: %w", err)
	}
	r := &recalled{}
	var results []*exec.Encoded
	for i, e := range found {
		if e != nil {
			results = append(results, e)
		} else {
			r.items = append(r.items, graph.Index(i))
		}
	}
	if len(results) == 0 {
		return nil, nil
	}
	r.run, err = b.client.settledRun(&call{f: m.f, site: m.site}, results)
	return r, err
}

// all reports whether no item has to be run.
func (r *recalled) all() bool { return r != nil && len(r.items) == 0 }

func (r *recalled) settled() *exec.Run {
	if r == nil {
		return nil
	}
	return r.run
}

// column returns those of all items that have to be run.
func (r *recalled) column(all graph.Column) graph.Column {
	if r == nil {
		return all
	}
	return chosen{all, r.items}
}

// chosen are some items of a column.
type chosen struct {
	all   graph.Column
	items []graph.Index
}

func (c chosen) Len() int     { return len(c.items) }
func (c chosen) At(i int) any { return c.all.At(int(c.items[i])) }

// mixture says where the results of a Map are of which some were kept.
type mixture struct {
	places []place       // of all items
	kept   *exec.Run     // of those that were
	items  []graph.Index // of the tasks of the other run
}

// with returns the mixture with the run of the other items.
func (r *recalled) with(run *exec.Run) *mixture {
	if r == nil {
		return nil
	}
	m := &mixture{places: make([]place, r.run.Tasks()+len(r.items)), kept: r.run, items: r.items}
	missing := 0
	for i := range m.places {
		if missing < len(r.items) && int(r.items[missing]) == i {
			m.places[i] = place{run: run, index: graph.Index(missing)}
			missing++
		} else {
			m.places[i] = place{run: r.run, index: graph.Index(i - missing)}
		}
	}
	return m
}

// follow calls fn with the number of each item when it has its outcome. What it returns ends that.
func (m *mixture) follow(run *exec.Run, fn func(graph.Index)) (stop func()) {
	for i, p := range m.places {
		if p.run == m.kept {
			fn(graph.Index(i))
		}
	}
	return run.Follow(func(i graph.Index, _ bool) { fn(m.items[i]) })
}

func (f *Futures[R]) mixed() bool { return f != nil && f.mix != nil }

// gather adds a task whose result is the list of earlier results.
func (b *builder) gather(c *Client, places []place) {
	refs := b.refs
	b.refs = append(make([]graph.Ref, 0, 1+len(places)), graph.ListRef(uint32(len(places))))
	for _, p := range places {
		b.future(&handle{c: c, place: p}, 0)
	}
	i := b.g.Add(b.g.Call(graph.Call{Op: b.op(passOn), Traits: b.traitsOf(plain), Site: b.g.Site(b.site)}), b.refs...)
	b.refs = append(refs, graph.OutputRef(i, 0))
}
