package graph

import (
	"fmt"
	"sort"
)

// Graph is one submission of tasks: immutable once built, safe for concurrent use.
type Graph struct {
	// Client and Job say on whose behalf the tasks run; they are carried, not interpreted.
	Client, Job uint64
	// Submission numbers the client's submissions; (Client, Submission, Index) identifies a task without a key.
	Submission uint64

	ops       []Op
	traits    []Traits
	sites     []Site
	calls     []Call
	programs  []Program
	literals  column[Literal]
	externals []External
	layers    []layer
	tasks     uint32
	keys      map[Index]string
}

// Len returns the number of tasks.
func (g *Graph) Len() int { return int(g.tasks) }

// Ops returns the table of ops. The caller must not change it; the same holds for the other tables.
func (g *Graph) Ops() []Op { return g.ops }

// Traits returns the table of traits.
func (g *Graph) Traits() []Traits { return g.traits }

// Sites returns the table of sites.
func (g *Graph) Sites() []Site { return g.sites }

// Calls returns the table of calls.
func (g *Graph) Calls() []Call { return g.calls }

// Programs returns the table of programs.
func (g *Graph) Programs() []Program { return g.programs }

// Externals returns the table of externals.
func (g *Graph) Externals() []External { return g.externals }

// Literals returns the number of literals.
func (g *Graph) Literals() int { return g.literals.len() }

// Literal returns literal number n.
func (g *Graph) Literal(n uint32) Literal { return g.literals.at(n) }

// Key returns the explicit key of a task, or nothing.
func (g *Graph) Key(i Index) string { return g.keys[i] }

// Keys returns the explicit keys by task. The caller must not change the map.
func (g *Graph) Keys() map[Index]string { return g.keys }

// Task returns the call and the references of task i. The references live in the graph or in buf and must not be
// changed. A caller that reads many tasks passes the same buffer again, and never what Task returned: that may be the
// graph's own memory, which the next call would write over.
func (g *Graph) Task(i Index, buf []Ref) (call uint32, args []Ref) {
	l := &g.layers[0]
	if len(g.layers) > 1 {
		l = g.layerOf(i)
	}
	k := uint32(i - l.first)
	if l.aff != nil {
		return l.aff.Call, l.aff.args(k, buf)
	}
	p := l.pages[k/pageTasks]
	k %= pageTasks
	return p.calls[k], p.args(k)
}

// CallOf returns the call of task i: an index into Calls.
func (g *Graph) CallOf(i Index) uint32 {
	l := g.layerOf(i)
	if l.aff != nil {
		return l.aff.Call
	}
	k := uint32(i - l.first)
	return l.pages[k/pageTasks].calls[k%pageTasks]
}

func (g *Graph) layerOf(i Index) *layer {
	n := sort.Search(len(g.layers), func(n int) bool { return g.layers[n].first > i })
	return &g.layers[n-1]
}

// Independent reports whether no task of the graph takes an output of another, as in a map over items. It looks at
// layers of parameters only; a graph with an explicit layer counts as dependent if any of its pages has an output
// reference.
func (g *Graph) Independent() bool {
	for _, l := range g.layers {
		if l.aff != nil {
			for _, a := range l.aff.Args {
				if a.Ref.Kind() == RefOutput {
					return false
				}
			}
		}
		for _, p := range l.pages {
			for _, r := range p.refs {
				if r.Kind() == RefOutput {
					return false
				}
			}
		}
	}
	return true
}

// OpOf returns the op of task i.
func (g *Graph) OpOf(i Index) Op { return g.ops[g.calls[g.CallOf(i)].Op] }

// SiteOf returns the user's line that wrote task i down.
func (g *Graph) SiteOf(i Index) Site { return g.sites[g.calls[g.CallOf(i)].Site] }

// Name returns what people are shown for task i: its key where it has one, otherwise its op's name and its number,
// for example "square#7".
func (g *Graph) Name(i Index) string {
	if k := g.keys[i]; k != "" {
		return k
	}
	return fmt.Sprintf("%s#%d", g.CallName(g.CallOf(i)), i)
}

// CallName returns the name of a call's op without the namespace of plain Go functions; the steps of a program are
// joined by an arrow.
func (g *Graph) CallName(call uint32) string {
	c := g.calls[call]
	if c.Program == 0 {
		return g.ops[c.Op].ShortName()
	}
	name := ""
	for n, s := range g.programs[c.Program-1].Steps {
		if n > 0 {
			name += "→"
		}
		name += g.ops[g.calls[s.Call].Op].ShortName()
	}
	return name
}

// ShortName returns the op's name without the namespace "go/" of plain Go functions.
func (o Op) ShortName() string {
	if len(o.Name) > 3 && o.Name[:3] == "go/" {
		return o.Name[3:]
	}
	return o.Name
}

// Bytes returns an estimate of the memory the graph occupies, literals' own values and names excluded.
func (g *Graph) Bytes() int64 {
	n := 264 + 96*len(g.ops) + 176*len(g.traits) + 40*len(g.sites) + 16*len(g.calls) + 32*len(g.externals) +
		24*g.literals.len() + 48*len(g.keys) + 48*len(g.layers)
	for _, p := range g.programs {
		for _, s := range p.Steps {
			n += 32 + 4*len(s.Inputs)
		}
	}
	for _, l := range g.layers {
		for _, p := range l.pages {
			n += 80 + 4*cap(p.calls) + 4*cap(p.ends) + 8*cap(p.refs)
		}
		if l.aff != nil {
			n += 64 + 4*len(l.aff.Space) + (48+8*len(l.aff.Space))*len(l.aff.Args)
		}
	}
	return int64(n)
}

// column is a growing table in pages, so that appending never copies more than one page.
type column[T any] struct {
	first []T // the first page, which grows
	rest  [][]T
	n     int
}

const columnPage = 1 << 12

func (c *column[T]) len() int { return c.n }

func (c *column[T]) at(i uint32) T {
	if i < columnPage {
		return c.first[i]
	}
	return c.rest[i/columnPage-1][i%columnPage]
}

// reserve makes room for so many values more, unless there are some.
func (c *column[T]) reserve(n int) {
	if c.n == 0 {
		c.first = make([]T, 0, min(n, columnPage))
	}
}

func (c *column[T]) append(v T) {
	c.n++
	if c.n <= columnPage {
		c.first = append(c.first, v)
		return
	}
	last := (c.n-1)/columnPage - 1
	if last == len(c.rest) {
		c.rest = append(c.rest, make([]T, 0, columnPage))
	}
	c.rest[last] = append(c.rest[last], v)
}
