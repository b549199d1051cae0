package tile

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Mirror returns, for a program over two axes, which load has at each point the value that load k has at the mirrored
// point, with the coordinates exchanged. ok is false if there is not one for every load, or if the program reads
// arrays.
//
// So what a + a.T, of an a that is made at once, needs at two mirrored points is the same, and has to be made only once
// for both.
func (p *Program) Mirror() (of []int, ok bool) {
	of = make([]int, len(p.Loads))
	crossed := false
	for k, l := range p.Loads {
		if l.Source == Constant {
			of[k] = k
			continue
		}
		if l.Source == Input || len(l.Coef) != 2 {
			return nil, false
		}
		want := l
		want.Coef = []int64{l.Coef[1], l.Coef[0]}
		of[k] = slices.IndexFunc(p.Loads, func(m Load) bool {
			return m.Source == want.Source && m.DType == want.DType && m.Value == want.Value && m.Offset == want.Offset && slices.Equal(m.Coef, want.Coef)
		})
		if of[k] < 0 {
			return nil, false
		}
		crossed = crossed || of[k] != k && l.Source == Uniform
	}
	return of, crossed
}

// ReducePair is [Kernel.Reduce], along both axes, over a region and the mirrored one together. Each value is computed
// by itself, but what loads make is made once for a point and its mirrored one.
func (k *Kernel) ReducePair(red *Reduction, origin, shape []int) (*Partial, error) {
	of, ok := k.program.Mirror()
	if !ok || k.rank != 2 || len(shape) != 2 || len(origin) != 2 || !red.Unordered() || red.DType != k.program.Result() {
		return nil, fmt.Errorf("tile: this program cannot be reduced in pairs")
	}
	if err := red.Check(k.rank); err != nil {
		return nil, err
	}
	p, err := red.fresh(nil)
	if err != nil {
		return nil, err
	}
	fold := newFolder(red, p)
	if n, err := ndarray.Size(shape...); err != nil || n == 0 {
		return p, err
	}
	r := k.enter()
	defer r.leave()
	if err := r.prepare(origin, shape, nil, operand{strides: make([]int64, 2)}); err != nil {
		return nil, err
	}
	r.hoist.on = false // what a load makes serves two points
	r.choose()
	registers := r.registers
	own := slices.Clone(registers[:len(of)])
	r.w.each(func(t *tile) {
		n := t.rows * t.cols
		r.load(t)
		fold.along(0, r.compute(t, nil), n, 0, 0)
		copy(own, registers)
		for i, m := range of {
			registers[i] = own[m]
		}
		fold.along(0, r.compute(t, nil), n, 0, 0)
		copy(registers, own) // those of constants stay for the next tile
	})
	fold.finish()
	return p, nil
}

// leastDiagonal is the side of the squares on the diagonal in which what loads make is made at each point.
const leastDiagonal = 256

// ReduceDiagonal is [Kernel.Reduce] over a square on the diagonal, whose halves beside the diagonal are a pair.
func (k *Kernel) ReduceDiagonal(red *Reduction, origin, side int) (*Partial, error) {
	if side <= leastDiagonal {
		return k.Reduce(red, []int{origin, origin}, []int{side, side}, nil)
	}
	half := side / 2
	above, err := k.ReduceDiagonal(red, origin, half)
	if err != nil {
		return nil, err
	}
	beside, err := k.ReducePair(red, []int{origin, origin + half}, []int{half, side - half})
	if err != nil {
		return nil, err
	}
	below, err := k.ReduceDiagonal(red, origin+half, side-half)
	if err != nil {
		return nil, err
	}
	return red.Merge([]*Partial{above, beside, below})
}

// Unordered reports whether the reduction is along all axes and does not ask where values are.
func (r *Reduction) Unordered() bool {
	return !slices.Contains(r.Reduced, false) && r.Fold != ArgMin && r.Fold != ArgMax
}
