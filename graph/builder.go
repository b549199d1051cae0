package graph

import (
	"fmt"
	"math"
)

// Builder writes a graph down. Its methods may be called from one goroutine at a time. Mistakes (a forward reference,
// an index outside a table) are found by Build, which names the task.
type Builder struct {
	g        Graph
	callIDs  map[Call]uint32
	last     Call
	lastID   uint32
	hasLast  bool
	siteIDs  map[uintptr]uint32
	lastSite uint32
	err      error

	// first is room for the tables of a graph of one task, which is the most frequent: with it such a graph costs one
	// allocation instead of ten.
	first struct {
		op     [1]Op
		traits [1]Traits
		site   [1]Site
		call   [1]Call
		layer  [1]layer
		pages  [1]*page
		page   page
		calls  [1]uint32
		ends   [1]uint32
		refs   [4]Ref
	}
}

// NewBuilder returns a builder of an empty graph.
func NewBuilder() *Builder {
	b := new(Builder)
	f := &b.first
	b.g.ops, b.g.traits, b.g.sites, b.g.calls, b.g.layers = f.op[:0], f.traits[:0], f.site[:0], f.call[:0], f.layer[:0]
	return b
}

// Number says on which client's behalf the graph is submitted and which of its submissions it is.
func (b *Builder) Number(client, submission uint64) { b.g.Client, b.g.Submission = client, submission }

// Op adds an op to the table and returns its number. The builder does not look for equal ops.
func (b *Builder) Op(op Op) uint32 {
	if op.Outputs == 0 {
		op.Outputs = 1
	}
	b.g.ops = append(b.g.ops, op)
	return uint32(len(b.g.ops) - 1)
}

// Traits adds traits to the table and returns their number. The builder does not look for equal traits.
func (b *Builder) Traits(t Traits) uint32 {
	b.g.traits = append(b.g.traits, t)
	return uint32(len(b.g.traits) - 1)
}

// Site adds the source line at a program counter, once, and returns its number. The program counter 0 stands for an
// unknown line.
func (b *Builder) Site(pc uintptr) uint32 {
	if n := b.lastSite; int(n) < len(b.g.sites) && b.g.sites[n] == (Site{PC: pc}) {
		return n
	}
	for n := range min(len(b.g.sites), 4) { // most programs have few sites: look before hashing
		if b.g.sites[n] == (Site{PC: pc}) {
			b.lastSite = uint32(n)
			return uint32(n)
		}
	}
	if n, ok := b.siteIDs[pc]; ok {
		b.lastSite = n
		return n
	}
	n := b.AddSite(Site{PC: pc})
	if n >= 4 {
		if b.siteIDs == nil {
			b.siteIDs = make(map[uintptr]uint32)
		}
		b.siteIDs[pc] = n
	}
	b.lastSite = n
	return n
}

// AddSite adds a site as it is and returns its number.
func (b *Builder) AddSite(s Site) uint32 {
	b.g.sites = append(b.g.sites, s)
	return uint32(len(b.g.sites) - 1)
}

// Call returns the number of the call with these parts, adding it when it is new.
func (b *Builder) Call(c Call) uint32 {
	if b.hasLast && b.last == c {
		return b.lastID
	}
	id, ok := b.findCall(c)
	if !ok {
		b.g.calls = append(b.g.calls, c)
		id = uint32(len(b.g.calls) - 1)
		if id >= 4 {
			if b.callIDs == nil {
				b.callIDs = make(map[Call]uint32)
			}
			b.callIDs[c] = id
		}
	}
	b.last, b.lastID, b.hasLast = c, id, true
	return id
}

func (b *Builder) findCall(c Call) (uint32, bool) {
	for n := range min(len(b.g.calls), 4) { // a small graph never pays for the map
		if b.g.calls[n] == c {
			return uint32(n), true
		}
	}
	id, ok := b.callIDs[c]
	return id, ok
}

// Program adds a program and returns the number that belongs into [Call.Program].
func (b *Builder) Program(p Program) uint32 {
	b.g.programs = append(b.g.programs, p)
	return uint32(len(b.g.programs))
}

// Literal adds a live value and returns a reference to it.
func (b *Builder) Literal(v any) Ref { return b.AddLiteral(Literal{Live: v}) }

