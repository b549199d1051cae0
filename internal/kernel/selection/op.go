package selection

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Kind is what is done. The numbers travel between processes.
type Kind uint8

// The kinds. Those that work along an axis need all of it in one chunk.
const (
	Sort      Kind = iota + 1 // along the axis
	ArgSort                   // the indices that sort, of equal elements the first one first
	Quantile                  // at the levels, as the first axis of the result
	Top                       // the N greatest along the axis, the greatest first; with Least the N least, the least first
	ArgTop                    // of a chunk and the indices of its elements, the indices of the Top
	Mask                      // where the second chunk is true, which has the first axes of the first one
	Distinct                  // the different elements of chunks of one axis, sorted
	Search                    // places of the elements in the second chunk, a sorted table; with Right behind equal ones
	Contains                  // whether the elements are in the second chunk, a sorted table
	Count                     // how often each whole number below N is there; of a second chunk the sums of weights
	Histogram                 // how many elements are between neighbouring levels; of a second chunk the sums of weights
	BoxMean                   // the means of boxes of so many elements along each axis; those at the ends may be smaller
	BoxMin                    // the least elements of boxes
	BoxMax                    // the greatest elements of boxes
	Lookup                    // of whole numbers, the elements of the second chunk, a table, at these places, which may count from its end
)

var kinds = [...]string{
	Sort: "sort", ArgSort: "argsort", Quantile: "quantile", Top: "topk", ArgTop: "argtopk", Mask: "mask", Distinct: "unique", Search: "searchsorted",
	Contains: "isin", Count: "bincount", Histogram: "histogram", BoxMean: "mean of boxes", BoxMin: "minimum of boxes", BoxMax: "maximum of boxes",
	Lookup: "lookup",
}

// String returns NumPy's name, where it has one.
func (k Kind) String() string {
	if int(k) >= len(kinds) || kinds[k] == "" {
		return fmt.Sprintf("selection %d", uint8(k))
	}
	return kinds[k]
}

// Op is a kind with what it needs to know.
type Op struct {
	Kind    Kind
	Axis    int
	N       int
	Least   bool
	Right   bool
	SkipNaN bool      // quantiles are those of the numbers
	Sides   []int     // of boxes, for each axis
	Levels  []float64 // from 0 to 1 for quantiles; rising for histograms
}

// Defined reports whether elements of a type have what the kind needs, which is an order for all but masks.
func (k Kind) Defined(d ndarray.DType) bool {
	return d.Valid() && (k == Mask || !d.IsComplex()) && (k != Count && k != Lookup || d == ndarray.Int64)
}

// inputs returns how few and how many chunks the kind takes.
func (k Kind) inputs() (least, most int) {
	switch k {
	case ArgTop, Mask, Search, Contains, Lookup:
		return 2, 2
	case Distinct:
		return 0, 1 << 20
	case Count, Histogram:
		return 1, 2
	}
	return 1, 1
}

// check refuses what no call of this package makes.
func (o Op) check(in []ndarray.Untyped) error {
	if o.Kind == 0 || int(o.Kind) >= len(kinds) {
		return fmt.Errorf("selection: unknown kind %d", o.Kind)
	}
	if least, most := o.Kind.inputs(); len(in) < least || len(in) > most {
		return fmt.Errorf("selection: %v of %d chunks", o.Kind, len(in))
	}
	for _, u := range in {
		if u == nil {
			return fmt.Errorf("selection: %v of no chunk", o.Kind)
		}
	}
	if len(in) == 0 {
		return nil
	}
	rank := in[0].Rank()
	switch o.Kind {
	case Sort, ArgSort, Quantile, Top, ArgTop:
		if o.Axis < 0 || o.Axis >= rank {
			return fmt.Errorf("selection: %v along axis %d of %d", o.Kind, o.Axis, rank)
		}
	}
	if o.Kind >= BoxMean && o.Kind <= BoxMax && (len(o.Sides) != rank || rank > 0 && slices.Min(o.Sides) < 1) {
		return fmt.Errorf("selection: boxes of sides %v of %d axes", o.Sides, rank)
	}
	switch {
	case !o.Kind.Defined(in[0].DType()):
		return fmt.Errorf("selection: there is no %v of %v", o.Kind, in[0].DType())
	case o.N < 0 || o.N > 1<<30 || o.Kind == Histogram && len(o.Levels) < 2:
		return fmt.Errorf("selection: %v of %d", o.Kind, o.N)
	}
	return nil
}

// Run does what the operation says to chunks, which it does not change.
func (o Op) Run(in []ndarray.Untyped) (ndarray.Untyped, error) {
	if err := o.check(in); err != nil {
		return nil, err
	}
	switch o.Kind {
	case Mask:
		return masked(in[0], in[1])
	case Lookup:
		return lookup(in[0], in[1])
	}
	if len(in) > 0 && in[0].DType() == ndarray.Bool {
		return o.ofBools(in)
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("selection: %v of no chunks", o.Kind)
	}
	switch in[0].DType() {
	case ndarray.Int8:
		return run[int8](o, in)
	case ndarray.Int16:
		return run[int16](o, in)
	case ndarray.Int32:
		return run[int32](o, in)
	case ndarray.Int64:
		return run[int64](o, in)
	case ndarray.Uint8:
		return run[uint8](o, in)
	case ndarray.Uint16:
		return run[uint16](o, in)
	case ndarray.Uint32:
		return run[uint32](o, in)
	case ndarray.Uint64:
		return run[uint64](o, in)
	case ndarray.Float32:
		return run[float32](o, in)
	}
	return run[float64](o, in)
}

// ofBools takes bools as the numbers 0 and 1.
func (o Op) ofBools(in []ndarray.Untyped) (ndarray.Untyped, error) {
	numbers := make([]ndarray.Untyped, len(in))
	for i, u := range in {
		if numbers[i] = u; u.DType() == ndarray.Bool {
			var err error
			if numbers[i], err = ndarray.CastTo(u, ndarray.Uint8, ndarray.Unsafe); err != nil {
				return nil, err
			}
		}
	}
	u, err := o.Run(numbers)
	if err == nil && u.DType() == ndarray.Uint8 {
		return ndarray.CastTo(u, ndarray.Bool, ndarray.Unsafe)
	}
	return u, err
}

// number are the types that have an order.
type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

func run[T number](o Op, in []ndarray.Untyped) (ndarray.Untyped, error) {
	a, err := ndarray.As[T](in[0])
	if err != nil {
		return nil, err
	}
	switch o.Kind {
	case Sort:
		return sorted(a, o.Axis), nil
	case ArgSort:
		return argSorted(a, o.Axis), nil
	case Quantile:
		return quantiles(a, o)
	case Top:
		return top(a, o), nil
	case ArgTop:
		return argTop(a, in[1], o)
	case Distinct:
		return distinct[T](in)
	case Search, Contains:
		table, err := ndarray.As[T](in[1])
		if err != nil {
			return nil, err
		}
		if o.Kind == Contains {
			return contains(a, table), nil
		}
		return search(a, table, o.Right), nil
	case Count:
		whole, err := ndarray.As[int64](in[0])
		if err != nil {
			return nil, err
		}
		return count(whole, in[1:], o.N)
	case BoxMean:
		return boxMeans(a, o.Sides), nil
	case BoxMin, BoxMax:
		return boxExtremes(a, o.Sides, o.Kind == BoxMax), nil
	}
	return histogram(a, in[1:], o.Levels)
}
