package tile

// extent says with what of a walk the values of a register change.
type extent uint8

const (
	still    extent = 0
	byColumn extent = 1 // with the place along the columns of tiles
	byRow    extent = 2 // with all other places
	byBoth   extent = 3
)

// A hoisting says which registers need not be made for each tile, or only for one element of each tile, because they
// are the same along its rows or columns: of sin(x + y), with x along one axis and y along the other, x and y.
type hoisting struct {
	of     []extent // of each register
	spread []bool   // those made for one element whose value is needed at all others
	on     bool
}

// dependence returns along which axes each register changes, as bits.
func (p *Program) dependence(rank int) []uint64 {
	bits := make([]uint64, 0, len(p.Loads)+len(p.Steps))
	for _, l := range p.Loads {
		b := uint64(0)
		for axis, c := range l.Coef {
			if c != 0 {
				b |= 1 << axis
			}
		}
		bits = append(bits, b)
	}
	for _, s := range p.Steps {
		b := uint64(0)
		for _, a := range s.Args[:s.Op.Arity()] {
			b |= bits[a]
		}
		bits = append(bits, b)
	}
	return bits
}

// hoist finds out what need not be made for each tile of a walk. Tiles of several rows are small or crossed, and left
// as they are.
func (k *Kernel) hoist(h *hoisting, w *walk) {
	h.on = false
	if w.rows != 1 || !k.pinned {
		return
	}
	loads := k.program.Loads
	if h.of == nil {
		h.of, h.spread = make([]extent, len(k.places)), make([]bool, len(k.places))
	}
	clear(h.of)
	clear(h.spread)
	for i := range loads {
		if w.col.order[i] != 0 {
			h.of[i] |= byColumn
		}
		if w.row.order[i] != 0 {
			h.of[i] |= byRow
		}
		for _, a := range w.outer {
			if a.order[i] != 0 {
				h.of[i] |= byRow
			}
		}
	}
	for i, s := range k.steps {
		for _, a := range s.args {
			h.of[len(loads)+i] |= h.of[a]
		}
		h.on = h.on || h.of[len(loads)+i] != byBoth
	}
	last := len(k.places) - 1
	h.spread[last] = h.of[last] == byRow
	w.byColumns = h.on
}

// choose takes, for each step, the kernel that reads one element where an argument is the same all over a tile, and
// has what is the same in one tile only written everywhere in its register where a step needs that.
func (r *run) choose() {
	h, loads := &r.hoist, len(r.feeds)
	same := func(register uint16) bool {
		if h.on {
			return h.of[register]&byColumn == 0
		}
		return int(register) < loads && r.feeds[register].still
	}
	for i, s := range r.k.steps {
		form := s.kernel
		a, b := same(s.args[0]), same(s.args[1])
		switch {
		case a != b && a && s.alone[0] != nil:
			form = s.alone[0]
		case a != b && b && s.alone[1] != nil:
			form = s.alone[1]
		case h.on && h.of[loads+i] == byBoth:
			for _, arg := range s.args {
				h.spread[arg] = h.spread[arg] || h.of[arg] == byRow
			}
		}
		r.forms[i] = form
	}
}

// due reports whether a register has to be made for a tile, and for how many of its elements.
func (h *hoisting) due(register int, t *tile, n int) (elements int, ok bool) {
	if !h.on {
		return n, true
	}
	switch h.of[register] {
	case still:
		return n, t.first
	case byColumn:
		return n, t.turned
	case byRow:
		return 1, true
	}
	return n, true
}
