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
	rooms   sync.Pool
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

// A room holds the slots of one running kernel.
type room struct {
	memory    []uint64
	registers []unsafe.Pointer
	slots     []unsafe.Pointer
	forms     []kernel // of each step
}

const lineWords = 8 // of a cache line

// enter returns a room for tiles of so many elements.
func (k *Kernel) enter(elements int) *room {
	words := lineWords
	for _, size := range k.slots {
		words += (elements*size/8/lineWords + 1) * lineWords
	}
	r, _ := k.rooms.Get().(*room)
	if r == nil || len(r.memory) < words {
		r = &room{memory: make([]uint64, words), registers: make([]unsafe.Pointer, len(k.places)), slots: make([]unsafe.Pointer, len(k.slots)), forms: make([]kernel, len(k.steps))}
	}
	start := first(r.memory)
	skip := int(-uintptr(start)/8) % lineWords
	for i, size := range k.slots {
		r.slots[i] = unsafe.Pointer(&r.memory[skip])
		skip += (elements*size/8/lineWords + 1) * lineWords
	}
	return r
}

func (k *Kernel) leave(r *room) {
	clear(r.registers) // they may point into inputs
	k.rooms.Put(r)
}

// A run is a kernel at work on one region.
type run struct {
	k     *Kernel
	w     *walk
	room  *room
	feeds []feed
	hoist hoisting
}

// prepare plans a run over a region that begins at origin. More operands, whose order counts, may be added.
func (k *Kernel) prepare(origin, shape []int, inputs []ndarray.Untyped, more ...operand) (*run, error) {
	loads := k.program.Loads
	r := &run{k: k, feeds: make([]feed, len(loads))}
	operands, order := make([]operand, len(loads), len(loads)+len(more)), make([][]int64, len(loads))
	none := make([]int64, k.rank)
	for i := range loads {
		l := &loads[i]
		f := &r.feeds[i]
		f.load, f.size, order[i] = l, int64(l.DType.Size()), l.Coef
		switch l.Source {
		case Constant:
			operands[i], order[i], f.still = operand{strides: none}, none, true
		case Input:
			if l.Input >= len(inputs) {
				return nil, errInputs(k.inputs, len(inputs))
			}
			u, o, err := operandOf(inputs[l.Input], l, shape)
			if err != nil {
				return nil, err
			}
			operands[i], f.source, f.still = o, base(u), isZero(o.strides)
		default:
			operands[i] = operand{offset: l.Offset, strides: l.Coef}
			for axis, x := range origin {
				operands[i].offset += l.Coef[axis] * int64(x)
			}
		}
	}
	r.w = newWalk(shape, append(operands, more...), order, len(loads))
	r.room = k.enter(r.w.size())
	r.hoist = k.hoist(r.w)
	r.choose()
	for i := range r.feeds {
		f := &r.feeds[i]
		f.sr, f.sc = r.w.row.strides[i], r.w.col.strides[i]
		dst := r.room.slots[k.places[i]]
		r.room.registers[i] = dst
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
	return r, nil
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
	regs := r.room.registers
	for i := range r.feeds {
		f := &r.feeds[i]
		n, due := r.hoist.due(i, t, t.rows*t.cols)
		if f.still || !due {
			continue
		}
		slot := r.room.slots[r.k.places[i]]
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
	slot := r.room.slots[r.k.places[register]]
	gatherStill(slot, r.room.registers[register], n, size)
	r.room.registers[register] = slot
}

// compute runs the steps on a tile and returns where the values are.
func (r *run) compute(t *tile, dst unsafe.Pointer) unsafe.Pointer {
	regs, all := r.room.registers, t.rows*t.cols
	loads, last := len(r.feeds), len(r.k.steps)-1
	for i := range r.k.steps {
		n, due := r.hoist.due(loads+i, t, all)
		if !due {
			continue
		}
		s := &r.k.steps[i]
		to := r.room.slots[r.k.places[loads+i]]
		if dst != nil && i == last && (!r.hoist.on || r.hoist.of[loads+i] == byBoth) {
			to = dst
		}
		r.room.forms[i](to, regs[s.args[0]], regs[s.args[1]], regs[s.args[2]], n)
		regs[loads+i] = to
		if n == 1 && all > 1 {
			r.spread(loads+i, all, int64(r.k.slots[r.k.places[loads+i]]))
		}
	}
	return regs[len(regs)-1]
}

func (r *run) done() { r.k.leave(r.room) }
