package graph

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
)

// Version is the version of the binary form that Encode writes and Decode reads, as described in
// docs/format/graph.md.
const Version = 1

// The limits of the binary form. Encode refuses what is above them.
const (
	MaxEncodedItem = 1<<32 - 1 // bytes of one literal or one item of a column, and items of a column
	MaxEncodedKey  = 1 << 16   // bytes of one key
)

const (
	magic      = "braid\x00g\n"
	headerSize = 24
	footerSize = 4
)

// The feature bits: what a reader must understand beyond explicit layers of plain calls.
const (
	featureAffine uint32 = 1 << iota
	featurePrograms
	featureExternals
	knownFeatures = featureAffine | featurePrograms | featureExternals
)

// The kinds of layer.
const (
	layerExplicit = 1
	layerAffine   = 2
)

// sectionNames are the sections of the binary form in their order.
var sectionNames = [...]string{"HEAD", "OPS ", "TRTS", "SITE", "CALL", "PROG", "EXTN", "LITS", "LAYR", "KEYS"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// EncodeOptions say how a graph becomes bytes.
type EncodeOptions struct {
	// Literal turns a live literal into bytes: the codec of whoever holds the graph. It is called once for each literal
	// that has no Encoded, in the order of the table. Without it, such a literal is an error.
	Literal func(Literal) (*Encoded, error)
}

// Encode returns the graph as bytes: all of it but the live parts of ops, literals and externals. Sites travel as file
// and line. The same graph gives the same bytes.
func Encode(g *Graph, o EncodeOptions) ([]byte, error) {
	literals, err := g.encodedLiterals(o)
	if err != nil {
		return nil, err
	}
	e := encoder{g: g, buf: make([]byte, 0, g.encodedSize(literals))}
	e.header()
	for _, write := range []func() error{
		e.head,
		func() error { return appendTable(&e, g.ops, formOfOp) },
		func() error { return appendTable(&e, g.traits, formOfTraits) },
		func() error { return appendTable(&e, g.sites, formOfSite) },
		e.calls,
		func() error { return appendTable(&e, g.programs, formOfProgram) },
		e.externals,
		func() error { return e.literals(literals) },
		e.layers,
		e.keys,
	} {
		if err := e.section(write); err != nil {
			return nil, fmt.Errorf("graph: encode: %w", err)
		}
	}
	binary.LittleEndian.PutUint64(e.buf[16:], uint64(len(e.buf)+footerSize))
	return binary.LittleEndian.AppendUint32(e.buf, crc32.Checksum(e.buf, castagnoli)), nil
}

// encodedLiterals returns every literal as bytes.
func (g *Graph) encodedLiterals(o EncodeOptions) ([]*Encoded, error) {
	all := make([]*Encoded, g.literals.len())
	for n := range all {
		l := g.literals.at(uint32(n))
		if l.Encoded != nil {
			all[n] = l.Encoded
			continue
		}
		if o.Literal == nil {
			return nil, fmt.Errorf("graph: encode: %s has a live literal (%T): encode it first, or give EncodeOptions.Literal",
				g.literalUser(uint32(n)), l.Live)
		}
		var err error
		if all[n], err = o.Literal(l); err != nil {
			return nil, fmt.Errorf("graph: encode: literal (%T) of %s: %w", l.Live, g.literalUser(uint32(n)), err)
		}
		if all[n] == nil || !all[n].Column && len(all[n].Items) != 1 || len(all[n].Items) != l.Len() {
			return nil, fmt.Errorf("graph: encode: literal (%T) of %s: its codec returned another number of items",
				l.Live, g.literalUser(uint32(n)))
		}
	}
	return all, nil
}

// literalUser names the first task that takes a literal, for errors.
func (g *Graph) literalUser(n uint32) string {
	takes := func(r Ref) bool { return (r.Kind() == RefLiteral || r.Kind() == RefItem) && r.Table() == n }
	for _, l := range g.layers {
		if l.aff != nil {
			for _, arg := range l.aff.Args {
				if takes(arg.Ref) && l.count > 0 {
					return fmt.Sprintf("task %d (%s)", l.first, g.describe(l.aff.Call))
				}
			}
		}
		for i, t := range l.all() {
			if slices.ContainsFunc(t.args, takes) {
				return fmt.Sprintf("task %d (%s)", i, g.describe(t.call))
			}
		}
	}
	return fmt.Sprintf("literal %d, which no task takes,", n)
}

// features returns the bits of what a reader of the graph must understand.
func (g *Graph) features() (bits uint32) {
	if len(g.programs) > 0 {
		bits |= featurePrograms
	}
	if len(g.externals) > 0 {
		bits |= featureExternals
	}
	if slices.ContainsFunc(g.layers, func(l layer) bool { return l.aff != nil }) {
		bits |= featureAffine
	}
	return bits
}

// encodedSize is about the size of the graph as bytes, exact for what grows with the tasks.
func (g *Graph) encodedSize(literals []*Encoded) int {
	n := headerSize + 12*len(sectionNames) + footerSize + 64*len(g.ops) + 64*len(g.sites) + 16*len(g.traits)
	n += 16*len(g.calls) + 18*len(g.externals) + 9*len(literals) + 64*len(g.keys)
	for _, e := range literals {
		for _, item := range e.Items {
			n += 4 + len(item)
		}
	}
	for _, l := range g.layers {
		n += 8
		for _, p := range l.pages {
			n += 4 + 8*len(p.calls) + 8*len(p.refs)
		}
	}
	return n
}

// encoder appends the parts of a graph to buf.
type encoder struct {
	g        *Graph
	buf      []byte
	sections int
}

func (e *encoder) u32(v uint32) { e.buf = binary.LittleEndian.AppendUint32(e.buf, v) }
func (e *encoder) u64(v uint64) { e.buf = binary.LittleEndian.AppendUint64(e.buf, v) }

func (e *encoder) column(vs []uint32) {
	for _, v := range vs {
		e.u32(v)
	}
}

func (e *encoder) header() {
	e.buf = append(e.buf, magic...)
	e.u32(Version)
	e.u32(e.g.features())
	e.u64(0) // the length, once it is known
}

// section writes the next section with its name and length.
func (e *encoder) section(write func() error) error {
	e.buf = append(e.buf, sectionNames[e.sections]...)
	e.sections++
	e.u64(0)
	start := len(e.buf)
	if err := write(); err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(e.buf[start-8:], uint64(len(e.buf)-start))
	return nil
}

func (e *encoder) head() error {
	e.u64(e.g.Client)
	e.u64(e.g.Job)
	e.u64(e.g.Submission)
	return nil
}

func (e *encoder) calls() error {
	e.u32(uint32(len(e.g.calls)))
	for _, c := range e.g.calls {
		e.column([]uint32{c.Op, c.Traits, c.Site, c.Program})
	}
	return nil
}

func (e *encoder) externals() error {
	e.u32(uint32(len(e.g.externals)))
	for _, x := range e.g.externals {
		e.u64(x.Submission)
		e.u32(uint32(x.Task))
		e.buf = binary.LittleEndian.AppendUint16(e.buf, x.Output)
		members := uint32(0)
		if x.List {
			members = x.Count + 1
		}
		e.u32(members)
	}
	return nil
}

func (e *encoder) literals(all []*Encoded) error {
	e.u32(uint32(len(all)))
	for _, l := range all {
		column := byte(0)
		if l.Column {
			column = 1
		}
		e.buf = append(e.buf, column)
	}
	for n, l := range all {
		if uint64(len(l.Items)) > MaxEncodedItem {
			return fmt.Errorf("literal of %s has %d items: at most %d travel", e.g.literalUser(uint32(n)), len(l.Items), uint32(MaxEncodedItem))
		}
		e.u32(uint32(len(l.Items)))
	}
	for n, l := range all {
		for _, item := range l.Items {
			if uint64(len(item)) > MaxEncodedItem {
				return fmt.Errorf("literal of %s has %d bytes: at most %d travel: pass a file name and read inside the task",
					e.g.literalUser(uint32(n)), len(item), uint32(MaxEncodedItem))
			}
			e.u32(uint32(len(item)))
		}
	}
	for _, l := range all {
		for _, item := range l.Items {
			e.buf = append(e.buf, item...)
		}
	}
	return nil
}

func (e *encoder) layers() error {
	e.u32(uint32(len(e.g.layers)))
	for _, l := range e.g.layers {
		if l.aff != nil {
			e.affine(l.aff)
			continue
		}
		e.u32(layerExplicit)
		e.u32(l.count)
		for _, p := range l.pages {
			e.u32(uint32(len(p.refs)))
			e.column(p.calls)
			e.column(p.ends)
			for _, r := range p.refs {
				e.u64(uint64(r))
			}
		}
	}
	return nil
}

func (e *encoder) affine(a *Affine) {
	e.u32(layerAffine)
	e.u32(a.Call)
	e.u32(uint32(len(a.Space)))
	e.column(a.Space)
	e.u32(uint32(len(a.Args)))
	for _, arg := range a.Args {
		e.u64(uint64(arg.Ref))
		e.u64(uint64(arg.Map.Offset))
		e.u32(uint32(len(arg.Map.Coef)))
		for _, c := range arg.Map.Coef {
			e.u64(uint64(c))
		}
	}
}

func (e *encoder) keys() error {
	tasks := slices.Sorted(maps.Keys(e.g.keys))
	e.u32(uint32(len(tasks)))
	for _, i := range tasks {
		key := e.g.keys[i]
		if len(key) > MaxEncodedKey {
			return fmt.Errorf("task %d (%s) has a key of %d bytes: at most %d travel", i, e.g.describe(e.g.CallOf(i)), len(key), MaxEncodedKey)
		}
		e.u32(uint32(i))
		e.u32(uint32(len(key)))
	}
	for _, i := range tasks {
		e.buf = append(e.buf, e.g.keys[i]...)
	}
	return nil
}
