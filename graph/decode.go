package graph

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Decode reads a graph from bytes that Encode wrote, checks all of it, and returns it. Literals refer to data, which
// must not be changed afterwards.
//
// Nothing is believed: bytes cut short, damaged or left over, versions and features this package does not know, and a
// graph that Validate refuses are errors that say where. Bytes that Encode would not write for the graph they describe
// are refused as well, so that equal graphs are equal bytes. All that is allocated is at most two hundred times the
// length of data, whatever data says.
func Decode(data []byte) (*Graph, error) {
	g, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("graph: decode: %w", err)
	}
	return g, nil
}

func decode(data []byte) (*Graph, error) {
	features, err := checkFrame(data)
	if err != nil {
		return nil, err
	}
	d := decoder{data: data[:len(data)-footerSize], pos: headerSize, g: &Graph{}}
	for n, read := range []func() error{
		d.head, d.ops, d.traits, d.sites, d.calls, d.programs, d.externals, d.literals, d.layers, d.keys,
	} {
		if err := d.section(sectionNames[n], read); err != nil {
			return nil, err
		}
	}
	if d.pos != len(d.data) {
		return nil, fmt.Errorf("%d bytes are left behind the last section", len(d.data)-d.pos)
	}
	if want := d.g.features(); features != want {
		return nil, fmt.Errorf("feature bits %#x, but the content has %#x", features, want)
	}
	if err := d.g.Validate(); err != nil {
		return nil, err
	}
	return d.g, nil
}

