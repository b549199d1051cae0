package array

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// operand is an argument of an elementwise operation: an array or a number.
type operand struct {
	array  *Array
	number scalar
}

// operandOf takes an argument: an *Array, an array in memory or a number.
func (s site) operandOf(v any) (operand, error) {
	switch v := v.(type) {
	case *Array:
		return operand{array: v}, v.Err()
	case ndarray.Untyped:
		a := fromNdarray(s, v, making{})
		return operand{array: a}, a.err
	}
	if n, ok := scalarOf(v); ok {
		return operand{number: n}, nil
	}
	return operand{}, s.wrong(fmt.Errorf("an argument is a %T: it must be an *array.Array, an array of package ndarray or a number", v))
}

func (s site) operands(args []any) ([]operand, error) {
	out := make([]operand, len(args))
	for i, v := range args {
		o, err := s.operandOf(v)
		if err != nil {
			return nil, err
		}
		out[i] = o
	}
	return out, nil
}

// common returns the type that operands have together: arrays decide by the rules of [ndarray.Promote], and weak
// numbers only add their kind.
func common(of []operand) (ndarray.DType, error) {
	var strong, weak []ndarray.DType
	for _, o := range of {
		switch {
		case o.array != nil:
			strong = append(strong, o.array.node.DType)
		case !o.number.weak:
			strong = append(strong, o.number.dtype)
		default:
			weak = append(weak, o.number.dtype)
		}
	}
	if strong == nil {
		return ndarray.ResultType(weak...)
	}
	d, err := ndarray.ResultType(strong...)
	if err != nil {
		return 0, err
	}
	for _, w := range weak {
		switch {
		case w == ndarray.Int64 && d == ndarray.Bool:
			d = w
		case w == ndarray.Float64 && !d.IsFloat() && !d.IsComplex():
			d = w
		case w == ndarray.Complex128 && !d.IsComplex():
			if d = w; len(strong) > 0 && ndarray.Promote(strong[0], ndarray.Complex64) == ndarray.Complex64 && allNarrow(strong) {
				d = ndarray.Complex64
			}
		}
	}
	return d, nil
}

