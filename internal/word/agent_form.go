package word

import (
	"errors"
	"math"
)

// The binary forms of what the scheduler and the agents say to each other.

func (a *Assign) encode(e *encoder) {
	if len(a.Ends) != len(a.Tasks) {
		e.fail("Ends has %d entries for %d tasks", len(a.Ends), len(a.Tasks))
		return
	}
	e.blockList(a.Tasks)
	last := uint32(0)
	for k, end := range a.Ends {
		if end < last {
			e.fail("Ends falls from %d to %d at task %d", last, end, k)
			return
		}
		last = end
	}
	if int(last) != len(a.Inputs) {
		e.fail("Ends names %d inputs of %d", last, len(a.Inputs))
		return
	}
	putColumn(e, len(a.Ends), func(k int) uint32 {
		if k == 0 {
			return a.Ends[0]
		}
		return a.Ends[k] - a.Ends[k-1]
	}, (*encoder).index)
	e.blocks(len(a.Inputs), func(k int) Block { return a.Inputs[k].Block })
	putColumn(e, len(a.Inputs), func(k int) Agent { return a.Inputs[k].Holder }, putAgent)
	switch {
	case a.AllWanted:
		e.number(wantedAll)
	case len(a.Wanted) == 0:
		e.number(wantedNone)
	default:
		e.number(wantedSome)
		e.count(len(a.Wanted))
		for _, k := range a.Wanted {
			e.index(k)
		}
	}
	e.bytes(a.Body)
}

// How an Assign says what is wanted.
const (
	wantedNone = iota
	wantedAll
	wantedSome
)

func (a *Assign) decode(d *decoder) {
	a.Tasks = d.blockList()
	a.Ends = alloc[uint32](len(a.Tasks))
	total := uint64(0)
	column(d, len(a.Ends), (*decoder).index, func(k int, n uint32) {
		if total += uint64(n); total > math.MaxUint32 {
			d.fail(errRange)
		}
		a.Ends[k] = uint32(total)
	})
	d.blocks(func(n int) {
		if uint64(n) != total {
			d.fail(errColumns)
		}
		a.Inputs = alloc[Input](n)
	}, func(k int, b Block) { a.Inputs[k].Block = b })
	column(d, len(a.Inputs), agent, func(k int, holder Agent) { a.Inputs[k].Holder = holder })
	switch d.number() {
	case wantedNone:
	case wantedAll:
		a.AllWanted = true
	case wantedSome:
		a.Wanted = alloc[uint32](d.many(1))
		for k := range a.Wanted {
			a.Wanted[k] = d.index()
			if k > 0 && a.Wanted[k] <= a.Wanted[k-1] || int64(a.Wanted[k]) >= int64(len(a.Tasks)) {
				d.fail(errWanted)
			}
		}
		if len(a.Wanted) == 0 {
			d.fail(errWanted)
		}
	default:
		d.fail(errWanted)
	}
	a.Body = d.bytes()
}

var errWanted = errors.New("what is wanted of an Assign is not in order")

func putAgent(e *encoder, a Agent) { e.index(uint32(a)) }
func agent(d *decoder) Agent       { return Agent(d.index()) }

func (b *Blocked) encode(e *encoder) { e.blockList(b.Tasks) }
func (b *Blocked) decode(d *decoder) { b.Tasks = d.blockList() }

func (r *Revoke) encode(e *encoder) { e.blockList(r.Tasks) }
func (r *Revoke) decode(d *decoder) { r.Tasks = d.blockList() }

func (c *Cancel) encode(e *encoder) { e.blockList(c.Tasks) }
func (c *Cancel) decode(d *decoder) { c.Tasks = d.blockList() }

func (f *Free) encode(e *encoder) { e.blockList(f.Blocks) }
func (f *Free) decode(d *decoder) { f.Blocks = d.blockList() }

func (r *Resolve) encode(e *encoder) { e.task(r.Task); e.attempt(r.Attempt); e.input(r.Input) }
func (r *Resolve) decode(d *decoder) { *r = Resolve{d.task(), d.attempt(), d.input()} }

func (j *Join) encode(e *encoder) {
	e.text(j.Name)
	e.index(j.Slots)
	e.number(uint64(j.Memory))
	e.count(len(j.Resources))
	for _, r := range j.Resources {
		e.text(r.Name)
		e.index(r.Amount)
	}
	e.text(j.Address)
	e.index(j.Pid)
	n := len(j.Blocks)
	e.blocks(n, func(k int) Block { return j.Blocks[k].Block })
	putColumn(e, n, func(k int) uint64 { return uint64(j.Blocks[k].Bytes) }, (*encoder).number)
	e.used(n, func(k int) []Block { return j.Blocks[k].Used })
}

