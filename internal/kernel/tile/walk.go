package tile

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

const (
	// straight is how many elements a tile has at most: registers of 16 KiB, several of which stay in the nearest
	// cache.
	straight = 2048
	// square is the side of tiles of operands that go through memory along different axes, so that of each cache line
	// of any of them all is used while it is there.
	square = 64
)

// An operand is what is visited at each point of a region: elements of an array, or positions.
type operand struct {
	offset  int64
	strides []int64
}

// A walk goes through a region in tiles of two axes. It is used again for the next region.
type walk struct {
	outer      []axis // around the tiles
	row, col   axis   // of tiles
	rows, cols int    // of a full tile
	start      []int64
	byColumns  bool // go through all tiles of the same columns before the next ones
	axes       []axis
	numbers    []int64 // memory of the strides of all axes
	votes      []int
	index      []int // along the outer axes
	tile       tile
}

// axis is an axis of a region with the stride of each operand.
type axis struct {
	n       int
	strides []int64
	order   []int64 // coefficients of loads, which say in which order to go
}

// A tile is a part of a region: where each operand begins in it, and its lengths.
type tile struct {
	at         []int64
	rows, cols int
	first      bool // of the walk
	turned     bool // the first of its columns
}

// plan plans a walk through the operands of a region. order are the coefficients of the loads, which alone decide
// how to go, together with the strides of the operands from place fixed on: so the way is the same wherever inputs lie
// in memory.
func (w *walk) plan(shape []int, operands []operand, order [][]int64, fixed int) {
	w.start, w.outer, w.axes, w.byColumns = w.start[:0], w.outer[:0], w.axes[:0], false
	for _, o := range operands {
		w.start = append(w.start, o.offset)
	}
	each := 2*len(operands) + len(order) - fixed // numbers of an axis
	if need := (len(shape) + 2) * each; cap(w.numbers) < need {
		w.numbers = make([]int64, 0, need)
	}
	w.numbers = w.numbers[:0]
	axes := w.axes
	for i, n := range shape {
		if n == 1 {
			continue
		}
		a := w.axis(n, len(operands), each)
		for k, o := range operands {
			a.strides[k] = o.strides[i]
		}
		for k, c := range order {
			a.order[k] = c[i]
		}
		for k, o := range operands[fixed:] {
			a.order[len(order)+k] = o.strides[i]
		}
		if m := len(axes); m > 0 && continues(axes[m-1].order, a) {
			a.n *= axes[m-1].n
			axes[m-1] = a
			continue
		}
		axes = append(axes, a)
	}
	for len(axes) < 2 {
		axes = slices.Insert(axes, 0, w.axis(1, len(operands), each))
	}
	w.axes = axes
	w.take(axes)
}

// axis returns an axis whose strides and order are zeros.
func (w *walk) axis(n, operands, each int) axis {
	at := len(w.numbers)
	w.numbers = w.numbers[:at+each]
	numbers := w.numbers[at:]
	clear(numbers)
	return axis{n: n, strides: numbers[:operands:operands], order: numbers[operands:]}
}

// continues reports whether one step of an axis, whose strides are outer, is as far as all steps of the one inside.
func continues(outer []int64, inner axis) bool {
	for k, s := range inner.order {
		if outer[k] != s*int64(inner.n) {
			return false
		}
	}
	return true
}

// mergeable reports whether the strides of an operand allow what its order allows: that axes become one.
func mergeable(shape []int, strides, order []int64) bool {
	last := -1
	for i, n := range shape {
		if n == 1 {
			continue
		}
		if last >= 0 && order[last] == order[i]*int64(n) && strides[last] != strides[i]*int64(n) {
			return false
		}
		last = i
	}
	return true
}

