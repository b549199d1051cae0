package tile

import (
	"fmt"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

// Fold is what is done with the values along reduced axes.
type Fold uint8

// The folds. Moments keeps how many values there are, their mean and the sum of squares of their distances from it.
const (
	Sum Fold = iota + 1
	Prod
	Min
	Max
	Any
	All
	ArgMin
	ArgMax
	Moments
)

var folds = [...]string{Sum: "sum", Prod: "prod", Min: "min", Max: "max", Any: "any", All: "all", ArgMin: "argmin", ArgMax: "argmax", Moments: "moments"}

// String returns NumPy's name of the fold.
func (f Fold) String() string {
	if int(f) >= len(folds) || folds[f] == "" {
		return fmt.Sprintf("fold %d", uint8(f))
	}
	return folds[f]
}

// Reduction says how values become a partial, and partials a result.
type Reduction struct {
	Fold    Fold
	DType   ndarray.DType // of the values
	SkipNaN bool          // values that are NaN do not count: for Min, Max, ArgMin, ArgMax and Moments
	// Reduced says of each axis whether it is reduced.
	Reduced []bool
	// Offset and Coef say what the index of a point is, for ArgMin and ArgMax.
	Offset int64
	Coef   []int64

	// What Finish makes of a partial:

	Keep  bool          // reduced axes stay, with length 1
	To    ndarray.DType // of the result
	Count int64         // values of each result are divided by it, for a mean; 0 for none
	Final Final         // of Moments
	DDof  float64       // is subtracted from the number of values, for a variance
}

// Final says what is made of moments.
type Final uint8

// The results of moments.
const (
	Mean Final = iota + 1
	Var
	Std
)

// Partial is what is known of some of the values: arrays in row-major order of the shape of the axes that are kept.
// Moments are a count, a mean and a sum of squares; ArgMin and ArgMax a value and its index; the others one array.
type Partial struct {
	Parts []ndarray.Untyped
}

// MemorySize returns the bytes that the partial takes.
func (p *Partial) MemorySize() int64 {
	n := int64(0)
	for _, u := range p.Parts {
		n += int64(u.Size()) * int64(u.DType().Size())
	}
	return n
}

// Accumulates returns the type in which values of a type are added: integers in 64 bits, floats and complex numbers in
// the widest type.
func Accumulates(d ndarray.DType) ndarray.DType {
	switch {
	case d.IsComplex():
		return ndarray.Complex128
	case d.IsFloat():
		return ndarray.Float64
	case d.IsInteger() && !d.IsSigned():
		return ndarray.Uint64
	}
	return ndarray.Int64
}

// parts returns the types of the parts of a partial; none if there is no such fold of the type.
func (r *Reduction) parts() []ndarray.DType {
	switch r.Fold {
	case Sum, Prod:
		return []ndarray.DType{Accumulates(r.DType)}
	case Min, Max:
		if !r.DType.IsComplex() {
			return []ndarray.DType{r.DType}
		}
	case Any, All:
		if r.DType == ndarray.Bool {
			return []ndarray.DType{ndarray.Bool}
		}
	case ArgMin, ArgMax:
		if !r.DType.IsComplex() {
			return []ndarray.DType{r.DType, ndarray.Int64}
		}
	case Moments:
		if r.DType == ndarray.Float64 {
			return []ndarray.DType{ndarray.Int64, ndarray.Float64, ndarray.Float64}
		}
	}
	return nil
}

// Check refuses a reduction of a space with so many axes that cannot be.
func (r *Reduction) Check(rank int) error {
	arg := r.Fold == ArgMin || r.Fold == ArgMax
	switch {
	case !r.DType.Valid() || !r.To.Valid():
		return fmt.Errorf("tile: %v from %v to %v: these are no element types", r.Fold, r.DType, r.To)
	case r.parts() == nil:
		return fmt.Errorf("tile: there is no %v of %v", r.Fold, r.DType)
	case len(r.Reduced) != rank || arg && len(r.Coef) != rank:
		return fmt.Errorf("tile: %v over %d of %d axes: each must be said to be reduced or not", r.Fold, len(r.Reduced), rank)
	}
	return nil
}

// kept returns the shape of the partial of a region.
func (r *Reduction) kept(shape []int) []int {
	kept := make([]int, 0, len(shape))
	for i, n := range shape {
		if !r.Reduced[i] {
			kept = append(kept, n)
		}
	}
	return kept
}

// fresh returns the partial of no values.
func (r *Reduction) fresh(shape []int) (*Partial, error) {
	p := &Partial{}
	for _, d := range r.parts() {
		u, err := ndarray.NewUntyped(d, shape...)
		if err != nil {
			return nil, err
		}
		p.Parts = append(p.Parts, u)
	}
	return p, nil
}

// check refuses a partial that is none of the reduction.
func (r *Reduction) check(p *Partial) error {
	want := r.parts()
	if p == nil || len(p.Parts) != len(want) {
		return fmt.Errorf("tile: a partial result of %v does not have %d parts", r.Fold, len(want))
	}
	for i, u := range p.Parts {
		if u == nil || u.DType() != want[i] || u.Size() != p.Parts[0].Size() || !u.Layout().IsContiguous() {
			return fmt.Errorf("tile: part %d of a partial result of %v is not an array of %v like the others", i, r.Fold, want[i])
		}
	}
	return nil
}

// Reduce returns the partial of the values at the points of a region.
func (k *Kernel) Reduce(red *Reduction, origin, shape []int, inputs []ndarray.Untyped) (*Partial, error) {
	if err := red.Check(k.rank); err != nil {
		return nil, err
	}
	return k.reduce([]Reduction{*red}, origin, shape, inputs)
}

// reduce returns the partials of reductions, which go through the values in the same way, as one.
func (k *Kernel) reduce(reds []Reduction, origin, shape []int, inputs []ndarray.Untyped) (*Partial, error) {
	if len(shape) != k.rank || len(origin) != k.rank {
		return nil, errRank(k.rank, shape)
	}
	red := &reds[0]
	if d := k.program.Result(); d != red.DType {
		return nil, fmt.Errorf("tile: a reduction of %v cannot take the values of a program of %v", red.DType, d)
	}
	kept := red.kept(shape)
	all := &Partial{}
	folds := make([]folder, len(reds))
	for i := range reds {
		p, err := reds[i].fresh(kept)
		if err != nil {
			return nil, err
		}
		folds[i] = newFolder(&reds[i], p)
		all.Parts = append(all.Parts, p.Parts...)
	}
	if n, err := ndarray.Size(shape...); err != nil || n == 0 {
		return all, err
	}
	r := k.enter()
	defer r.leave()
	acc, index := operand{strides: r.places}, operand{strides: r.none}
	step := int64(1)
	for i := k.rank - 1; i >= 0; i-- {
		if r.places[i] = 0; !red.Reduced[i] {
			r.places[i] = step
			step *= int64(shape[i])
		}
	}
	if red.Coef != nil {
		index.offset, index.strides = red.Offset, red.Coef
		for i, x := range origin {
			index.offset += red.Coef[i] * int64(x)
		}
	}
	if err := r.prepare(origin, shape, inputs, acc, index); err != nil {
		return nil, err
	}
	r.fold(folds, len(r.feeds))
	for _, f := range folds {
		f.finish()
	}
	return all, nil
}

// fold folds the values of all tiles; operand number acc is the place in the partials, the next one the index.
func (r *run) fold(folds []folder, acc int) {
	r.w.each(func(t *tile) {
		v := r.value(t, nil)
		for _, f := range folds {
			r.foldTile(f, t, v, acc)
		}
	})
}

// foldTile folds the values of one tile.
func (r *run) foldTile(f folder, t *tile, v unsafe.Pointer, acc int) {
	size := int64(r.k.program.Result().Size())
	ar, ac := r.w.row.strides[acc], r.w.col.strides[acc]
	ir, ic := r.w.row.strides[acc+1], r.w.col.strides[acc+1]
	to, index := t.at[acc], t.at[acc+1]
	if ar == 0 && ac == 0 && (t.rows == 1 || ir == ic*int64(t.cols)) {
		f.along(to, v, t.rows*t.cols, index, ic)
		return
	}
	for i := range int64(t.rows) {
		row := unsafeRow(v, i*int64(t.cols)*size)
		switch ac {
		case 0:
			f.along(to+i*ar, row, t.cols, index+i*ir, ic)
		case 1:
			f.across(to+i*ar, row, t.cols, index+i*ir, ic)
		default:
			for c := range int64(t.cols) {
				f.along(to+i*ar+c*ac, unsafeRow(row, c*size), 1, index+i*ir+c*ic, 0)
			}
		}
	}
}