// checkFrame checks everything around the sections and returns the feature bits. What says that the bytes are of
// another kind or time comes before what says that they are damaged.
func checkFrame(data []byte) (features uint32, err error) {
	if len(data) < headerSize+footerSize {
		return 0, fmt.Errorf("%d bytes are too few for a graph", len(data))
	}
	if string(data[:len(magic)]) != magic {
		return 0, fmt.Errorf("the bytes begin with %q and not with %q: not a graph", data[:len(magic)], magic)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != Version {
		return 0, fmt.Errorf("version %d, and this program reads version %d: use the same release on both sides", v, Version)
	}
	features = binary.LittleEndian.Uint32(data[12:])
	if unknown := features &^ knownFeatures; unknown != 0 {
		return 0, fmt.Errorf("unknown feature bits %#x of %#x, and this program knows %#x: use the same release on both sides",
			unknown, features, knownFeatures)
	}
	switch n := binary.LittleEndian.Uint64(data[16:]); {
	case n > uint64(len(data)):
		return 0, fmt.Errorf("cut short: %d of %d bytes", len(data), n)
	case n < uint64(len(data)):
		return 0, fmt.Errorf("%d trailing bytes behind a graph of %d", uint64(len(data))-n, n)
	}
	body := data[:len(data)-footerSize]
	want, got := binary.LittleEndian.Uint32(data[len(body):]), crc32.Checksum(body, castagnoli)
	if want != got {
		return 0, fmt.Errorf("damaged: checksum %#08x, and the bytes have %#08x", want, got)
	}
	return features, nil
}

// decoder reads data from pos on. Reading past the end of the section gives zeros and sets short, which section
// reports; nothing is allocated before its bytes are known to be there.
type decoder struct {
	data  []byte
	pos   int
	end   int // of the section
	short bool
	g     *Graph
}

var errShort = errors.New("it is shorter than its content says")

// section reads one section, which must have the name and be used up exactly.
func (d *decoder) section(name string, read func() error) error {
	start := d.pos
	fail := func(err error) error { return fmt.Errorf("section %s at byte %d: %w", name, start, err) }
	d.end = len(d.data)
	if got := d.take(4); string(got) != name {
		return fail(fmt.Errorf("found %q in its place", got))
	}
	n := d.u64()
	if n > uint64(d.end-d.pos) || d.short {
		return fail(fmt.Errorf("it claims %d bytes, and %d are left", n, d.end-d.pos))
	}
	d.end = d.pos + int(n)
	if err := read(); err != nil {
		return fail(err)
	}
	if d.short {
		return fail(errShort)
	}
	if d.pos != d.end {
		return fail(fmt.Errorf("%d bytes are left over", d.end-d.pos))
	}
	return nil
}

// take returns the next n bytes, or nothing.
func (d *decoder) take(n int) []byte {
	if d.short || n > d.end-d.pos {
		d.short = true
		return nil
	}
	d.pos += n
	return d.data[d.pos-n : d.pos : d.pos]
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// many reads a count of things of at least size bytes each, none if they cannot be there.
func (d *decoder) many(size int) int {
	n := d.u32()
	if uint64(n)*uint64(size) > uint64(d.end-d.pos) {
		d.short = true
		return 0
	}
	return int(n)
}

// column reads n numbers.
func (d *decoder) column(n int) []uint32 {
	b := d.take(4 * n)
	if b == nil {
		return nil
	}
	vs := make([]uint32, n)
	for k := range vs {
		vs[k] = binary.LittleEndian.Uint32(b[4*k:])
	}
	return vs
}

func (d *decoder) head() error {
	d.g.Client, d.g.Job, d.g.Submission = d.u64(), d.u64(), d.u64()
	return nil
}

func (d *decoder) ops() (err error) {
	d.g.ops, err = readTable(d, formOfOp)
	return err
}

func (d *decoder) traits() (err error) {
	d.g.traits, err = readTable(d, formOfTraits)
	return err
}

func (d *decoder) sites() (err error) {
	d.g.sites, err = readTable(d, formOfSite)
	return err
}

func (d *decoder) programs() (err error) {
	d.g.programs, err = readTable(d, formOfProgram)
	return err
}

func (d *decoder) calls() error {
	d.g.calls = make([]Call, d.many(16))
	for k := range d.g.calls {
		d.g.calls[k] = Call{Op: d.u32(), Traits: d.u32(), Site: d.u32(), Program: d.u32()}
	}
	return nil
}

func (d *decoder) externals() error {
	n := d.many(18)
	if n > maxRefTable+1 {
		return fmt.Errorf("%d externals: at most %d", n, maxRefTable+1)
	}
	d.g.externals = make([]External, n)
	for k := range d.g.externals {
		x := External{Submission: d.u64(), Task: Index(d.u32())}
		if b := d.take(2); b != nil {
			x.Output = binary.LittleEndian.Uint16(b)
		}
		if members := d.u32(); members > 0 {
			x.List, x.Count = true, members-1
		}
		d.g.externals[k] = x
	}
	return nil
}

func (d *decoder) literals() error {
	n := d.many(5)
	if n > maxRefTable+1 {
		return fmt.Errorf("%d literals: at most %d", n, maxRefTable+1)
	}
	columns := d.take(n)
	counts := d.column(n)
	total := uint64(0)
	for _, c := range counts {
		total += uint64(c)
	}
	if d.short || 4*total > uint64(d.end-d.pos) {
		return errShort
	}
	lengths := d.column(int(total))
	items := make([][]byte, total)
	for k, length := range lengths {
		items[k] = d.take(int(length))
	}
	encoded := make([]Encoded, n)
	d.g.literals.reserve(int(n))
	for k := range encoded {
		if columns[k] > 1 {
			return fmt.Errorf("literal %d is of unknown kind %d", k, columns[k])
		}
		encoded[k] = Encoded{Column: columns[k] == 1, Items: items[:counts[k]:counts[k]]}
		items = items[counts[k]:]
		d.g.literals.append(Literal{Encoded: &encoded[k]})
	}
	return nil
}

func (d *decoder) layers() error {
	for range d.many(8) {
		l := layer{first: Index(d.g.tasks)}
		var err error
		switch kind := d.u32(); kind {
		case layerExplicit:
			err = d.explicit(&l)
		case layerAffine:
			err = d.affine(&l)
		default:
			err = fmt.Errorf("unknown kind %d", kind)
		}
		if err == nil && uint64(d.g.tasks)+uint64(l.count) > MaxTasks {
			err = fmt.Errorf("%d tasks more, and a graph has at most %d", l.count, uint32(MaxTasks))
		}
		if d.short {
			return errShort
		}
		if err != nil {
			return fmt.Errorf("layer at task %d: %w", l.first, err)
		}
		d.g.tasks += l.count
		d.g.layers = append(d.g.layers, l)
	}
	return nil
}

func (d *decoder) explicit(l *layer) error {
	l.count = d.u32()
	if l.count == 0 {
		return errors.New("it has no tasks")
	}
	if n := len(d.g.layers); n > 0 && d.g.layers[n-1].aff == nil {
		return errors.New("two explicit layers in a row are one")
	}
	for left := int(l.count); left > 0 && !d.short; left -= pageTasks {
		refs := d.many(8)
		n := min(left, pageTasks)
		p := &page{calls: d.column(n), ends: d.column(n)}
		b := d.take(8 * refs)
		if d.short {
			return errShort
		}
		last := uint32(0)
		for k, end := range p.ends {
			if end < last {
				return fmt.Errorf("task %d has fewer than no references", int(l.first)+len(l.pages)*pageTasks+k)
			}
			last = end
		}
		if int(last) != refs {
			return fmt.Errorf("a page of %d references says it has %d", last, refs)
		}
		p.refs = make([]Ref, refs)
		for k := range p.refs {
			p.refs[k] = Ref(binary.LittleEndian.Uint64(b[8*k:]))
		}
		l.pages = append(l.pages, p)
	}
	return nil
}

func (d *decoder) affine(l *layer) error {
	a := &Affine{Call: d.u32()}
	a.Space = d.column(d.many(4))
	for range d.many(20) {
		arg := AffineArg{Ref: Ref(d.u64()), Map: IndexMap{Offset: int64(d.u64())}}
		for range d.many(8) {
			arg.Map.Coef = append(arg.Map.Coef, int64(d.u64()))
		}
		a.Args = append(a.Args, arg)
	}
	n := a.count()
	if n > MaxTasks {
		return fmt.Errorf("a space of %v is more than %d tasks", a.Space, uint32(MaxTasks))
	}
	l.aff, l.count = a, uint32(n)
	return nil
}

func (d *decoder) keys() error {
	n := d.many(8)
	heads := d.column(2 * n)
	if d.short || n == 0 {
		return nil
	}
	d.g.keys = make(map[Index]string, n)
	last := int64(-1)
	for k := range n {
		task, length := heads[2*k], heads[2*k+1]
		if int64(task) <= last {
			return fmt.Errorf("the key of task %d stands behind that of task %d", task, last)
		}
		if length == 0 || length > MaxEncodedKey {
			return fmt.Errorf("a key of %d bytes for task %d: 1 to %d are allowed", length, task, MaxEncodedKey)
		}
		last = int64(task)
		d.g.keys[Index(task)] = string(d.take(int(length)))
	}
	return nil
}
