package array

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Function is a registered function of blocks of any number of arrays; see [Func].
type Function struct {
	operation string
	dtype     ndarray.DType
	with      []braid.Option
}

// With returns the function with more options of its calls, such as [braid.Retries], [braid.TimeLimit] or [braid.ExpectBytes]. Key and Memo
// are refused, because there is a call for each block.
func (f *Function) With(opts ...braid.Option) *Function {
	more := *f
	more.with = slices.Concat(f.with, opts)
	return &more
}

// Func registers a function of blocks under a name, which must be unique among those of this package. Call it where package variables
// are initialised, so that every process of the program knows it:
//
//	var weigh = array.Func("weigh", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) { … })
//
// The function makes one block of the result of one block of each array, and must not change what it is given. It may be called from
// several goroutines at once.
func Func[U ndarray.Element](name string, f func(context.Context, *Blocks) (*ndarray.Array[U], error)) *Function {
	d := ndarray.DTypeOf[U]()
	operation := register(name, "function of blocks of "+d.String(), f == nil, func(ctx context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) {
		u, err := f(ctx, &Blocks{b})
		if err != nil {
			return nil, err
		}
		if u == nil {
			return []ndarray.Untyped{nil}, nil
		}
		return []ndarray.Untyped{u}, nil
	})
	return &Function{operation: operation, dtype: d}
}

// registered holds where functions were registered, by name.
var registered sync.Map

// register makes an operation of a function known, and returns its name.
func register(name, version string, isNil bool, f func(context.Context, *arrays.Blocks) ([]ndarray.Untyped, error)) string {
	operation := checked(name, isNil)
	braid.RegisterOperation(arrays.CallOperation(operation, version, f))
	return operation
}

// checked returns the operation of a function of the user's. It panics on misuse, with the place, as [braid.Func] does.
func checked(name string, isNil bool) string {
	place := "an unknown place"
	if at, ok := runtime.CallersFrames([]uintptr{caller()}).Next(); ok || at.File != "" {
		place = fmt.Sprintf("%s:%d", at.File, at.Line)
	}
	switch {
	case name == "":
		panic(fmt.Sprintf("array: the function registered at %s has no name: give it one that is unique in the program", place))
	case isNil:
		panic(fmt.Sprintf("array: function %q, registered at %s, is nil", name, place))
	}
	if other, twice := registered.LoadOrStore(name, place); twice {
		panic(fmt.Sprintf("array: function %q is registered twice: at %s and at %s; names are unique in a program", name, other, place))
	}
	return "blocks/" + name
}

// Blocks are what one call of a function is given: one block of each array, and which of them these are.
type Blocks struct{ b *arrays.Blocks }

// Len returns how many arrays there are.
func (b *Blocks) Len() int { return len(b.b.In) }

// Untyped returns the block of array number i, whatever its elements are. It is a view, in which elements that an array broadcasts
// are there once: [ndarray.Clone] copies.
func (b *Blocks) Untyped(i int) ndarray.Untyped { return b.b.In[i] }

// In returns the block of array number i of b, whose elements must be of type T.
func In[T ndarray.Element](b *Blocks, i int) (*ndarray.Array[T], error) {
	a, err := ndarray.As[T](b.Untyped(i))
	if err != nil {
		return nil, fmt.Errorf("array number %d of the call: %w", i, err)
	}
	return a, nil
}

// Place says which block of an array one is.
type Place struct {
	Index  []int // of the block, along each axis
	Counts []int // of blocks along each axis
	Origin []int // of its first element in the array
	Shape  []int // of the block
}

// Place returns where the block of array number i lies.
func (b *Blocks) Place(i int) Place {
	index, origin, counts := b.b.Input(i)
	return Place{index, counts, origin, b.Untyped(i).Shape()}
}

// Result returns where the block that is to be made lies, and so its shape.
func (b *Blocks) Result() Place {
	index, origin, shape := b.b.Region(0)
	return Place{index, b.b.Order.Results[0].Counts(), origin, shape}
}

// Map returns the array of what f makes of each block of the arrays and those of the others at the same place. The arrays broadcast
// to one shape and are cut alike, as for an operation on elements. f makes a block of the shape of those that it is given;
// [Function.Blockwise] is for other shapes.
func (f *Function) Map(of ...*Array) *Array {
	s := site{"Map", caller()}
	if err := s.check(of...); err != nil {
		return &Array{err: err}
	}
	if len(of) == 0 {
		return s.fail("there are no arrays: Blockwise makes one of nothing but Sizes")
	}
	c, wide, err := s.together(of, 1)
	if err != nil {
		return &Array{err: err}
	}
	return s.one(f, c, wide)
}

