package braid

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// builder turns delayed calls into one graph: every call once, in depth-first order, so that the order of tasks is a good
// order to run them in.
type builder struct {
	client   *Client // nil for a drawing
	g        *graph.Builder
	id       uint64 // marks the calls that are in this graph
	ops      numbering[function]
	traits   numbering[settings]
	refs     []graph.Ref
	stack    []frame // of the walk
	external map[place]graph.Ref
	inner    map[argument]graph.Index // lists inside lists, as tasks
	keys     *keys
	memo     map[*call]*exec.Encoded // results that are kept of calls that were looked up; nil where there is none
	room     atomic.Int64            // bytes of kept results that the client may still take
	site     uintptr                 // of the call whose arguments are being added
	marked   bool                    // this builder holds marking
	err      error
}

// place is a task of a run.
type place struct {
	run   *exec.Run
	index graph.Index
	list  bool
}

// marking guards the marks that builders leave in calls, and with them every walk over a graph of several calls. Two
// graphs may share calls, and a mark in the call is several times faster than a map over a million of them.
var marking sync.Mutex

var builds atomic.Uint64

// builders are reused: a small graph is built in less time than a builder is allocated in.
var builders = sync.Pool{New: func() any { return new(builder) }}

func newBuilder(c *Client) *builder {
	b := builders.Get().(*builder)
	b.client, b.g, b.id = c, graph.NewBuilder(), builds.Add(1)
	b.room.Store(mostKept)
	return b
}

// close gives up what the builder holds. It must not be used afterwards.
func (b *builder) close() {
	if b.keys != nil {
		b.client.keysMu.Unlock()
	}
	b.unmark()
	clear(b.refs)
	*b = builder{refs: b.refs[:0], stack: b.stack}
	builders.Put(b)
}

// add adds calls, and everything they take, to the graph. It returns where each of them is to be found: as a task of
// the graph, or, for a persisted or keyed result, in an earlier run.
func (b *builder) add(targets []*call) ([]place, error) {
	if len(targets) == 1 && targets[0].kept == nil && !hasDelayed(targets[0]) {
		return []place{b.alone(targets[0])}, b.err
	}
	marking.Lock()
	defer marking.Unlock()
	places := make([]place, len(targets))
	for k, d := range targets {
		if d.kept == nil {
			b.walk(d)
		} else if _, err := d.kept.usable(b.client); err != nil {
			b.fail(fmt.Errorf("braid: submit: a persisted value: %w", err))
		}
		if b.err != nil {
			return nil, b.err
		}
		places[k] = b.placeOf(d)
	}
	return places, b.err
}

// alone adds a call that takes no other. It leaves no marks, since several goroutines may be submitting this call.
func (b *builder) alone(d *call) place {
	for n, a := range d.arguments() {
		if missing(a) {
			b.err = b.wrong(d, fmt.Errorf("argument %d is nil", n+1))
			return place{}
		}
	}
	if e := b.remembered(d); e != nil {
		return b.rememberedPlace(d, e)
	}
	i := b.append(d)
	if p, ok := b.foundKey(d); ok {
		return p
	}
	return place{index: i}
}

func hasDelayed(d *call) bool {
	for _, a := range d.arguments() {
		if !missing(a) && (a.delayed() != nil || len(a.members()) > 0) {
			return true
		}
	}
	return false
}

// frame is a call whose arguments are being looked at.
type frame struct {
	d     *call
	items []argument // of the list argument that is being looked at
	next  int        // argument to look at
	item  int        // item to look at
}

// maxStack bounds the stack that a builder keeps for the next graph.
const maxStack = 1 << 10

// walk adds d after everything it takes: post-order, with a stack of its own, since a chain may be a million long.
func (b *builder) walk(d *call) {
	if b.has(d) || b.needless(d) {
		return
	}
	stack := append(b.stack[:0], frame{d: d})
	b.stack = nil // a list inside a list has a walk of its own
	for len(stack) > 0 && b.err == nil {
		f := &stack[len(stack)-1]
		child := b.unmade(f)
		switch {
		case b.err != nil:
		case child == nil:
			if d := f.d; !b.has(d) {
				d.index = b.append(d)
				d.build = b.id
			}
			stack = stack[:len(stack)-1]
		case !b.needless(child):
			stack = append(stack, frame{d: child})
		}
	}
	if cap(stack) <= maxStack {
		clear(stack[:cap(stack)])
		b.stack = stack[:0]
	}
}

// needless reports whether the result of a call is there already, so that nothing it takes need be added.
func (b *builder) needless(d *call) bool { return b.heldKey(d) || b.remembered(d) != nil }

