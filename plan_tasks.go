package braid

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/plan"
)

// operations are the work of braid's own packages, by name.
var operations = map[string]*function{}

// RegisterOperation makes an operation known to all processes of the program. It is what packages of collections are
// made with, when package variables are initialised.
func RegisterOperation(o plan.Operation) {
	f := &function{name: o.Name, signature: o.Version, op: &exec.Op{Size: plan.Size, Encode: encodeAny, Form: formOf, Looks: o.Looks}}
	f.op.Call = func(ctx context.Context, in []any) (any, error) {
		args := in // copied with the first list only, because calls of small chunks are many; operations do not wait
		replace := func(k int, list []any) {
			if &args[0] == &in[0] {
				args = slices.Clone(in)
			}
			args[k] = list
		}
		for k, v := range in {
			switch v := v.(type) {
			case *exec.List:
				replace(k, *v)
			case *exec.Encoded:
				if isListBytes(v.Data) {
					items, err := decodeList(v.Data, v.Lent)
					if err != nil {
						return nil, err
					}
					replace(k, items)
				}
			}
		}
		return o.Call(ctx, args)
	}
	registry.mu.Lock()
	defer registry.mu.Unlock()
	if registry.byName[o.Name] != nil {
		panic(fmt.Sprintf("braid: operation %q is registered twice", o.Name))
	}
	if registry.byName == nil {
		registry.byName = make(map[string]*function)
	}
	registry.byName[o.Name] = f
	operations[o.Name] = f
}

// SubmitTasks begins to run calls of operations. It is what packages of collections are made with.
func (c *Client) SubmitTasks(ctx context.Context, t plan.Tasks) (plan.Results, error) {
	switch {
	case c == nil:
		return nil, errNoClient
	case ctx.Err() != nil:
		return nil, fmt.Errorf("braid: submit: %w", context.Cause(ctx))
	case c.closed.Load():
		return nil, ErrClosed
	}
	b := newBuilder(c)
	defer b.close()
	traits := map[int64]uint32{}
	w := &plan.TaskWriter{
		Graph: b.g, Remote: c.cluster != nil, Memory: max(0, c.memoryLimit),
		Call: func(name string, site uintptr, bytes int64) (uint32, error) {
			f := operations[name]
			if f == nil {
				return 0, fmt.Errorf("braid: %s: no package has registered operation %q", t.Kind, name)
			}
			n, ok := traits[bytes]
			if !ok {
				n = b.g.Traits(graph.Traits{Hints: graph.Hints{Bytes: bytes}})
				traits[bytes] = n
			}
			return b.g.Call(graph.Call{Op: b.op(f), Traits: n, Site: b.g.Site(site)}), nil
		},
		CallWith:  b.operationCall,
		Function:  b.functionCall,
		Arguments: b.arguments,
		Earlier: func(r plan.Results, k int) (graph.Ref, error) {
			p, ok := r.(*partitions)
			switch {
			case !ok:
				return 0, errForeignResults
			case p.c != c:
				return 0, errors.New("it was persisted by another client: compute it there, or persist it on this one")
			}
			b.refs = b.refs[:0]
			b.earlier(place{run: p.run, index: p.wants[k]}, 0)
			if b.err != nil {
				return 0, b.err
			}
			return b.refs[0], nil
		},
	}
	wants, err := t.Write(w)
	b.unmark()
	if err != nil {
		return nil, err
	}
	b.g.Number(c.number, c.submissions.Add(1))
	g, err := b.g.Build()
	if err != nil {
		return nil, err
	}
	run, err := b.launch(g, exec.Want{Tasks: b.withKeyed(wants)})
	if err != nil {
		return nil, err
	}
	return &partitions{c: c, run: run, wants: wants, decode: t.Decode}, nil
}

var errForeignResults = errors.New("braid: these results are of no client")

// operationCall returns the call of an operation with options, a []Option.
func (b *builder) operationCall(name string, options any, site uintptr, bytes int64) (uint32, error) {
	f, opts := operations[name], options.([]Option)
	if f == nil {
		return 0, fmt.Errorf("braid: no package has registered operation %q", name)
	}
	asked, with := &call{f: f, site: site}, *plain.and(opts)
	switch {
	case with.memo != nil:
		return 0, b.wrong(asked, errors.New("Memo: results of functions of blocks are not kept; Persist keeps an array"))
	case with.traits.Lifetime != plain.traits.Lifetime:
		return 0, b.wrong(asked, errors.New("a function of blocks has no gangs or actors"))
	}
	if with.traits.Hints.Bytes == 0 {
		with.traits.Hints.Bytes = bytes
	}
	return b.optionedCall(asked, &with)
}

// optionedCall returns the call of a function for each chunk of an array.
func (b *builder) optionedCall(asked *call, with *settings) (uint32, error) {
	if with.key != "" {
		return 0, b.wrong(asked, fmt.Errorf("Key(%q): a key names one task, and there is one for each chunk", with.key))
	}
	if err := b.refuse(asked, with); err != nil {
		return 0, b.wrong(asked, err)
	}
	return b.g.Call(graph.Call{Op: b.opOf(asked.f, with), Traits: b.traitsOf(with), Site: b.g.Site(asked.site)}), nil
}

// arguments adds the calls that arguments take, and returns what they stand for. The marks in calls stay until unmark.
func (b *builder) arguments(of []any, site uintptr) ([]graph.Ref, error) {
	if !b.marked {
		marking.Lock()
		b.marked = true
	}
	b.site = site
	refs := make([]graph.Ref, len(of))
	for i, v := range of {
		a, ok := v.(argument)
		switch {
		case !ok:
			return nil, fmt.Errorf("braid: block number %d is a %T, which is no argument of calls", i, v)
		case missing(a):
			return nil, fmt.Errorf("braid: block number %d is nil", i)
		}
		if d := a.delayed(); d != nil && d.kept == nil {
			b.walk(d)
		}
		b.refs = b.refs[:0]
		if b.err == nil {
			a.input(b)
		}
		if b.err != nil {
			return nil, b.err
		}
		refs[i] = b.refs[0]
	}
	return refs, nil
}

// unmark lets other builders mark calls.
func (b *builder) unmark() {
	if b.marked {
		marking.Unlock()
		b.marked = false
	}
}

// withKeyed returns wanted tasks, and those of calls with keys, whose results are kept.
func (b *builder) withKeyed(wants []graph.Index) []graph.Index {
	if b.keys == nil {
		return wants
	}
	wants = slices.Clip(wants)
	for _, k := range b.keys.fresh {
		wants = append(wants, k.index)
	}
	return wants
}

// functionCall returns the call of a registered function with its options.
func (b *builder) functionCall(f any, site uintptr) (uint32, error) {
	r, ok := f.(interface{ registered() (*function, *settings) })
	if !ok {
		return 0, fmt.Errorf("braid: %T is no registered function: make one with braid.Func or braid.Func2", f)
	}
	fn, with := r.registered()
	if with == nil {
		with = plain
	}
	return b.optionedCall(&call{f: fn, site: site}, with)
}

// registered returns the function and its options.
func (f *Func1[A, R]) registered() (*function, *settings) { return f.f, f.with }

// registered returns the function and its options.
func (f *Fn2[A, B, R]) registered() (*function, *settings) { return f.f, f.with }
