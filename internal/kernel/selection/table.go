package selection

import (
	"fmt"
	"slices"
	"sort"

	"github.com/braid-compute/braid/ndarray"
)

// masked returns the elements where the mask is true, in row-major order of the mask's axes, with the further axes of u
// as they are.
func masked(u, mask ndarray.Untyped) (ndarray.Untyped, error) {
	m, err := ndarray.As[bool](mask)
	if err != nil {
		return nil, err
	}
	rank := m.Rank()
	if rank > u.Rank() || !slices.Equal(m.Shape(), u.Shape()[:rank]) {
		return nil, fmt.Errorf("selection: a mask of shape %v for elements of shape %v", m.Shape(), u.Shape())
	}
	var chosen []int
	at := 0
	for x := range m.Values() {
		if x {
			chosen = append(chosen, at)
		}
		at++
	}
	l, isView, err := u.Layout().Reshape(append([]int{m.Size()}, u.Shape()[rank:]...)...)
	if err != nil {
		return nil, err
	}
	if !isView {
		u = ndarray.Clone(u)
	}
	flat, err := ndarray.View(u, l)
	if err != nil {
		return nil, err
	}
	return gather(flat, chosen)
}

// gather returns the parts of u at some places of its first axis.
func gather(u ndarray.Untyped, places []int) (ndarray.Untyped, error) {
	out, err := ndarray.NewUntyped(u.DType(), append([]int{len(places)}, u.Shape()[1:]...)...)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(places); {
		n := 1
		for i+n < len(places) && places[i+n] == places[i]+n {
			n++
		}
		if err := copyRows(out, i, u, places[i], n); err != nil {
			return nil, err
		}
		i += n
	}
	return out, nil
}

func copyRows(dst ndarray.Untyped, to int, src ndarray.Untyped, from, n int) error {
	d, err := dst.Layout().Slice(ndarray.Range(to, to+n))
	if err != nil {
		return err
	}
	s, err := src.Layout().Slice(ndarray.Range(from, from+n))
	if err != nil {
		return err
	}
	into, err := ndarray.View(dst, d)
	if err != nil {
		return err
	}
	of, err := ndarray.View(src, s)
	if err != nil {
		return err
	}
	return ndarray.Assign(into, of, ndarray.Safe)
}

// distinct returns the different elements of all chunks, sorted; one NaN stands for all.
func distinct[T number](in []ndarray.Untyped) (ndarray.Untyped, error) {
	var all []T
	for _, u := range in {
		a, err := ndarray.As[T](u)
		if err != nil {
			return nil, err
		}
		all = a.AppendTo(all)
	}
	order(all)
	return ndarray.FromSlice(slices.Clip(slices.CompactFunc(all, func(x, y T) bool { return compare(x, y) == 0 })))
}

// placeIn returns how many elements of a sorted table are below x, or with right not above it.
func placeIn[T number](table []T, x T, right bool) int {
	return sort.Search(len(table), func(i int) bool {
		c := compare(table[i], x)
		return c > 0 || c == 0 && !right
	})
}

func search[T number](a, table *ndarray.Array[T], right bool) ndarray.Untyped {
	in := table.AppendTo(nil)
	return ndarray.Map(a, func(x T) int64 { return int64(placeIn(in, x, right)) })
}

// contains says of NaN, which equals nothing, that it is in no table.
func contains[T number](a, table *ndarray.Array[T]) ndarray.Untyped {
	in := table.AppendTo(nil)
	return ndarray.Map(a, func(x T) bool {
		i := placeIn(in, x, false)
		return i < len(in) && in[i] == x
	})
}

// weighed calls f with every element of a and its weight, which is 1 without weights.
func weighed[T ndarray.Element](a *ndarray.Array[T], weights []ndarray.Untyped, f func(x T, w float64) error) error {
	values := a.AppendTo(nil)
	var ws []float64
	if len(weights) > 0 {
		w, err := ndarray.As[float64](weights[0])
		if err != nil {
			return err
		}
		if ws = w.AppendTo(nil); len(ws) != len(values) {
			return fmt.Errorf("selection: %d weights of %d elements", len(ws), len(values))
		}
	}
	for i, x := range values {
		w := 1.0
		if ws != nil {
			w = ws[i]
		}
		if err := f(x, w); err != nil {
			return err
		}
	}
	return nil
}

// tally returns counts, or sums of weights, as a row.
func tally(sums []float64, weights bool) (ndarray.Untyped, error) {
	u, err := ndarray.FromSlice(sums, 1, len(sums))
	if err != nil || weights {
		return u, err
	}
	return ndarray.Cast[int64](u, ndarray.Unsafe)
}

func count(a *ndarray.Array[int64], weights []ndarray.Untyped, n int) (ndarray.Untyped, error) {
	sums := make([]float64, n)
	err := weighed(a, weights, func(x int64, w float64) error {
		if x < 0 || x >= int64(n) {
			return fmt.Errorf("%d is not among the %d whole numbers from 0 on that are counted", x, n)
		}
		sums[x] += w
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tally(sums, len(weights) > 0)
}

// histogram counts in the last bin what is at its end, too.
func histogram[T number](a *ndarray.Array[T], weights []ndarray.Untyped, edges []float64) (ndarray.Untyped, error) {
	sums := make([]float64, len(edges)-1)
	last := edges[len(edges)-1]
	err := weighed(a, weights, func(x T, w float64) error {
		v := float64(x)
		if v >= edges[0] && v <= last {
			i := min(placeIn(edges, v, true), len(sums)) - 1
			sums[i] += w
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tally(sums, len(weights) > 0)
}