// unmade returns the next call that the call of a frame takes and that is not in the graph yet, or nil if there is none.
func (b *builder) unmade(f *frame) *call {
	for {
		var a argument
		inside := f.item < len(f.items)
		switch {
		case inside:
			a = f.items[f.item]
			f.item++
		case f.next < int(f.d.n):
			a = f.d.args[f.next]
			f.next++
			f.items, f.item = nil, 0
		default:
			return nil
		}
		if a != nil {
			if c := a.delayed(); c != nil {
				if c.build != b.id && c.kept == nil {
					return c
				}
				continue
			}
		}
		switch {
		case missing(a) && inside:
			b.err = b.wrong(f.d, fmt.Errorf("argument %d has a nil member", f.next))
			return nil
		case missing(a):
			b.err = b.wrong(f.d, fmt.Errorf("argument %d is nil", f.next))
			return nil
		case !inside:
			f.items = a.members()
		case isList(a):
			if _, ok := b.inner[a]; !ok {
				b.innerList(a, f.d.site)
			}
			if b.err != nil {
				return nil
			}
		}
	}
}

func isList(a argument) bool {
	_, ok := a.(interface{ isList() })
	return ok
}

func (b *builder) has(d *call) bool { return d.build == b.id }

// append writes a call down whose arguments are all there, and returns its number.
func (b *builder) append(d *call) graph.Index {
	s := d.with
	if s == nil {
		s = plain
	}
	if err := b.refuse(d, s); err != nil {
		b.err = b.wrong(d, err)
		return 0
	}
	if s.key != "" && b.client != nil && b.knownKey(d, s.key) {
		return 0
	}
	b.refs = b.refs[:0]
	b.site = d.site
	for _, a := range d.arguments() {
		a.input(b)
	}
	if b.err != nil {
		b.err = b.wrong(d, b.err)
		return 0
	}
	number := b.g.Call(graph.Call{Op: b.opOf(d.f, s), Traits: b.traitsOf(s), Site: b.g.Site(d.site)})
	i := b.g.Add(number, b.refs...)
	if s.key != "" {
		b.g.Key(i, s.key)
	}
	if s.key != "" && b.client != nil {
		b.keys.fresh[len(b.keys.fresh)-1].index = i
	}
	return i
}

// refuse returns why a call cannot run on this client.
func (b *builder) refuse(d *call, s *settings) error {
	switch {
	case d.f == nil:
		return fmt.Errorf("the call is the zero value: make calls with the Call method of a registered function")
	case s.err != nil:
		return s.err
	case b.client == nil: // a drawing may hold what no client would run
	case s.traits.Worker != "" && b.client.cluster == nil:
		return fmt.Errorf("%w: Worker(%q) pins the call to a worker", ErrNeedsProcesses, s.traits.Worker)
	case b.client.cluster == nil && b.client.x.Lacks(s.traits.Needs) != nil:
		return b.client.x.Lacks(s.traits.Needs)
	case s.traits.Isolated && !program.serves.Load():
		return fmt.Errorf("Isolated asks for a process of its own for each call: %w", ErrNoMain)
	case (s.traits.Isolated || b.client.cluster != nil) && d.f.border != nil && d.f.border() != nil:
		return d.f.border()
	case d.f.present != nil && (b.client.cluster == nil || b.client.cluster.processes != nil) && d.f.present() != nil: // workers elsewhere may have it
		return d.f.present()
	}
	if s.memo != nil {
		return s.memo.refuse(d.f, s)
	}
	return nil
}

// wrong adds the call and the user's line to an error about it.
func (b *builder) wrong(d *call, err error) error {
	name := "call"
	if d.f != nil {
		name = strings.TrimPrefix(d.f.name, "go/")
	}
	if at := (graph.Site{PC: d.site}).String(); at != "" {
		name += " (" + at + ")"
	}
	return fmt.Errorf("braid: %s: %w", name, err)
}

// opOf returns the op of a call with options.
func (b *builder) opOf(f *function, s *settings) uint32 {
	switch {
	case s.memo != nil && s.memo.ready() == nil: // a drawing may hold what no client would run
		f = s.memo.around(f, s.traits.Isolated)
	case s.traits.Isolated:
		f = f.alone()
	case s.traits.Lifetime == graph.LifetimeGang:
		f = f.ganged()
	}
	return b.op(f)
}

func (b *builder) op(f *function) uint32 {
	return b.ops.of(f, func(f *function) uint32 {
		return b.g.Op(graph.Op{Name: f.name, Signature: f.signature, Impl: f.op})
	})
}

func (b *builder) traitsOf(s *settings) uint32 {
	return b.traits.of(s, func(s *settings) uint32 { return b.g.Traits(s.traits) })
}

// The following are called by arguments, with what they stand for.