// fits returns an error if a weak integer is beyond the type that arguments are cast to.
func fits(of []operand, d ndarray.DType) error {
	for _, o := range of {
		if o.array == nil {
			if err := o.number.fits(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// allNarrow reports whether all types are floats of 32 bits or go with them.
func allNarrow(types []ndarray.DType) bool {
	for _, d := range types {
		if d != ndarray.Float32 && d != ndarray.Complex64 {
			return false
		}
	}
	return true
}

// apply returns the array of an operation on the elements of its arguments, which broadcast to one shape.
func (s site) apply(op tile.Op, args ...any) *Array {
	of, err := s.operands(args)
	if err != nil {
		return &Array{err: err}
	}
	d, err := common(of)
	if err != nil {
		return s.fail("%w", err)
	}
	if d = op.Works(d); !op.Defined(d) {
		return s.fail("there is no %v of %s%s", op, typesOf(of, d), instead(op, d))
	}
	if err := fits(of, d); err != nil {
		if !op.Compares() {
			return s.fail("%w", err)
		}
		d = ndarray.Promote(d, ndarray.Int64) // whatever the number is, it can be compared
	}
	return s.elementwise(op, d, d, of)
}

// elementwise is apply with the type that arguments are cast to.
func (s site) elementwise(op tile.Op, work, to ndarray.DType, of []operand) *Array {
	var shapes [][]int
	for _, o := range of {
		if o.array != nil {
			shapes = append(shapes, o.array.node.Shape)
		}
	}
	shape, err := s.broadcast(shapes...)
	if err != nil {
		return &Array{err: err}
	}
	inputs := make([]*arrays.Node, len(of))
	for i, o := range of {
		d := work
		if op == tile.Where && i == 0 {
			d = ndarray.Bool
		}
		if op == tile.Cast {
			d = o.dtype()
		}
		inputs[i] = s.as(o, d)
	}
	return &Array{node: arrays.Map(s.name, s.pc, op, to, unified(shape, inputs), inputs...)}
}

// broadcast returns the shape that others broadcast to.
func (s site) broadcast(shapes ...[]int) ([]int, error) {
	shape, err := ndarray.BroadcastShapes(shapes...)
	if err != nil {
		return nil, s.wrong(fmt.Errorf("%w; ExpandDims, Transpose or Reshape line axes up", err))
	}
	return shape, nil
}

// typesOf says of which types operands are that are taken as type d.
func typesOf(of []operand, d ndarray.DType) string {
	var types []string
	for _, o := range of {
		if t := o.dtype().String(); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	if len(types) == 1 && types[0] == d.String() {
		return "elements of type " + types[0]
	}
	return fmt.Sprintf("elements of types %s, which meet as %v", strings.Join(types, " and "), d)
}

// instead says what there is where an operation is missing.
func instead(op tile.Op, d ndarray.DType) string {
	switch {
	case d == ndarray.Bool && (op == tile.Subtract || op == tile.Negative):
		return ": use Xor or Not, or Cast to a type of numbers"
	case d.IsComplex():
		return ": use Real, Imag, Abs or Angle"
	}
	return ": use Cast to another type"
}

func (o operand) dtype() ndarray.DType {
	if o.array != nil {
		return o.array.node.DType
	}
	return o.number.dtype
}

// as returns an operand with elements of a type.
func (s site) as(o operand, d ndarray.DType) *arrays.Node {
	if o.array == nil {
		return arrays.Full(s.name, s.pc, d, o.number.bits(d), arrays.Grid{})
	}
	n := o.array.node
	if n.DType == d {
		return n
	}
	return arrays.Map(s.name, s.pc, tile.Cast, d, n.Grid, n)
}

// unified returns the grid of a result: along each axis that of the argument that is cut into the most chunks.
func unified(shape []int, inputs []*arrays.Node) arrays.Grid {
	g := arrays.Whole(shape)
	for _, in := range inputs {
		more := len(shape) - len(in.Shape)
		for i, a := range in.Grid {
			if a.Len == shape[more+i] && a.Count() > g[more+i].Count() {
				g[more+i] = a
			}
		}
	}
	return g
}

func (s site) binary(op tile.Op, x, y any) *Array { return s.apply(op, x, y) }

func (s site) cast(a *Array, d ndarray.DType) *Array {
	switch {
	case a.Err() != nil:
		return a
	case !d.Valid():
		return s.fail("%v is no element type", d)
	case a.node.DType == d:
		return a
	}
	return s.elementwise(tile.Cast, a.node.DType, d, []operand{{array: a}})
}

func (s site) where(cond *Array, x, y any) *Array {
	if err := cond.Err(); err != nil {
		return &Array{err: err}
	}
	of, d, err := s.choices([]any{x, y})
	if err != nil {
		return &Array{err: err}
	}
	return s.elementwise(tile.Where, d, d, append([]operand{{array: s.truth(cond)}}, of...))
}

// choices returns the arguments of which elements are chosen, and the type that they have together.
func (s site) choices(args []any) ([]operand, ndarray.DType, error) {
	of, err := s.operands(args)
	if err != nil {
		return nil, 0, err
	}
	d, err := common(of)
	if err == nil {
		err = fits(of, d)
	}
	if err != nil {
		return nil, 0, s.wrong(err)
	}
	return of, d, nil
}

// truth returns whether elements are other than zero.
func (s site) truth(a *Array) *Array { return s.cast(a, ndarray.Bool) }

// Cast returns the array with elements of another type, with the meaning of [ndarray.Cast].
func (a *Array) Cast(d ndarray.DType) *Array { return site{"Cast", caller()}.cast(a, d) }

// Where returns the elements of x where those of cond are true, or other than zero, and those of y elsewhere. x and y
// are arrays or numbers; all broadcast to one shape.
func Where(cond *Array, x, y any) *Array { return site{"Where", caller()}.where(cond, x, y) }

// Clip returns the array with what is below low raised to it, and what is above high lowered to it.
func (a *Array) Clip(low, high any) *Array {
	s := site{"Clip", caller()}
	return s.apply(tile.Minimum, s.apply(tile.Maximum, a, low), high)
}
