package tile

import (
	"fmt"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

// Scanning says along which axis the values of a region are made cumulative.
type Scanning struct {
	Axis    int
	Product bool
}

// Check refuses what cannot be made cumulative.
func (s *Scanning) Check(rank int, d ndarray.DType) error {
	if s.Axis < 0 || s.Axis >= rank {
		return fmt.Errorf("tile: a cumulative reduction along axis %d of %d", s.Axis, rank)
	}
	if Accumulates(d).Size() != d.Size() && !d.IsFloat() && !d.IsComplex() || d == ndarray.Bool {
		return fmt.Errorf("tile: there are no cumulative sums of %v", d)
	}
	return nil
}

// Scan returns the cumulative sums, or products, of the values at the points of a region. before is the partial of what
// comes before the region, of a Sum or Prod along the axis; nil if there is nothing.
func (k *Kernel) Scan(s *Scanning, origin, shape []int, inputs []ndarray.Untyped, before *Partial) (ndarray.Untyped, error) {
	if err := s.Check(k.rank, k.program.Result()); err != nil {
		return nil, err
	}
	if len(shape) != k.rank {
		return nil, errRank(k.rank, shape)
	}
	lanes := 1
	for axis, n := range shape {
		if axis != s.Axis {
			lanes *= n
		}
	}
	start, err := startOf(k.program.Result(), lanes, s.Product, before)
	if err != nil {
		return nil, err
	}
	switch start := start.(type) {
	case *ndarray.Array[int64]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	case *ndarray.Array[uint64]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	case *ndarray.Array[float32]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	case *ndarray.Array[float64]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	case *ndarray.Array[complex64]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	case *ndarray.Array[complex128]:
		return scan(k, s, origin, shape, inputs, start.Memory())
	}
	return nil, fmt.Errorf("tile: there are no cumulative sums of %v", k.program.Result())
}

// startOf returns a copy of what comes before, for each lane along the axis, as elements of a type.
func startOf(d ndarray.DType, lanes int, product bool, before *Partial) (ndarray.Untyped, error) {
	var from ndarray.Untyped = ndarray.Scalar(int64(0))
	if product {
		from = ndarray.Scalar(int64(1))
	}
	if before != nil {
		if len(before.Parts) != 1 || before.Parts[0] == nil || before.Parts[0].Size() != lanes || !before.Parts[0].Layout().IsContiguous() {
			return nil, fmt.Errorf("tile: what comes before is no partial result of a sum or product of %d lanes", lanes)
		}
		flat, _, err := before.Parts[0].Layout().Reshape(lanes)
		if err != nil {
			return nil, err
		}
		if from, err = ndarray.View(before.Parts[0], flat); err != nil {
			return nil, err
		}
	}
	start, err := ndarray.NewUntyped(d, lanes)
	if err != nil {
		return nil, err
	}
	return start, ndarray.Assign(start, from, ndarray.Unsafe)
}

type accumulated interface {
	int64 | uint64 | float32 | float64 | complex64 | complex128
}

// scan makes the values of a region cumulative: tile by tile, while they are in the cache, if tiles hold runs along the
// axis.
func scan[T accumulated](k *Kernel, s *Scanning, origin, shape []int, inputs []ndarray.Untyped, lanes []T) (ndarray.Untyped, error) {
	n := shape[s.Axis]
	var then func(place int64, dst, values unsafe.Pointer, elements int)
	if s.Axis == len(shape)-1 {
		then = func(place int64, dst, values unsafe.Pointer, elements int) {
			run, from := at[T](dst, elements), at[T](values, elements)
			for len(run) > 0 { // it may hold several lanes, or a part of one
				lane, first := place/int64(n), int(place%int64(n))
				m := min(n-first, len(run))
				lanes[lane] = accumulate(run[:m], from[:m], lanes[lane], s.Product)
				run, from, place = run[m:], from[m:], place+int64(m)
			}
		}
	}
	u, inRuns, err := k.each(origin, shape, inputs, then)
	if err != nil || then != nil && inRuns || u.Size() == 0 {
		return u, err
	}
	data := at[T](base(u), u.Size())
	inner := 1
	for _, m := range shape[s.Axis+1:] {
		inner *= m
	}
	for outer := range len(data) / (n * inner) {
		accumulateRows(data[outer*n*inner:(outer+1)*n*inner], lanes[outer*inner:(outer+1)*inner], s.Product)
	}
	return u, nil
}

// accumulate makes a run of the cumulative values of another, which it may be itself, and returns the last one.
func accumulate[T accumulated](run, of []T, x T, product bool) T {
	run = run[:len(of)]
	if product {
		for i, v := range of {
			x *= v
			run[i] = x
		}
		return x
	}
	for i, v := range of {
		x += v
		run[i] = x
	}
	return x
}

// accumulateRows makes rows cumulative, each from the one before.
func accumulateRows[T accumulated](rows, before []T, product bool) {
	for len(rows) > 0 {
		row := rows[:len(before)]
		for i, x := range before {
			if product {
				row[i] *= x
			} else {
				row[i] += x
			}
		}
		before, rows = row, rows[len(before):]
	}
}
