package array

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Gufunc is a registered function on the last axes of arrays, which the signature names; see [NewGufunc].
type Gufunc struct {
	operation, signature string
	in, out              [][]string // labels of core axes
	takes, makes         ndarray.DType
	sizes                map[string]int // of core axes
	with                 []braid.Option
}

// With returns the function with more options of its calls; see [Function.With].
func (g *Gufunc) With(opts ...braid.Option) *Gufunc {
	more := *g
	more.with = slices.Concat(g.with, opts)
	return &more
}

// NewGufunc registers a generalized universal function, as NumPy calls it, under a name that must be unique among the functions of
// this package. Call it where package variables are initialised. The signature names the core axes of each argument and of each
// result:
//
//	var solve = array.NewGufunc("solve", "(i,i),(i)->(i)", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) { … })
//
// f is given arrays of the core axes alone, and is called for every point of the axes before them, the loop axes, which broadcast. A
// whole number stands for a core axis of that length. It panics if the signature cannot be read.
func NewGufunc[T, U ndarray.Element](name, signature string, f func(ctx context.Context, in []*ndarray.Array[T]) ([]*ndarray.Array[U], error)) *Gufunc {
	g := &Gufunc{signature: signature, takes: ndarray.DTypeOf[T](), makes: ndarray.DTypeOf[U](), sizes: map[string]int{}}
	if err := g.parse(); err != nil {
		panic(fmt.Sprintf("array: function %q: signature %q: %v", name, signature, err))
	}
	g.operation = register(name, fmt.Sprintf("%s of %v to %v", signature, g.takes, g.makes), f == nil,
		func(ctx context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) { return loop(ctx, g, f, b) })
	return g
}

// parse reads the signature.
func (g *Gufunc) parse() error {
	in, out, ok := strings.Cut(strings.ReplaceAll(g.signature, " ", ""), "->")
	if !ok {
		return fmt.Errorf("the results are missing: write them behind \"->\", as in \"(i,j),(j)->(i)\"")
	}
	var err error
	if g.in, err = g.core(in); err != nil {
		return err
	}
	if g.out, err = g.core(out); err != nil {
		return err
	}
	return nil
}

// core reads "(i,j),(j)".
func (g *Gufunc) core(text string) ([][]string, error) {
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return nil, fmt.Errorf("%q is no list of core axes in brackets, as in \"(i,j),(j)\"", text)
	}
	var all [][]string
	for _, part := range strings.Split(text[1:len(text)-1], "),(") {
		term := []string{}
		for _, label := range strings.Split(part, ",") {
			if label == "" && part == "" {
				break
			}
			if n, err := strconv.Atoi(label); err == nil && n > 0 {
				g.sizes[label] = n
			} else if strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || label == "" || label[0] <= '9' {
				return nil, fmt.Errorf("%q names no axis: use letters, or a whole number for the length", label)
			}
			term = append(term, label)
		}
		all = append(all, term)
	}
	return all, nil
}

// Sizes returns the function with lengths of core axes that only its results have.
func (g *Gufunc) Sizes(sizes map[string]int) *Gufunc {
	more := *g
	more.sizes = map[string]int{}
	for _, from := range []map[string]int{g.sizes, sizes} {
		for label, n := range from {
			more.sizes[label] = n
		}
	}
	return &more
}

// Call returns the array that the function makes, if that is one; see [Gufunc.CallAll].
func (g *Gufunc) Call(of ...*Array) *Array {
	s := site{"Call", caller()}
	if len(g.out) != 1 {
		return s.fail("the signature %s has %d results: use CallAll", g.signature, len(g.out))
	}
	return g.all(s, of)[0]
}

// CallAll returns the arrays that the function makes. Arguments of other types are converted as far as nothing is lost. Core axes are
// put into one chunk each; loop axes are cut shorter for that if chunks would become larger than those of the arguments and than
// [DefaultChunkBytes].
func (g *Gufunc) CallAll(of ...*Array) []*Array { return g.all(site{"CallAll", caller()}, of) }