func (j *Join) decode(d *decoder) {
	j.Name, j.Slots, j.Memory = d.text(), d.index(), int64(d.number())
	j.Resources = alloc[Resource](d.many(2))
	for k := range j.Resources {
		j.Resources[k] = Resource{d.text(), d.index()}
	}
	j.Address, j.Pid = d.text(), d.index()
	d.blocks(func(n int) { j.Blocks = alloc[Held](n) }, func(k int, b Block) { j.Blocks[k].Block = b })
	column(d, len(j.Blocks), (*decoder).number, func(k int, v uint64) { j.Blocks[k].Bytes = int64(v) })
	d.used(len(j.Blocks), func(k int, used []Block) { j.Blocks[k].Used = used })
}

func (l *Lost) encode(e *encoder) { e.blockList(l.Blocks) }
func (l *Lost) decode(d *decoder) { l.Blocks = d.blockList() }

func (f *Done) encode(e *encoder) {
	n := len(f.Tasks)
	e.blocks(n, func(k int) Block { return f.Tasks[k].Block })
	putColumn(e, n, func(k int) uint64 { return uint64(f.Tasks[k].Bytes) }, (*encoder).number)
	for k := range f.Tasks {
		e.number(uint64(f.Tasks[k].Nanos)) // no two are equal, so runs would only cost
	}
	e.used(n, func(k int) []Block { return f.Tasks[k].Used })
	e.pieces(n, func(k int) []byte { return f.Tasks[k].Data })
}

func (f *Done) decode(d *decoder) {
	d.blocks(func(n int) { f.Tasks = alloc[Finished](n) }, func(k int, b Block) { f.Tasks[k].Block = b })
	column(d, len(f.Tasks), (*decoder).number, func(k int, v uint64) { f.Tasks[k].Bytes = int64(v) })
	for k := range f.Tasks {
		f.Tasks[k].Nanos = int64(d.number())
	}
	d.used(len(f.Tasks), func(k int, used []Block) { f.Tasks[k].Used = used })
	d.pieces(len(f.Tasks), func(k int, data []byte) { f.Tasks[k].Data = data })
}

// pieces writes a piece of bytes for each of n things: the lengths, and then all pieces one after the other. A piece without
// bytes is none.
func (e *encoder) pieces(n int, at func(int) []byte) {
	putColumn(e, n, func(k int) int { return len(at(k)) }, func(e *encoder, n int) { e.number(uint64(n)) })
	for k := range n {
		e.b = append(e.b, at(k)...)
	}
}

func (d *decoder) pieces(n int, set func(int, []byte)) {
	// The lengths come before what they are lengths of, so they are gone through twice.
	lengths := *d
	some := false
	column(d, n, (*decoder).number, func(_ int, length uint64) { some = some || length > 0 })
	if !some || d.err != nil {
		return
	}
	column(&lengths, n, (*decoder).number, func(k int, length uint64) {
		if length > 0 {
			set(k, d.take(length))
		}
	})
}

// used writes the lists of inputs of n attempts: how many each has, and all of them as one list.
func (e *encoder) used(n int, at func(int) []Block) {
	var all []Block
	putColumn(e, n, func(k int) int { return len(at(k)) }, func(e *encoder, n int) { e.number(uint64(n)) })
	for k := range n {
		all = append(all, at(k)...)
	}
	e.blockList(all)
}

func (d *decoder) used(n int, set func(int, []Block)) {
	// The lengths come before what they are lengths of, so they are gone through twice.
	start := *d
	total := uint64(0)
	column(d, n, (*decoder).number, func(_ int, length uint64) {
		if total += length; length > MaxItems || total > MaxItems {
			d.fail(ErrItems)
		}
	})
	all := d.blockList()
	if d.err == nil && uint64(len(all)) != total {
		d.fail(errColumns)
	}
	if d.err != nil || total == 0 {
		return
	}
	column(&start, n, (*decoder).number, func(k int, length uint64) {
		if length > 0 {
			set(k, all[:length:length])
			all = all[length:]
		}
	})
}

func (f *Failed) encode(e *encoder) { e.block(f.Block); e.bytes(f.Failure) }
func (f *Failed) decode(d *decoder) { f.Block, f.Failure = d.block(), d.bytes() }

func (r *Returned) encode(e *encoder) { e.blockList(r.Tasks) }
func (r *Returned) decode(d *decoder) { r.Tasks = d.blockList() }

func (s *Started) encode(e *encoder) { e.blockList(s.Tasks) }
func (s *Started) decode(d *decoder) { s.Tasks = d.blockList() }

func (m *InputMissing) encode(e *encoder) { e.task(m.Task); e.attempt(m.Attempt); e.input(m.Input) }
func (m *InputMissing) decode(d *decoder) { *m = InputMissing{d.task(), d.attempt(), d.input()} }

func (u *Unreachable) encode(e *encoder) { e.index(uint32(u.Peer)) }
func (u *Unreachable) decode(d *decoder) { u.Peer = agent(d) }
