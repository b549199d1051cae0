package array

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Repeat returns the array with each element along an axis so many times, next to each other.
func (a *Array) Repeat(times, axis int) *Array {
	s := site{"Repeat", caller()}
	return s.placed(a, axis, func(n int) ([]int, error) {
		if times < 0 {
			return nil, fmt.Errorf("%d times: give a number that is not negative", times)
		}
		if err := countable(n, times); err != nil {
			return nil, err
		}
		at := make([]int, 0, n*times)
		for i := range n {
			for range times {
				at = append(at, i)
			}
		}
		return at, nil
	})
}

// countable refuses times as many as n places, or parts, along an axis if a list of them, and what is made of it, would not fit into
// the memory of this process.
func countable(n, times int) error {
	memory := machine.Memory().Bytes
	if most := memory / 16; memory > 0 && times > 0 && int64(n) > most/int64(times) {
		return fmt.Errorf("%d times %d places along an axis: the list of them would not fit into %s; BroadcastTo repeats elements without one",
			times, n, arrays.FormatBytes(memory))
	}
	return nil
}

// placed takes elements along an axis, at places that depend on its length.
func (s site) placed(a *Array, axis int, places func(n int) ([]int, error)) *Array {
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	of, err := places(a.Shape()[at])
	if err != nil {
		return s.fail("%w", err)
	}
	return take(s, a, of, at)
}

// Tile returns the array put together so many times along each axis; further axes come in front.
func (a *Array) Tile(times ...int) *Array {
	s := site{"Tile", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	for len(times) < a.Rank() {
		times = slices.Insert(slices.Clone(times), 0, 1)
	}
	for a.Rank() < len(times) {
		a = a.ExpandDims(0)
	}
	for axis, n := range times {
		if n < 0 {
			return s.fail("%d times along axis %d", n, axis)
		}
		if err := countable(a.node.Grid[axis].Count(), n); err != nil {
			return s.fail("%w", err)
		}
		if n == 0 {
			a = a.Slice(append(make([]ndarray.Index, axis), ndarray.To(0))...)
			continue
		}
		parts := make([]*Array, n)
		for i := range parts {
			parts[i] = a
		}
		if n > 1 {
			a = concatenate(s, axis, parts)
		}
	}
	return a
}

// Roll returns the array with elements moved by so many places along an axis; what leaves at one end enters at the other.
func (a *Array) Roll(shift, axis int) *Array {
	s := site{"Roll", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Shape()[at]
	if n == 0 {
		return a
	}
	k := n - ((shift%n)+n)%n
	if k == n {
		return a
	}
	items := make([]ndarray.Index, at+1)
	items[at] = ndarray.From(k)
	back := a.Slice(items...)
	items[at] = ndarray.To(k)
	return s.regrid(concatenate(s, at, []*Array{back, a.Slice(items...)}), a.node.Grid)
}

// Rot90 returns the array turned by so many quarters in the plane of two axes, from the first towards the second.
func (a *Array) Rot90(quarters, axis1, axis2 int) *Array {
	s := site{"Rot90", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	both, err := axesOf([]int{axis1, axis2}, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	switch ((quarters % 4) + 4) % 4 {
	case 1:
		return a.Flip(both[1]).SwapAxes(both[0], both[1])
	case 2:
		return a.Flip(both...)
	case 3:
		return a.SwapAxes(both[0], both[1]).Flip(both[1])
	}
	return a
}

// Pad returns the array with so many elements before and behind each axis, which are what the edge says is beyond the ends: [Constant],
// [Nearest], [Periodic], [Reflect], which begins with the last element and which NumPy calls "symmetric", or [Mirror], which NumPy calls
// "reflect". [PadRamp] and [PadWith] are NumPy's other modes.
func Pad(a *Array, widths [][2]int, edge Edge) *Array {
	s := site{"Pad", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if err := s.widths(a, widths); err != nil {
		return &Array{err: err}
	}
	for axis, w := range widths {
		if a = s.padded(a, axis, w[0], w[1], edge); a.err != nil {
			return a
		}
	}
	return a
}

func (s site) padded(a *Array, axis, before, after int, edge Edge) *Array {
	if before+after == 0 {
		return a
	}
	parts := make([]*Array, 2)
	for i, n := range []int{before, after} {
		if edge.kind == arrays.Constant || edge.kind == arrays.Open {
			value := edge.value
			if value == nil {
				value = 0
			}
			v, ok := scalarOf(value)
			if !ok {
				return s.fail("an edge of %v (%T), which is no number", value, value)
			}
			if err := v.fits(a.DType()); err != nil {
				return s.fail("%w", err)
			}
			g := slices.Clone(a.node.Grid)
			g[axis] = arrays.Even(n, n)
			parts[i] = &Array{node: arrays.Full(s.name, s.pc, a.DType(), v.bits(a.DType()), g)}
			continue
		}
		if err := countable(n, 1); err != nil {
			return s.fail("%w", err)
		}
		places := make([]int, n)
		length := a.Shape()[axis]
		if length == 0 {
			return s.fail("beyond the ends of axis %d of shape %s there is nothing to repeat", axis, tuple(a.Shape()))
		}
		for k := range places {
			p := k - n
			if i == 1 {
				p = length + k
			}
			places[k] = edge.kind.Source(p, length)
		}
		parts[i] = take(s, a, places, axis)
	}
	return concatenate(s, axis, []*Array{parts[0], a, parts[1]})
}

// Delete returns the array without the elements at some positions of an axis, which may count from its end.
func (a *Array) Delete(positions []int, axis int) *Array {
	s := site{"Delete", caller()}
	return s.placed(a, axis, func(n int) ([]int, error) {
		gone, err := resolved(positions, n)
		if err != nil {
			return nil, err
		}
		slices.Sort(gone)
		gone = slices.Compact(gone)
		left := make([]int, 0, n-len(gone))
		for i := range n {
			if len(gone) > 0 && gone[0] == i {
				gone = gone[1:]
				continue
			}
			left = append(left, i)
		}
		return left, nil
	})
}

// Insert returns the array with others, of its shape but along an axis, put before one position of that axis.
func (a *Array) Insert(position int, values *Array, axis int) *Array {
	s := site{"Insert", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Shape()[at]
	if position < -n || position > n {
		return s.fail("position %d is outside of axis %d, which has %d elements", position, at, n)
	}
	if position < 0 {
		position += n
	}
	items := make([]ndarray.Index, at+1)
	items[at] = ndarray.To(position)
	front := a.Slice(items...)
	items[at] = ndarray.From(position)
	return concatenate(s, at, []*Array{front, values, a.Slice(items...)})
}

// HStack joins arrays of one axis behind each other, and others along their second axis.
func HStack(of ...*Array) *Array {
	s := site{"HStack", caller()}
	if len(of) > 0 && of[0].Rank() <= 1 {
		return concatenate(s, 0, of)
	}
	return concatenate(s, 1, of)
}

// VStack joins arrays along their first axis; those of one axis are rows.
func VStack(of ...*Array) *Array {
	s := site{"VStack", caller()}
	rows := make([]*Array, len(of))
	for i, a := range of {
		if rows[i] = a; a.Rank() == 1 {
			rows[i] = a.ExpandDims(0)
		}
	}
	return concatenate(s, 0, rows)
}
