package arrays

import (
	"fmt"
	"slices"
	"sync"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// Order is what all tasks of a layer do. It is made once and travels with the graph.
type Order struct {
	Program   tile.Program
	Grid      Grid  // of the space that is gone through, one chunk a task
	Numbering []int // in which order the axes of the grid count in the number of a task
	Inputs    []Input
	Reduction *tile.Reduction  // nil if the values themselves are wanted
	Also      []tile.Reduction // that are made in the same pass, as parts of one result
	Finish    bool             // the partial of a task is all there is: make the result of it
	Pairs     bool             // a task reduces two mirrored chunks of a grid that is the same along both of its axes
	Scan      *tile.Scanning   // of the values of a task, from what the last argument says

	ready  sync.Once
	kernel *tile.Kernel
	all    tile.Several // the reduction and those that are made with it, if there are some
	counts []int
	same   []bool // of each input, whether each chunk is what one task reads
	err    error
}

// Input says how an array is read.
type Input struct {
	Grid  Grid
	View  View
	DType ndarray.DType
	// Shape is another shape under which the view sees the elements in row-major order; nil for the array's own.
	Shape []int
	// Halo is by how much the chunks that are given are larger than those of the grid; nil if they are not.
	Halo Halo
	// File is where the array is, if it is on disk: then no chunks are given.
	File *File `cbor:",omitempty"`
}

// seen returns the shape that the view sees.
func (in Input) seen() []int {
	if in.Shape != nil {
		return in.Shape
	}
	return in.Grid.Shape()
}

// prepare checks an order, which may come from elsewhere, and makes its kernel, once.
func (o *Order) prepare() error {
	o.ready.Do(func() {
		if o.err = o.check(); o.err == nil {
			o.kernel, o.err = tile.New(o.Program, len(o.Grid))
			o.counts = o.Grid.Counts()
			if len(o.Also) > 0 {
				o.all = append(tile.Several{*o.Reduction}, o.Also...)
			}
			for _, in := range o.Inputs {
				o.same = append(o.same, in.File == nil && in.Shape == nil && slices.Equal(in.View, Identity(len(o.Grid))) && in.Grid.Equal(o.Grid))
			}
		}
	})
	return o.err
}

func (o *Order) check() error {
	rank := len(o.Grid)
	if err := o.Grid.check(); err != nil {
		return err
	}
	sorted := slices.Sorted(slices.Values(o.Numbering))
	if !slices.Equal(sorted, count(rank)) {
		return fmt.Errorf("the axes of a grid of %d are numbered %v", rank, o.Numbering)
	}
	if n := o.Program.Inputs(); n > len(o.Inputs) {
		return fmt.Errorf("a program reads %d arrays, and %d are described", n, len(o.Inputs))
	}
	for i, in := range o.Inputs {
		if err := in.check(o.Grid); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	if o.Pairs && (rank != 2 || !o.Grid[0].equal(o.Grid[1]) || o.Reduction == nil || len(o.Inputs) > 0) {
		return fmt.Errorf("mirrored chunks of a grid of %d axes that is not the same along both, or not reduced", rank)
	}
	if o.Scan != nil {
		return o.Scan.Check(rank, o.Program.Result())
	}
	if o.Reduction != nil && len(o.Also) > 0 {
		if o.Pairs {
			return fmt.Errorf("mirrored chunks are reduced in several ways")
		}
		return append(tile.Several{*o.Reduction}, o.Also...).Check(rank)
	}
	if o.Reduction != nil {
		return o.Reduction.Check(rank)
	}
	return nil
}

// size returns how many elements a shape has.
func size(shape []int) int {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return n
}

// count returns 0, 1, … below n.
func count(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// check refuses a view that reads outside of the array.
func (in Input) check(space Grid) error {
	if err := in.Grid.check(); err != nil {
		return err
	}
	if f := in.File; f != nil {
		if err := f.check(); err != nil {
			return err
		}
		if f.DType != in.DType || !slices.Equal(f.Shape, in.Grid.Shape()) || in.Halo != nil {
			return fmt.Errorf("%s holds an array of %v and shape %v, and one of %v and shape %v is read", f.Path, f.DType, f.Shape, in.DType, in.Grid.Shape())
		}
	}
	seen := in.seen()
	if err := in.Halo.check(in.Grid); err != nil {
		return err
	}
	if len(seen) != len(in.View) || !in.DType.Valid() || size(seen) != size(in.Grid.Shape()) {
		return fmt.Errorf("a view of %d axes of an array of %v that is seen as %v, of %v", len(in.View), in.Grid.Shape(), seen, in.DType)
	}
	for k, a := range in.View {
		if a.Axis >= len(space) {
			return fmt.Errorf("axis %d of a space of %d", a.Axis, len(space))
		}
		n := 1
		if a.Axis >= 0 {
			n = space[a.Axis].Len
		}
		if first, last := a.span(0, n); first <= last && (first < 0 || last >= seen[k]) {
			return fmt.Errorf("axis %d of %d elements is read from %d to %d", k, seen[k], first, last)
		}
	}
	return nil
}

// region returns the region of a task.
func (o *Order) region(number int64) (origin, shape []int, err error) {
	if o.Pairs {
		i, j, err := pair(number, o.Grid[0].Count())
		if err != nil {
			return nil, nil, err
		}
		origin, shape = o.Grid.Region([]int{i, j})
		return origin, shape, nil
	}
	if n := o.Grid.Count(); number < 0 || number >= int64(n) {
		return nil, nil, fmt.Errorf("task %d of %d", number, n)
	}
	origin, shape = o.Grid.Region(unravel(int(number), o.counts, o.Numbering))
	return origin, shape, nil
}

// pair returns the chunk above the diagonal, or on it, of pair number k of n by n chunks, row by row.
func pair(k int64, n int) (i, j int, err error) {
	if k < 0 || k >= int64(n)*int64(n+1)/2 {
		return 0, 0, fmt.Errorf("pair %d of chunks of %d by %d", k, n, n)
	}
	for ; k >= int64(n-i); i++ {
		k -= int64(n - i)
	}
	return i, i + int(k), nil
}

// run does the work of one task; before is what comes before its values, for a cumulative reduction.
func (o *Order) run(number int64, chunks [][]ndarray.Untyped, before *tile.Partial) (any, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	origin, shape, err := o.region(number)
	if err != nil {
		return nil, err
	}
	if len(chunks) != len(o.Inputs) {
		return nil, fmt.Errorf("%d arrays are given, and %d are read", len(chunks), len(o.Inputs))
	}
	var scratch tile.Scratch // for inputs only: what kernels make lies in memory of its own
	defer scratch.Release()
	inputs := make([]ndarray.Untyped, len(chunks))
	for i := range o.Inputs {
		if o.same[i] && len(chunks[i]) == 1 && size(shape) > 0 {
			inputs[i], err = o.Inputs[i].trimmed(chunks[i][0], origin, shape)
		} else {
			inputs[i], err = o.Inputs[i].read(chunks[i], origin, shape, &scratch)
		}
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	switch {
	case o.Scan != nil:
		return o.kernel.Scan(o.Scan, origin, shape, inputs, before)
	case o.Reduction == nil:
		return o.kernel.Map(origin, shape, inputs)
	}
	if o.Pairs {
		if origin[0] == origin[1] {
			return o.kernel.ReduceDiagonal(o.Reduction, origin[0], shape[0])
		}
		return o.kernel.ReducePair(o.Reduction, origin, shape)
	}
	if o.all != nil {
		p, err := o.all.Reduce(o.kernel, origin, shape, inputs)
		if err != nil || !o.Finish {
			return p, err
		}
		return o.all.Finish(p)
	}
	p, err := o.kernel.Reduce(o.Reduction, origin, shape, inputs)
	if err != nil || !o.Finish {
		return p, err
	}
	return o.Reduction.Finish(p)
}

// read returns what a region of the space reads of an array, of which the chunks are given that it touches, in
// row-major order. What it puts together is in the scratch, if there is one.
func (in *Input) read(chunks []ndarray.Untyped, origin, shape []int, scratch *tile.Scratch) (ndarray.Untyped, error) {
	w, ok := in.window(origin, shape)
	if !ok {
		return ndarray.NewUntyped(in.DType, shape...)
	}
	if in.File != nil {
		u, err := in.File.read(w)
		if err != nil {
			return nil, err
		}
		if in.Shape != nil && !u.Layout().IsContiguous() {
			u = ndarray.Clone(u)
		}
		return in.through(u, w.from, origin, shape)
	}
	low, counts := w.chunks(in.Grid)
	n := 1
	for _, c := range counts {
		n *= c
	}
	if len(chunks) != n {
		return nil, fmt.Errorf("%d chunks are given, and %d are read", len(chunks), n)
	}
	if n == 1 {
		start, want := in.Grid.Region(low)
		u, err := in.trimmed(chunks[0], start, want)
		if err != nil {
			return nil, err
		}
		if in.Shape == nil || slices.Equal(want[min(1, len(want)):], w.size[min(1, len(want)):]) && u.Layout().IsContiguous() {
			return in.through(u, start, origin, shape)
		}
	}
	whole, err := in.assemble(chunks, w, low, counts, scratch)
	if err != nil {
		return nil, err
	}
	return in.through(whole, w.from, origin, shape)
}

// trimmed returns the chunk of the grid that begins at start, of the one that is given for it.
func (in *Input) trimmed(u ndarray.Untyped, start, want []int) (ndarray.Untyped, error) {
	if in.Halo == nil {
		return u, in.checkChunk(u, want)
	}
	wide := make([]int, len(want))
	l := ndarray.Layout{Shape: want}
	for k, n := range want {
		before, after := in.Halo.margins(in.Grid, k, in.Grid[k].Find(start[k]))
		wide[k] = before + n + after
		if u != nil && len(u.Layout().Strides) == len(want) {
			l.Offset += before * u.Layout().Strides[k]
		}
	}
	if err := in.checkChunk(u, wide); err != nil {
		return nil, err
	}
	l.Offset += u.Layout().Offset
	l.Strides = u.Layout().Strides
	return ndarray.View(u, l)
}

func (in *Input) checkChunk(u ndarray.Untyped, shape []int) error {
	if u == nil || u.DType() != in.DType || !slices.Equal(u.Shape(), shape) {
		have := "nothing"
		if u != nil {
			have = fmt.Sprintf("one of %v and shape %s", u.DType(), ndarray.FormatShape(u.Shape()))
		}
		return fmt.Errorf("a chunk should be an array of %v and shape %s, and %s was made", in.DType, ndarray.FormatShape(shape), have)
	}
	return nil
}

// assemble copies a window, of which the chunks are given, into one array.
func (in *Input) assemble(chunks []ndarray.Untyped, w window, low, counts []int, scratch *tile.Scratch) (ndarray.Untyped, error) {
	whole, err := scratch.Empty(in.DType, w.size...)
	if err != nil {
		return nil, err
	}
	axes := count(len(counts))
	for i, u := range chunks {
		index := unravel(i, counts, axes)
		for k := range index {
			index[k] += low[k]
		}
		at, have := in.Grid.Region(index)
		if u, err = in.trimmed(u, at, have); err != nil {
			return nil, err
		}
		to, of := make([]ndarray.Index, len(at)), make([]ndarray.Index, len(at))
		for k := range at {
			b, e := max(at[k], w.from[k]), min(at[k]+have[k], w.from[k]+w.size[k])
			to[k], of[k] = ndarray.Range(b-w.from[k], e-w.from[k]), ndarray.Range(b-at[k], e-at[k])
		}
		if err := copyPart(whole, u, to, of); err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// copyPart copies a part of one array to a part of another of the same type.
func copyPart(dst, src ndarray.Untyped, to, of []ndarray.Index) error {
	d, err := slice(dst, to)
	if err != nil {
		return err
	}
	s, err := slice(src, of)
	if err != nil {
		return err
	}
	return ndarray.Assign(d, s, ndarray.Safe)
}

func slice(u ndarray.Untyped, items []ndarray.Index) (ndarray.Untyped, error) {
	l, err := u.Layout().Slice(items...)
	if err != nil {
		return nil, err
	}
	return ndarray.View(u, l)
}