// together returns arrays stretched to the shape that they broadcast to, and how their blocks meet in calls that make some of that shape.
func (s site) together(of []*Array, results int) (c application, wide []*Array, err error) {
	var shapes [][]int
	for _, a := range of {
		shapes = append(shapes, a.Shape())
	}
	shape, err := s.broadcast(shapes...)
	if err != nil {
		return c, nil, err
	}
	labels := make([]string, len(shape))
	for axis := range labels {
		labels[axis] = fmt.Sprintf("axis %d", axis)
	}
	for _, a := range of {
		c.terms, wide = append(c.terms, labels), append(wide, s.wide(a, shape))
	}
	for range results {
		c.results = append(c.results, labels)
	}
	return c, wide, nil
}

// wide returns an array stretched to a shape that it broadcasts to, in chunks that hold all of what is new.
func (s site) wide(a *Array, shape []int) *Array {
	if slices.Equal(a.Shape(), shape) {
		return a
	}
	v, g, more := make(arrays.View, a.Rank()), arrays.Whole(shape), len(shape)-a.Rank()
	for k, n := range a.Shape() {
		if v[k] = (arrays.ViewAxis{Axis: -1}); n == shape[more+k] {
			v[k], g[more+k] = arrays.ViewAxis{Axis: more + k, Step: 1}, a.node.Grid[k]
		}
	}
	return s.look(a, v, g)
}

// Sizes are the lengths of blocks along labelled axes of a result: along axes that no array has, which are new, and along those where
// the function makes blocks of other lengths than it is given, of which there are as many.
type Sizes map[rune][]int

// Blockwise returns the array of what f makes of blocks that subscripts line up, in the notation of [Einsum]: letters name the axes of
// each array, and those of the result stand behind "->".
//
//	outer.Blockwise("i,j->ij", nil, a, b)                              // every block of a with every block of b
//	total.Blockwise("ij->i", nil, a)                                   // rows as a whole, without their axis
//	powers.Blockwise("i->ik", array.Sizes{'k': {3}}, a)                // a new axis of length 3
//	halve.Blockwise("ij->ij", array.Sizes{'j': {2, 2, 1}}, a)          // blocks of other lengths
//
// An axis that the result lacks is held by f as a whole: other axes are cut shorter for that if blocks would become larger than those
// of the arrays and than [DefaultChunkBytes]. Axes of length 1 broadcast.
func (f *Function) Blockwise(subscripts string, sizes Sizes, of ...*Array) *Array {
	s := site{"Blockwise", caller()}
	if err := s.check(of...); err != nil {
		return &Array{err: err}
	}
	c, err := labelled(subscripts, sizes, of)
	if err != nil {
		return s.fail("%q: %w", subscripts, err)
	}
	return s.one(f, c, of)
}

// labelled reads subscripts.
func labelled(subscripts string, sizes Sizes, of []*Array) (application, error) {
	c := application{sizes: map[string][]int{}}
	terms, result, err := cutSubscripts(subscripts)
	if err != nil {
		return c, err
	}
	if len(of) == 0 && len(terms) == 1 && len(terms[0]) == 0 {
		terms = nil
	}
	if len(terms) != len(of) {
		return c, fmt.Errorf("it names %s, and %d are given", plural(len(terms), "array"), len(of))
	}
	for i, term := range terms {
		if len(term) != of[i].Rank() {
			return c, fmt.Errorf("array number %d has shape %s, and %d labels name its axes", i, tuple(of[i].Shape()), len(term))
		}
	}
	c.terms, c.results = terms, [][]string{result}
	for r, lengths := range sizes {
		label := string(r)
		if !slices.Contains(result, label) {
			return c, fmt.Errorf("sizes are given along %q, which is no axis of the result", r)
		}
		for _, n := range lengths {
			if n < 1 {
				return c, fmt.Errorf("a block of %d elements along %q: give at least 1", n, r)
			}
		}
		c.sizes[label] = lengths
	}
	return c, nil
}

// one applies a function that makes one array.
func (s site) one(f *Function, c application, of []*Array) *Array {
	if f == nil {
		return s.fail("the function is nil")
	}
	if f.with != nil {
		c.options = f.with
	}
	all, err := s.applied(f.operation, c, []ndarray.DType{f.dtype}, of)
	if err != nil {
		return &Array{err: err}
	}
	return all[0]
}