func (b *builder) literal(v any) {
	if b.client != nil {
		b.client.large.note(b.client, v, b.site)
	}
	b.refs = append(b.refs, b.g.Literal(v))
}

func (b *builder) ref(d *call) {
	if d.kept != nil {
		d.kept.input(b)
		return
	}
	if p, ok := b.foundKey(d); ok {
		b.earlier(p, 0)
		return
	}
	if e := b.memo[d]; e != nil {
		b.refs = append(b.refs, b.g.Literal(e))
		return
	}
	b.refs = append(b.refs, graph.OutputRef(d.index, 0))
}

func (b *builder) list(items []argument) {
	b.refs = append(b.refs, graph.ListRef(uint32(len(items))))
	for _, a := range items {
		if d := a.delayed(); d != nil {
			b.ref(d)
			continue
		}
		if isList(a) {
			b.refs = append(b.refs, graph.OutputRef(b.inner[a], 0))
			continue
		}
		a.input(b)
	}
}

// innerList makes a task of its own of a list that is a member of another, since a graph knows lists of one level only.
func (b *builder) innerList(l argument, site uintptr) {
	for _, m := range l.members() {
		switch {
		case missing(m):
			b.fail(fmt.Errorf("braid: a list inside a list has a nil member"))
		case isList(m):
			b.innerList(m, site)
		case m.delayed() != nil && m.delayed().kept == nil:
			b.walk(m.delayed())
		}
		if b.err != nil {
			return
		}
	}
	b.refs, b.site = b.refs[:0], site
	b.list(l.members())
	number := b.g.Call(graph.Call{Op: b.op(passOn), Traits: b.traitsOf(plain), Site: b.g.Site(site)})
	if b.inner == nil {
		b.inner = make(map[argument]graph.Index)
	}
	b.inner[l] = b.g.Add(number, b.refs...)
}

// usable returns where the result is that a handle stands for, if client c can take it.
func (h *handle) usable(c *Client) (place, error) {
	switch {
	case h.err != nil:
		return place{}, fmt.Errorf("it was never submitted: %w", h.err)
	case c != nil && h.c != c:
		return place{}, fmt.Errorf("it belongs to another client: get its value, or scatter it to this client")
	}
	return h.place, nil
}

// future adds a result of an earlier submission; n is the length of a list.
func (b *builder) future(h *handle, n int) {
	p, err := h.usable(b.client)
	if err != nil {
		b.fail(fmt.Errorf("an argument is a future: %w", err))
		return
	}
	b.earlier(p, n)
}

func (b *builder) earlier(p place, n int) {
	r, ok := b.external[p]
	if v, here := b.client.here(p); !ok && here {
		v, err := literalOf(v)
		if err != nil {
			b.fail(err)
		}
		r, ok = b.g.Literal(v), true
		b.note(p, r)
	}
	if !ok {
		r = b.g.External(graph.External{
			Submission: p.run.Submission(), Task: p.index, List: p.list, Count: uint32(n), Live: p.run,
		})
		b.note(p, r)
	}
	b.refs = append(b.refs, r)
}

// note remembers how the graph refers to an earlier result.
func (b *builder) note(p place, r graph.Ref) {
	if b.external == nil {
		b.external = make(map[place]graph.Ref, 1)
	}
	b.external[p] = r
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// placeOf says where the result of a target will be.
func (b *builder) placeOf(d *call) place {
	if d.kept != nil {
		return d.kept.place
	}
	if p, ok := b.foundKey(d); ok {
		return p
	}
	if e := b.memo[d]; e != nil {
		return b.rememberedPlace(d, e)
	}
	return place{index: d.index}
}

// submit submits what was added and returns the run, or nil if everything is there already; only the results of targets
// and of keyed calls are kept.
func (b *builder) submit(places []place) (*exec.Run, error) {
	if b.g.Len() == 0 {
		return nil, nil
	}
	b.g.Number(b.client.number, b.client.submissions.Add(1))
	g, err := b.g.Build()
	if err != nil {
		return nil, err
	}
	if g.Len() == 1 {
		return b.launch(g, exec.Want{All: true})
	}
	wants := make([]graph.Index, 0, len(places))
	for _, p := range places {
		if p.run == nil {
			wants = append(wants, p.index)
		}
	}
	wants = b.withKeyed(wants)
	slices.Sort(wants)
	return b.launch(g, exec.Want{Tasks: slices.Compact(wants)})
}

func (b *builder) launch(g *graph.Graph, want exec.Want) (*exec.Run, error) {
	r, err := b.client.launch(g, want)
	if err == nil && b.keys != nil {
		b.keys.enter(b.client, r)
	}
	return r, err
}
