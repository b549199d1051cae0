package selection

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// compare orders numbers, and NaN behind them.
func compare[T number](x, y T) int {
	switch {
	case x < y || x == x && y != y:
		return -1
	case x > y || y == y && x != x:
		return 1
	}
	return 0
}

// lines is an array as lines along one of its axes, each after the other.
type lines[T number] struct {
	data  []T
	n     int   // elements of a line
	shape []int // of the others
	axis  int
}

// linesOf copies an array into lines.
func linesOf[T number](a *ndarray.Array[T], axis int) lines[T] {
	moved := ndarray.Must(a.MoveAxis(axis, -1)).Clone()
	shape := moved.Shape()
	last := len(shape) - 1
	return lines[T]{moved.Memory(), shape[last], shape[:last], axis}
}

// each calls f with every line and its number.
func (l lines[T]) each(f func(i int, line []T)) {
	count := 1
	for _, n := range l.shape {
		count *= n
	}
	for i := range count {
		f(i, l.data[i*l.n:(i+1)*l.n])
	}
}

// result returns lines of n elements as an array whose axis is where it was.
func result[R ndarray.Element, T number](l lines[T], data []R, n int) *ndarray.Array[R] {
	u := ndarray.Must(ndarray.FromSlice(data, append(slices.Clone(l.shape), n)...))
	return ndarray.Must(u.MoveAxis(-1, l.axis)).Clone()
}

// order sorts a line; NaNs are put behind the numbers first, because a plain sort is much faster.
func order[T number](line []T) {
	n := 0
	for i, x := range line {
		if x == x {
			line[n], line[i] = x, line[n]
			n++
		}
	}
	slices.Sort(line[:n])
}

func sorted[T number](a *ndarray.Array[T], axis int) ndarray.Untyped {
	l := linesOf(a, axis)
	l.each(func(_ int, line []T) { order(line) })
	return result(l, l.data, l.n)
}

// argSorted keeps the order of equal elements.
func argSorted[T number](a *ndarray.Array[T], axis int) ndarray.Untyped {
	l := linesOf(a, axis)
	indices := make([]int64, len(l.data))
	l.each(func(i int, line []T) {
		of := indices[i*l.n : (i+1)*l.n]
		for k := range of {
			of[k] = int64(k)
		}
		slices.SortStableFunc(of, func(x, y int64) int { return compare(line[x], line[y]) })
	})
	return result(l, indices, l.n)
}

// top returns the N greatest elements of each line, or the least; all if there are fewer.
func top[T number](a *ndarray.Array[T], o Op) ndarray.Untyped {
	l := linesOf(a, o.Axis)
	n := min(o.N, l.n)
	var out []T
	l.each(func(_ int, line []T) {
		order(line)
		if !o.Least {
			slices.Reverse(line)
		}
		out = append(out, line[:n]...)
	})
	return result(l, out, n)
}

// argTop returns the indices of what top returns, and of equal elements the least.
func argTop[T number](a *ndarray.Array[T], indices ndarray.Untyped, o Op) (ndarray.Untyped, error) {
	given, err := ndarray.As[int64](indices)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(given.Shape(), a.Shape()) {
		return nil, fmt.Errorf("selection: indices of shape %v for elements of shape %v", given.Shape(), a.Shape())
	}
	l, of := linesOf(a, o.Axis), linesOf(given, o.Axis)
	n := min(o.N, l.n)
	var out []int64
	places := make([]int, l.n)
	l.each(func(i int, line []T) {
		at := of.data[i*l.n : (i+1)*l.n]
		for k := range places {
			places[k] = k
		}
		slices.SortFunc(places, func(x, y int) int {
			c := compare(line[x], line[y])
			if !o.Least {
				c = -c
			}
			return cmp.Or(c, cmp.Compare(at[x], at[y]))
		})
		for _, k := range places[:n] {
			out = append(out, at[k])
		}
	})
	return result(l, out, n), nil
}

// quantiles interpolates between the two elements next to each level: of float32 as float32, of others as float64.
func quantiles[T number](a *ndarray.Array[T], o Op) (ndarray.Untyped, error) {
	for _, q := range o.Levels {
		if !(q >= 0 && q <= 1) {
			return nil, fmt.Errorf("selection: a quantile at %v", q)
		}
	}
	l := linesOf(a, o.Axis)
	count := 1
	for _, n := range l.shape {
		count *= n
	}
	out := make([]float64, len(o.Levels)*count)
	l.each(func(i int, line []T) {
		order(line)
		numbers := len(line)
		for numbers > 0 && line[numbers-1] != line[numbers-1] {
			numbers--
		}
		for k, q := range o.Levels {
			v := math.NaN()
			if numbers == len(line) || o.SkipNaN {
				v = between(line[:numbers], q)
			}
			out[k*count+i] = v
		}
	})
	u, err := ndarray.FromSlice(out, append([]int{len(o.Levels)}, l.shape...)...)
	if err != nil || a.DType() != ndarray.Float32 {
		return u, err
	}
	return ndarray.Cast[float32](u, ndarray.Unsafe)
}

// between returns the quantile of sorted numbers; NaN of none.
func between[T number](line []T, q float64) float64 {
	if len(line) == 0 {
		return math.NaN()
	}
	at := q * float64(len(line)-1)
	i := int(at)
	low := float64(line[i])
	if i+1 == len(line) {
		return low
	}
	t, high := at-float64(i), float64(line[i+1])
	if t >= 0.5 {
		return high - float64((high-low)*(1-t))
	}
	return low + float64((high-low)*t)
}