// AddLiteral adds a literal as it is and returns a reference to it.
func (b *Builder) AddLiteral(l Literal) Ref {
	n := b.g.literals.len()
	if n > maxRefTable {
		b.fail(fmt.Errorf("graph: more than %d literals in one graph: pass a column, or submit in parts", maxRefTable))
		return LiteralRef(0)
	}
	b.g.literals.append(l)
	return LiteralRef(uint32(n))
}

// External adds an output of an earlier submission and returns a reference to it.
func (b *Builder) External(e External) Ref {
	n := len(b.g.externals)
	if n > maxRefTable {
		b.fail(fmt.Errorf("graph: more than %d externals in one graph: submit in parts", maxRefTable))
		return ExternalRef(0)
	}
	b.g.externals = append(b.g.externals, e)
	return ExternalRef(uint32(n))
}

// Len returns the number of tasks written so far; the next task gets this index.
func (b *Builder) Len() int { return int(b.g.tasks) }

// Add writes one task down: a call and its references, which are copied.
func (b *Builder) Add(call uint32, args ...Ref) Index {
	if b.g.tasks >= MaxTasks {
		b.fail(fmt.Errorf("graph: more than %d tasks in one graph: submit in parts", MaxTasks))
		return 0
	}
	n := len(b.g.layers)
	if n == 0 || b.g.layers[n-1].aff != nil {
		b.g.layers = append(b.g.layers, layer{first: Index(b.g.tasks)})
		n++
	}
	l := &b.g.layers[n-1]
	k := l.count / pageTasks
	if int(k) == len(l.pages) {
		b.addPage(l, len(args))
	}
	p := l.pages[k]
	p.calls = append(p.calls, call)
	p.refs = append(p.refs, args...)
	if len(p.refs) > math.MaxUint32 {
		b.fail(fmt.Errorf("graph: more than %d references in %d tasks: gather in a tree", uint32(math.MaxUint32), pageTasks))
	}
	p.ends = append(p.ends, uint32(len(p.refs)))
	l.count++
	b.g.tasks++
	return Index(b.g.tasks - 1)
}

// addPage adds an empty page: small for the first of the graph, since most graphs are small, and of full size otherwise.
func (b *Builder) addPage(l *layer, args int) {
	f := &b.first
	switch {
	case len(l.pages) == 0 && f.page.calls == nil:
		f.page = page{calls: f.calls[:0], ends: f.ends[:0], refs: f.refs[:0]}
		l.pages = append(f.pages[:0], &f.page)
	case len(l.pages) == 0:
		l.pages = append(l.pages, &page{calls: make([]uint32, 0, 1), ends: make([]uint32, 0, 1), refs: make([]Ref, 0, args)})
	default:
		refs := len(l.pages[len(l.pages)-1].refs)
		l.pages = append(l.pages, &page{
			calls: make([]uint32, 0, pageTasks),
			ends:  make([]uint32, 0, pageTasks),
			refs:  make([]Ref, 0, refs+refs/16),
		})
	}
}

// Affine writes a whole layer down and returns the index of its first task.
func (b *Builder) Affine(a Affine) Index {
	n := a.count()
	if uint64(b.g.tasks)+n > MaxTasks {
		b.fail(fmt.Errorf("graph: a layer of %v tasks does not fit into one graph of at most %d", a.Space, MaxTasks))
		return 0
	}
	first := Index(b.g.tasks)
	b.g.layers = append(b.g.layers, layer{first: first, count: uint32(n), aff: &a})
	b.g.tasks += uint32(n)
	return first
}

// Key gives task i an explicit key, unique within the graph. The empty key is none.
func (b *Builder) Key(i Index, key string) {
	if key == "" {
		return
	}
	if b.g.keys == nil {
		b.g.keys = make(map[Index]string)
	}
	b.g.keys[i] = key
}

// Build checks the graph and returns it. The builder must not be used afterwards.
func (b *Builder) Build() (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	b.callIDs, b.siteIDs = nil, nil // the graph lies inside the builder and keeps it alive
	g := &b.g
	if err := g.Validate(); err != nil {
		return nil, err
	}
	return g, nil
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