func (g *Gufunc) all(s site, of []*Array) []*Array {
	all, err := g.apply(s, of)
	if err != nil {
		all = make([]*Array, len(g.out))
		for i := range all {
			all[i] = &Array{err: err}
		}
	}
	return all
}

func (g *Gufunc) apply(s site, of []*Array) ([]*Array, error) {
	if err := s.check(of...); err != nil {
		return nil, err
	}
	if len(of) != len(g.in) {
		return nil, s.wrong(fmt.Errorf("the signature %s takes %s, and %d are given", g.signature, plural(len(g.in), "array"), len(of)))
	}
	c := application{core: map[string]bool{}, sizes: map[string][]int{}}
	loops, most := make([][]int, len(of)), 0
	of = slices.Clone(of)
	for i, a := range of {
		if d := a.DType(); ndarray.Promote(d, g.takes) != g.takes {
			return nil, s.wrong(fmt.Errorf("array number %d has elements of type %v, which are not all of type %v: use Cast to convert them", i, d, g.takes))
		}
		of[i] = s.cast(a, g.takes)
		n := a.Rank() - len(g.in[i])
		if n < 0 {
			return nil, s.wrong(fmt.Errorf("array number %d of shape %s has fewer axes than the signature %s wants", i, tuple(a.Shape()), g.signature))
		}
		loops[i] = a.Shape()[:n]
		most = max(most, n)
	}
	if _, err := ndarray.BroadcastShapes(loops...); err != nil {
		return nil, s.wrong(fmt.Errorf("the loop axes of %s: %w", g.signature, err))
	}
	lengths, err := g.lengths(of)
	if err != nil {
		return nil, s.wrong(err)
	}
	loop := make([]string, most)
	for k := range loop {
		loop[k] = fmt.Sprintf("loop %d", k)
	}
	for i := range of {
		c.terms = append(c.terms, append(slices.Clone(loop[most-len(loops[i]):]), c.add(g.in[i], lengths)...))
	}
	types := make([]ndarray.DType, len(g.out))
	for i, core := range g.out {
		c.results = append(c.results, append(slices.Clone(loop), c.add(core, lengths)...))
		types[i] = g.makes
	}
	if g.with != nil {
		c.options = g.with
	}
	return s.applied(g.operation, c, types, of)
}

// lengths returns those of all core axes.
func (g *Gufunc) lengths(of []*Array) (map[string]int, error) {
	lengths := map[string]int{}
	for label, n := range g.sizes {
		if n < 1 {
			return nil, fmt.Errorf("%d elements along core axis %q: give at least 1", n, label)
		}
		lengths[label] = n
	}
	for i, a := range of {
		n := a.Rank() - len(g.in[i])
		for k, label := range g.in[i] {
			have := a.Shape()[n+k]
			if want, ok := lengths[label]; ok && have != want {
				return nil, fmt.Errorf("array number %d of shape %s has %d elements along core axis %q of %s, and %d are wanted", i, tuple(a.Shape()), have, label, g.signature, want)
			}
			lengths[label] = have
		}
	}
	for _, label := range slices.Concat(g.out...) {
		if _, ok := lengths[label]; !ok {
			return nil, fmt.Errorf("core axis %q of %s is in no argument: say its length by Sizes", label, g.signature)
		}
	}
	return lengths, nil
}

// add adds core axes, and returns labels for them of which none is there twice.
func (c application) add(core []string, lengths map[string]int) []string {
	term := make([]string, len(core))
	for k, label := range core {
		for term[k] = label; slices.Contains(term[:k], term[k]); {
			term[k] += "'"
		}
		c.core[term[k]], c.sizes[term[k]] = true, []int{lengths[label]}
	}
	return term
}

