package tile

import (
	"math"
	"sync"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

func fromBits(b uint64) float64 { return math.Float64frombits(b) }

// Kernel is a program made ready to run. It is safe for concurrent use.
type Kernel struct {
	program Program
	rank    int
	inputs  int
	steps   []step
	places  []int // of each register: which slot holds it
	slots   []int // bytes of an element of each slot
	pinned  bool  // some steps have slots that serve no other register, because their values may stay
	runs    sync.Pool
}

// step is a step with its kernel.
type step struct {
	kernel kernel
	// alone are the kernels that take one element, instead of a register full of it, as the argument of their place; nil
	// where there are none.
	alone [2]kernel
	args  [3]uint16
}

// New makes a program ready for spaces with so many axes.
func New(p Program, rank int) (*Kernel, error) {
	if err := p.Check(rank); err != nil {
		return nil, err
	}
	k := &Kernel{program: p, rank: rank, inputs: p.Inputs()}
	for _, s := range p.Steps {
		st := step{kernel: kernelOf(s), alone: aloneOf(s), args: s.Args}
		for i := s.Op.Arity(); i < len(st.args); i++ {
			st.args[i] = st.args[0]
		}
		k.steps = append(k.steps, st)
	}
	k.allot()
	return k, nil
}

// allot gives each register a slot. A slot serves another register once its own is not needed any more; those of loads
// are kept, since constants stay in them. A step may write to the slot of an argument that nothing needs any more: so
// fewer slots have to stay in the nearest cache.
func (k *Kernel) allot() {
	loads := len(k.program.Loads)
	last := make([]int, loads+len(k.steps)) // step that needs a register last
	for i, s := range k.steps {
		for _, a := range s.args {
			last[a] = i
		}
	}
	free := map[int][]int{} // by bytes of an element
	place := func(size int) int {
		if f := free[size]; len(f) > 0 {
			free[size] = f[:len(f)-1]
			return f[len(f)-1]
		}
		k.slots = append(k.slots, size)
		return len(k.slots) - 1
	}
	for _, l := range k.program.Loads {
		k.places = append(k.places, place(l.DType.Size()))
	}
	along := k.program.dependence(k.rank)
	all := uint64(0)
	for _, b := range along {
		all |= b
	}
	for i, s := range k.program.Steps {
		own := along[loads+i] != all // a slot that serves no other register
		if own {
			k.pinned = true
			k.slots = append(k.slots, s.Result().Size())
			k.places = append(k.places, len(k.slots)-1)
		}
		inPlace := s.Op != Cast // all other kernels may write to what they read
		if !own && !inPlace {
			k.places = append(k.places, place(s.Result().Size()))
		}
		for n, a := range k.steps[i].args {
			repeated := n > 0 && (a == k.steps[i].args[0] || n == 2 && a == k.steps[i].args[1])
			if int(a) >= loads && last[a] == i && !repeated && along[a] == all {
				slot := k.places[a]
				free[k.slots[slot]] = append(free[k.slots[slot]], slot)
			}
		}
		if !own && inPlace {
			k.places = append(k.places, place(s.Result().Size()))
		}
	}
}

// A run is a kernel at work on one region. It is used again for the next.
type run struct {
	k         *Kernel
	w         walk
	feeds     []feed
	hoist     hoisting
	memory    []uint64
	registers []unsafe.Pointer
	slots     []unsafe.Pointer
	forms     []kernel // of each step

	operands []operand
	order    [][]int64
	strides  [][]int64 // of each load, if it is an input: memory of its operand
	none     []int64   // strides of what is the same everywhere
	places   []int64   // strides of a partial
}

// enter returns a run for a region, which leaves it in the end.
func (k *Kernel) enter() *run {
	if r, ok := k.runs.Get().(*run); ok {
		return r
	}
	loads := len(k.program.Loads)
	return &run{
		k: k, feeds: make([]feed, loads), registers: make([]unsafe.Pointer, len(k.places)), slots: make([]unsafe.Pointer, len(k.slots)),
		forms: make([]kernel, len(k.steps)), order: make([][]int64, loads), strides: make([][]int64, loads), none: make([]int64, k.rank), places: make([]int64, k.rank),
	}
}

// leave gives a run back. What it points to in inputs is forgotten.
func (r *run) leave() {
	clear(r.registers)
	for i := range r.feeds {
		r.feeds[i].source = nil
	}
	r.k.runs.Put(r)
}

const lineWords = 8 // of a cache line

// furnish gives the slots memory for tiles of so many elements.
func (r *run) furnish(elements int) {
	words := lineWords
	for _, size := range r.k.slots {
		words += (elements*size/8/lineWords + 1) * lineWords
	}
	if len(r.memory) < words {
		r.memory = make([]uint64, words)
	}
	skip := int(-uintptr(first(r.memory))/8) % lineWords
	for i, size := range r.k.slots {
		r.slots[i] = unsafe.Pointer(&r.memory[skip])
		skip += (elements*size/8/lineWords + 1) * lineWords
	}
}

// prepare plans a run over a region that begins at origin. More operands, whose order counts, may be added.
func (r *run) prepare(origin, shape []int, inputs []ndarray.Untyped, more ...operand) error {
	k := r.k
	loads := k.program.Loads
	r.operands = r.operands[:0]
	for i := range loads {
		l := &loads[i]
		f := &r.feeds[i]
		f.load, f.size, f.still = l, int64(l.DType.Size()), false
		r.order[i] = l.Coef
		o := operand{offset: l.Offset, strides: l.Coef}
		switch l.Source {
		case Constant:
			o, r.order[i], f.still = operand{strides: r.none}, r.none, true
		case Input:
			if l.Input >= len(inputs) {
				return errInputs(k.inputs, len(inputs))
			}
			u, in, err := operandOf(inputs[l.Input], l, shape, r.strides[i])
			if err != nil {
				return err
			}
			o, r.strides[i] = in, in.strides
			f.source, f.still = base(u), isZero(o.strides)
		default:
			if l.Source == Uniform && f.stream == nil {
				f.stream = newStream(l.Value)
			}
			for axis, x := range origin {
				o.offset += l.Coef[axis] * int64(x)
			}
		}
		r.operands = append(r.operands, o)
	}
	r.operands = append(r.operands, more...)
	r.w.plan(shape, r.operands, r.order, len(loads))
	r.furnish(r.w.size())
	k.hoist(&r.hoist, &r.w)
	r.choose()
	for i := range r.feeds {
		f := &r.feeds[i]
		f.sr, f.sc = r.w.row.strides[i], r.w.col.strides[i]
		dst := r.slots[k.places[i]]
		r.registers[i] = dst
		switch {
		case f.load.Source == Constant:
			f.load.constant(dst, r.w.size())
		case f.still && f.load.Source == Input:
			f.sr, f.sc = 0, 0
			gatherStill(dst, unsafe.Add(f.source, r.w.start[i]*f.size), r.w.size(), f.size)
		default:
			f.still = false
		}
	}
	return nil
}

func isZero(s []int64) bool {
	for _, v := range s {
		if v != 0 {
			return false
		}
	}
	return true
}

// gatherStill repeats one element.
func gatherStill(dst, src unsafe.Pointer, n int, size int64) {
	out := at[byte](dst, n*int(size))
	copy(out, at[byte](src, int(size)))
	for done := int(size); done < len(out); done *= 2 {
		copy(out[done:], out[:done])
	}
}

// value computes a tile and returns where its values are: in dst, or anywhere if it is nil.
func (r *run) value(t *tile, dst unsafe.Pointer) unsafe.Pointer {
	r.load(t)
	return r.compute(t, dst)
}

// load fills the registers of loads for a tile.
func (r *run) load(t *tile) {
	regs := r.registers
	for i := range r.feeds {
		f := &r.feeds[i]
		n, due := r.hoist.due(i, t, t.rows*t.cols)
		if f.still || !due {
			continue
		}
		slot := r.slots[r.k.places[i]]
		if n == 1 {
			regs[i] = f.fill(slot, t.at[i], 1, 1)
			r.spread(i, t.cols, f.size)
			continue
		}
		regs[i] = f.fill(slot, t.at[i], t.rows, t.cols)
	}
}

// spread repeats the one value of a register where all elements of a tile need it.
func (r *run) spread(register, n int, size int64) {
	if !r.hoist.on || !r.hoist.spread[register] {
		return
	}
	slot := r.slots[r.k.places[register]]
	gatherStill(slot, r.registers[register], n, size)
	r.registers[register] = slot
}

// compute runs the steps on a tile and returns where the values are.
func (r *run) compute(t *tile, dst unsafe.Pointer) unsafe.Pointer {
	regs, all := r.registers, t.rows*t.cols
	loads, last := len(r.feeds), len(r.k.steps)-1
	for i := range r.k.steps {
		n, due := r.hoist.due(loads+i, t, all)
		if !due {
			continue
		}
		s := &r.k.steps[i]
		to := r.slots[r.k.places[loads+i]]
		if dst != nil && i == last && (!r.hoist.on || r.hoist.of[loads+i] == byBoth) {
			to = dst
		}
		r.forms[i](to, regs[s.args[0]], regs[s.args[1]], regs[s.args[2]], n)
		regs[loads+i] = to
		if n == 1 && all > 1 {
			r.spread(loads+i, all, int64(r.k.slots[r.k.places[loads+i]]))
		}
	}
	return regs[len(regs)-1]
}