// take chooses the axes of tiles: as columns the axis along which most operands take their shortest steps, as rows one
// along which another does.
func (w *walk) take(axes []axis) {
	w.votes = append(w.votes[:0], make([]int, len(axes))...)
	votes := w.votes
	for k := range axes[0].order {
		if i := shortest(axes, k); i >= 0 {
			votes[i]++
		}
	}
	col := len(axes) - 1
	for i := len(axes) - 1; i >= 0; i-- {
		if votes[i] > votes[col] {
			col = i
		}
	}
	row, crossed := len(axes)-1, false
	if row == col {
		row--
	}
	for k := range axes[0].order {
		if i := shortest(axes, k); i >= 0 && i != col && axes[col].order[k] != 0 {
			row, crossed = i, true
		}
	}
	w.col, w.row = axes[col], axes[row]
	for i, a := range axes {
		if i != col && i != row {
			w.outer = append(w.outer, a)
		}
	}
	switch {
	case crossed:
		w.rows, w.cols = min(w.row.n, square), min(w.col.n, square)
	case w.col.n <= straight/2:
		w.cols = w.col.n
		w.rows = min(w.row.n, straight/w.cols)
	default:
		w.rows, w.cols = 1, min(w.col.n, straight)
	}
}

// shortest returns the axis along which operand k takes its shortest steps, or -1 if it takes none.
func shortest(axes []axis, k int) int {
	found := -1
	for i, a := range axes {
		if s := abs(a.order[k]); s != 0 && (found < 0 || s <= abs(axes[found].order[k])) {
			found = i
		}
	}
	return found
}

func abs(n int64) int64 { return max(n, -n) }

// size returns how many elements a full tile has.
func (w *walk) size() int { return w.rows * w.cols }

// each calls f with every tile. What the tile holds is used again for the next.
func (w *walk) each(f func(t *tile)) {
	t := &w.tile
	*t = tile{at: append(t.at[:0], w.start...), first: true}
	w.index = append(w.index[:0], make([]int, len(w.outer))...)
	index := w.index
	if !w.byColumns {
		w.rowsFrom(t, index, func() {
			w.columnsOf(t, func() {
				t.turned = true
				f(t)
				t.first = false
			})
		})
		return
	}
	w.columnsOf(t, func() {
		t.turned = true
		w.rowsFrom(t, index, func() {
			f(t)
			t.first, t.turned = false, false
		})
	})
}

// rowsFrom calls f for every place along all axes but that of the columns, and returns to the first.
func (w *walk) rowsFrom(t *tile, index []int, f func()) {
	for {
		for r := 0; r < w.row.n; r += w.rows {
			t.rows = min(w.rows, w.row.n-r)
			f()
			t.move(&w.row, int64(t.rows))
		}
		t.move(&w.row, -int64(w.row.n))
		if !w.next(t, index) {
			return
		}
	}
}

// columnsOf calls f for every place along the columns, and returns to the first.
func (w *walk) columnsOf(t *tile, f func()) {
	for c := 0; c < w.col.n; {
		n := min(w.cols, w.col.n-c)
		t.cols = n
		f()
		t.move(&w.col, int64(n))
		c += n
	}
	t.move(&w.col, -int64(w.col.n))
}

func (t *tile) move(a *axis, steps int64) {
	for k, s := range a.strides {
		t.at[k] += s * steps
	}
}

// next moves to the next point of the axes around the tiles, and reports whether there is one.
func (w *walk) next(t *tile, index []int) bool {
	for i := len(w.outer) - 1; i >= 0; i-- {
		a := &w.outer[i]
		index[i]++
		if index[i] < a.n {
			t.move(a, 1)
			return true
		}
		index[i] = 0
		t.move(a, -int64(a.n-1))
	}
	return false
}

// rowMajor returns the strides of a new array of a shape.
func rowMajor(shape []int) []int64 {
	strides := make([]int64, len(shape))
	step := int64(1)
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= int64(shape[i])
	}
	return strides
}

// operandOf returns an input as an operand, whose strides take the place of those before. One whose elements lie in an order that
// the walk cannot follow is copied.
func operandOf(u ndarray.Untyped, l *Load, shape []int, before []int64) (ndarray.Untyped, operand, error) {
	if u == nil || u.DType() != l.DType || !slices.Equal(u.Shape(), shape) {
		return nil, operand{}, fmt.Errorf("tile: input %d is not an array of %v and shape %v", l.Input, l.DType, shape)
	}
	o := stridesOf(u, before)
	if !mergeable(shape, o.strides, l.Coef) {
		u = ndarray.Clone(u)
		o = stridesOf(u, before)
	}
	return u, o, nil
}

func stridesOf(u ndarray.Untyped, into []int64) operand {
	l := u.Layout()
	o := operand{offset: int64(l.Offset), strides: into[:0]}
	for _, s := range l.Strides {
		o.strides = append(o.strides, int64(s))
	}
	return o
}