// loop calls the function of a gufunc for every point of the loop axes.
func loop[T, U ndarray.Element](ctx context.Context, g *Gufunc, f func(context.Context, []*ndarray.Array[T]) ([]*ndarray.Array[U], error), b *arrays.Blocks) ([]ndarray.Untyped, error) {
	if len(b.In) != len(g.in) || len(b.Order.Results) != len(g.out) {
		return nil, fmt.Errorf("%d arrays are given, and %d are wanted, for the signature %s: client and worker differ", len(b.In), len(b.Order.Results), g.signature)
	}
	_, _, first := b.Region(0)
	points := first[:max(0, len(first)-len(g.out[0]))]
	in := make([]parts[T], len(b.In))
	for i, u := range b.In {
		var err error
		if in[i], err = partsOf[T](u, len(g.in[i])); err != nil {
			return nil, fmt.Errorf("array number %d: %w", i, err)
		}
	}
	results, out := make([]ndarray.Untyped, len(g.out)), make([]parts[U], len(g.out))
	for i := range results {
		_, _, shape := b.Region(i)
		a := ndarray.New[U](shape...)
		results[i] = a
		var err error
		if out[i], err = partsOf[U](a, len(g.out[i])); err != nil {
			return nil, err
		}
	}
	for at := range eachPoint(points) {
		cores := make([]*ndarray.Array[T], len(in))
		for i := range in {
			var err error
			if cores[i], err = in[i].at(at); err != nil {
				return nil, err
			}
		}
		made, err := f(ctx, cores)
		if err != nil {
			return nil, err
		}
		if len(made) != len(out) {
			return nil, fmt.Errorf("the function made %s, and its signature %s says %d", plural(len(made), "array"), g.signature, len(out))
		}
		for i, m := range made {
			to, err := out[i].at(at)
			if err != nil {
				return nil, err
			}
			if m == nil || !slices.Equal(m.Shape(), to.Shape()) {
				return nil, fmt.Errorf("result number %d of the function is %s, and one of shape %s is wanted by its signature %s", i, shapeOf(m), tuple(to.Shape()), g.signature)
			}
			if err := ndarray.Copy(to, m); err != nil {
				return nil, err
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
	}
	return results, nil
}

// eachPoint goes through the points of a shape in row-major order. The slice is reused.
func eachPoint(shape []int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if slices.Contains(shape, 0) {
			return
		}
		at := make([]int, len(shape))
		for {
			if !yield(at) {
				return
			}
			k := len(at) - 1
			for ; k >= 0; k-- {
				if at[k]++; at[k] < shape[k] {
					break
				}
				at[k] = 0
			}
			if k < 0 {
				return
			}
		}
	}
}

func shapeOf[T ndarray.Element](a *ndarray.Array[T]) string {
	if a == nil {
		return "no array"
	}
	return "an array of shape " + tuple(a.Shape())
}

// parts are the parts of an array that the last axes span.
type parts[T ndarray.Element] struct {
	data []T
	loop ndarray.Layout
	core ndarray.Layout
}

func partsOf[T ndarray.Element](u ndarray.Untyped, core int) (parts[T], error) {
	a, err := ndarray.As[T](u)
	if err != nil {
		return parts[T]{}, err
	}
	l := a.Layout()
	k := len(l.Shape) - core
	if k < 0 {
		return parts[T]{}, fmt.Errorf("an array of shape %s has fewer than %d axes", tuple(l.Shape), core)
	}
	return parts[T]{
		data: a.Memory(),
		loop: ndarray.Layout{Shape: l.Shape[:k], Strides: l.Strides[:k]},
		core: ndarray.Layout{Shape: l.Shape[k:], Strides: l.Strides[k:], Offset: l.Offset},
	}, nil
}

// at returns the part at a point of the loop axes, of which the array may lack the first ones.
func (p *parts[T]) at(point []int) (*ndarray.Array[T], error) {
	core := p.core
	for k, step := range p.loop.Strides {
		core.Offset += step * point[len(point)-len(p.loop.Strides)+k]
	}
	return ndarray.FromLayout(p.data, core)
}
