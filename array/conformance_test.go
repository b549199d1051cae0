package array_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// conformance is testdata/conformance.json: operations with NumPy's answers, which testdata/conformance.py asked for. A
// missing answer is an error.
type conformance struct {
	NumPy string
	Cases []*question
}

type question struct {
	Op     string
	Inputs []values
	Params params
	Exact  bool
	Want   *values
}

type values struct {
	DType string
	Shape []int
	Data  string
}

type params struct {
	To        string
	Number    float64
	Float     bool
	Axis      any
	Keep      bool
	Skip      bool
	DDof      float64
	Items     [][]any
	Axes      []int
	Args      []float64
	Shape     []int
	Positions []int
	K         int
	Key       uint64
	Text      string
	Points    [][]int
	Fan       int
}

func (q *question) String() string {
	var in []string
	for _, v := range q.Inputs {
		in = append(in, fmt.Sprintf("%s%v", v.DType, v.Shape))
	}
	return fmt.Sprintf("%s of %s with %+v", q.Op, strings.Join(in, ", "), q.Params)
}

var answers = sync.OnceValues(func() (*conformance, error) {
	data, err := os.ReadFile("testdata/conformance.json")
	if err != nil {
		return nil, err
	}
	c := new(conformance)
	return c, json.Unmarshal(data, c)
})

func (v *values) array() (ndarray.Untyped, error) {
	d, err := ndarray.ParseDType(v.DType)
	if err != nil {
		return nil, err
	}
	packed, err := base64.StdEncoding.DecodeString(v.Data)
	if err != nil {
		return nil, err
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	return ndarray.ReadRaw(bytes.NewReader(raw), binary.LittleEndian, d, v.Shape...)
}

// axes returns the reduction that the parameters say.
func (p *params) reduction() array.Reduction {
	var r array.Reduction
	switch axis := p.Axis.(type) {
	case float64:
		r = array.Along(int(axis))
	case []any:
		var axes []int
		for _, a := range axis {
			axes = append(axes, int(a.(float64)))
		}
		r = array.Along(axes...)
	default:
		r = array.AlongAll()
	}
	if p.Keep {
		r = r.Keep()
	}
	if p.Skip {
		r = r.SkipNaN()
	}
	if p.Fan > 0 {
		r = r.SplitEvery(p.Fan)
	}
	return r.DDof(p.DDof)
}

func (p *params) items() []ndarray.Index {
	var items []ndarray.Index
	for _, x := range p.Items {
		switch x[0] {
		case "at":
			items = append(items, ndarray.At(int(x[1].(float64))))
		case "new":
			items = append(items, ndarray.NewAxis())
		case "ellipsis":
			items = append(items, ndarray.Ellipsis())
		default:
			i := ndarray.All()
			start, hasStart := x[1].(float64)
			stop, hasStop := x[2].(float64)
			switch {
			case hasStart && hasStop:
				i = ndarray.Range(int(start), int(stop))
			case hasStart:
				i = ndarray.From(int(start))
			case hasStop:
				i = ndarray.To(int(stop))
			}
			if step, ok := x[3].(float64); ok {
				i = i.By(int(step))
			}
			items = append(items, i)
		}
	}
	return items
}

func (p *params) axis() int { return int(p.Axis.(float64)) }

func (p *params) number() any {
	if p.Float {
		return p.Number
	}
	return int(p.Number)
}

var unary = map[string]func(*array.Array) *array.Array{
	"Neg": (*array.Array).Neg, "Abs": (*array.Array).Abs, "Square": (*array.Array).Square, "Floor": (*array.Array).Floor, "Ceil": (*array.Array).Ceil,
	"Trunc": (*array.Array).Trunc, "IsNaN": (*array.Array).IsNaN, "IsInf": (*array.Array).IsInf, "IsFinite": (*array.Array).IsFinite,
	"Not": (*array.Array).Not, "Real": (*array.Array).Real, "Imag": (*array.Array).Imag, "Conj": (*array.Array).Conj, "Sign": (*array.Array).Sign,
	"Rint": (*array.Array).Rint, "Reciprocal": (*array.Array).Reciprocal, "Sqrt": (*array.Array).Sqrt, "Cbrt": (*array.Array).Cbrt,
	"Exp": (*array.Array).Exp, "Exp2": (*array.Array).Exp2, "Expm1": (*array.Array).Expm1, "Log": (*array.Array).Log, "Log2": (*array.Array).Log2,
	"Log10": (*array.Array).Log10, "Log1p": (*array.Array).Log1p, "Sin": (*array.Array).Sin, "Cos": (*array.Array).Cos, "Tan": (*array.Array).Tan,
	"Asin": (*array.Array).Asin, "Acos": (*array.Array).Acos, "Atan": (*array.Array).Atan, "Sinh": (*array.Array).Sinh, "Cosh": (*array.Array).Cosh,
	"Tanh": (*array.Array).Tanh, "Asinh": (*array.Array).Asinh, "Acosh": (*array.Array).Acosh, "Atanh": (*array.Array).Atanh,
}

var binaries = map[string]func(*array.Array, any) *array.Array{
	"Add": (*array.Array).Add, "Sub": (*array.Array).Sub, "Mul": (*array.Array).Mul, "Div": (*array.Array).Div, "FloorDiv": (*array.Array).FloorDiv,
	"Mod": (*array.Array).Mod, "Minimum": (*array.Array).Minimum, "Maximum": (*array.Array).Maximum, "Fmin": (*array.Array).Fmin, "Fmax": (*array.Array).Fmax,
	"Equal": (*array.Array).Equal, "NotEqual": (*array.Array).NotEqual, "Less": (*array.Array).Less, "LessEqual": (*array.Array).LessEqual,
	"Greater": (*array.Array).Greater, "GreaterEqual": (*array.Array).GreaterEqual, "BitAnd": (*array.Array).BitAnd, "BitOr": (*array.Array).BitOr,
	"BitXor": (*array.Array).BitXor, "And": (*array.Array).And, "Or": (*array.Array).Or, "Xor": (*array.Array).Xor, "Copysign": (*array.Array).Copysign,
	"Atan2": (*array.Array).Atan2, "Hypot": (*array.Array).Hypot, "Pow": (*array.Array).Pow, "Shl": (*array.Array).Shl, "Shr": (*array.Array).Shr,
}

var reductions = map[string]func(array.Reduction, *array.Array) *array.Array{
	"Sum": array.Reduction.Sum, "Prod": array.Reduction.Prod, "Min": array.Reduction.Min, "Max": array.Reduction.Max, "Any": array.Reduction.Any,
	"All": array.Reduction.All, "Mean": array.Reduction.Mean, "Var": array.Reduction.Var, "Std": array.Reduction.Std, "ArgMin": array.Reduction.ArgMin,
	"ArgMax": array.Reduction.ArgMax, "CountNonzero": array.Reduction.CountNonzero, "PTP": array.Reduction.PTP,
}

// inputs returns the arrays of the question in this process.
func (q *question) inputs(opts ...array.Option) ([]*array.Array, error) {
	var in []*array.Array
	for _, v := range q.Inputs {
		u, err := v.array()
		if err != nil {
			return nil, err
		}
		in = append(in, array.FromNdarray(u, opts...))
	}
	return in, nil
}

// ask returns the array that the question is about, of its inputs.
func (q *question) ask(c *braid.Client, in []*array.Array, opts ...array.Option) (*array.Array, error) {
	p := &q.Params
	if f := unary[q.Op]; f != nil {
		return f(in[0]), nil
	}
	if f := binaries[q.Op]; f != nil {
		return f(in[0], in[1]), nil
	}
	if f := reductions[q.Op]; f != nil {
		return f(p.reduction(), in[0]), nil
	}
	for _, more := range []map[string]func([]*array.Array, *params) *array.Array{further, wholes} {
		if f := more[q.Op]; f != nil {
			return f(in, p), nil
		}
	}
	if f := unsized[q.Op]; f != nil {
		a, err := measure(c, f, in, p)
		if err != nil && q.Want == nil { // a mistake, which the others carry
			return in[0].Add(array.Ones(array.Shape{97})), nil
		}
		return a, err
	}
	switch q.Op {
	case "Tri":
		return array.Tri(int(p.Args[0]), int(p.Args[1]), int(p.Args[2]), opts...), nil
	case "Cast":
		d, err := ndarray.ParseDType(p.To)
		return in[0].Cast(d), err
	case "Where":
		return array.Where(in[0], in[1], in[2]), nil
	case "Clip":
		return in[0].Clip(in[1], in[2]), nil
	case "AddNumber":
		return in[0].Add(p.number()), nil
	case "DivNumber":
		return in[0].Div(p.number()), nil
	case "Slice":
		return in[0].Slice(p.items()...), nil
	case "SliceSum":
		return in[0].Slice(p.items()...).Mul(2).Add(1).Sum(), nil
	case "Transpose":
		return in[0].Transpose(p.Axes...), nil
	case "Flip":
		switch axis := p.Axis.(type) {
		case nil:
			return in[0].Flip(), nil
		case []any:
			return in[0].Flip(0, 2), nil
		default:
			return in[0].Flip(int(axis.(float64))), nil
		}
	case "Diagonal":
		return in[0].Diagonal(int(p.Args[0]), int(p.Args[1]), int(p.Args[2])), nil
	case "Reshape":
		return in[0].Reshape(p.Shape), nil
	case "ReshapeSum":
		return array.Along(0).Sum(in[0].T().Reshape(p.Shape).Mul(3)), nil
	case "BroadcastTo":
		return in[0].BroadcastTo(p.Shape), nil
	case "Concatenate":
		return array.Concatenate(p.axis(), in...), nil
	case "Stack":
		return array.Stack(p.axis(), in...), nil
	case "CumSum":
		return in[0].CumSum(p.axis()), nil
	case "CumProd":
		return in[0].CumProd(p.axis()), nil
	case "Diff":
		return in[0].Diff(p.axis()), nil
	case "Take":
		return in[0].Take(p.Positions, p.axis()), nil
	case "Tril":
		return in[0].Tril(p.K), nil
	case "Triu":
		return in[0].Triu(p.K), nil
	case "Arange":
		return array.Arange(p.Args[0], p.Args[1], p.Args[2], opts...), nil
	case "Linspace":
		return array.Linspace(p.Args[0], p.Args[1], int(p.Args[2]), opts...), nil
	case "Eye":
		return array.Eye(int(p.Args[0]), int(p.Args[1]), int(p.Args[2]), opts...), nil
	case "Random":
		return array.Random(p.Key).Uniform(0, 1, array.Shape{5, 7}, opts...), nil
	}
	return nil, fmt.Errorf("no such operation")
}

// compare returns how an answer differs from NumPy's, or nothing.
func (q *question) compare(got ndarray.Untyped) string {
	want, err := q.Want.array()
	if err != nil {
		return err.Error()
	}
	if got.DType() != want.DType() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Sprintf("%v of shape %v, want %v of shape %v", got.DType(), got.Shape(), want.DType(), want.Shape())
	}
	x, y := wide(got), wide(want)
	for i := range x {
		if !q.same(x[i], y[i], want.DType()) {
			return fmt.Sprintf("element %d is %v, want %v", i, x[i], y[i])
		}
	}
	if d := want.DType(); d.IsInteger() || d == ndarray.Bool {
		a, b := ndarray.AppendRaw(nil, got), ndarray.AppendRaw(nil, want)
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("%v, want %v", got, want)
		}
	}
	return ""
}

func wide(u ndarray.Untyped) []complex128 {
	return ndarray.Must(ndarray.Cast[complex128](u, ndarray.Unsafe)).AppendTo(nil)
}

// same reports whether two numbers are the same, or, in questions without one exact answer, close.
func (q *question) same(x, y complex128, d ndarray.DType) bool {
	size := math.Hypot(real(y), imag(y))
	for _, p := range [][2]float64{{real(x), real(y)}, {imag(x), imag(y)}} {
		a, b := p[0], p[1]
		switch {
		case a == b && (a != 0 || math.Signbit(a) == math.Signbit(b) || !q.Exact || q.Op == "Minimum" || q.Op == "Maximum" || q.Op == "Min" || q.Op == "Max" || q.Op == "Fmin" || q.Op == "Fmax"):
		case a != a && b != b:
		case q.Exact:
			return false
		default:
			eps := 1e-15
			if d == ndarray.Float32 || d == ndarray.Complex64 {
				eps = 4e-7
			}
			if !(math.Abs(a-b) <= 4*eps*max(math.Abs(b), size*float64(boolOf(d.IsComplex())))+1e-300) {
				return false
			}
		}
	}
	return true
}

func boolOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestConformance asks everything of every kind of client, in chunks of different lengths.
func TestConformance(t *testing.T) {
	all, err := answers()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answers of NumPy %s", len(all.Cases), all.NumPy)
	for name, o := range map[string]braid.Options{"in process": {}, "on two workers": {Processes: 2}} {
		for _, chunks := range []int{-1, 2, 3} {
			if chunks == 3 && o.Processes > 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s in chunks of %d", name, chunks), func(t *testing.T) {
				askAll(t, open(t, o), all.Cases, array.Chunks(chunks))
			})
		}
	}
}

func askAll(t *testing.T, c *braid.Client, cases []*question, opts ...array.Option) {
	askEach(t, c, cases, func(a *array.Array) *array.Array { return a }, opts...)
}

// askEach asks for what how makes of each array.
func askEach(t *testing.T, c *braid.Client, cases []*question, how func(*array.Array) *array.Array, opts ...array.Option) {
	for batch := range slices.Chunk(cases, together) {
		inputs := make([][]*array.Array, len(batch))
		for i, q := range batch {
			var err error
			if inputs[i], err = q.inputs(opts...); err != nil {
				t.Fatalf("%v: %v", q, err)
			}
		}
		asked, arrays := askBatch(t, c, batch, inputs, opts...)
		for i, a := range arrays {
			arrays[i] = how(a)
		}
		results, err := array.Compute(t.Context(), c, arrays...)
		if err != nil {
			t.Fatal(err)
		}
		compareBatch(t, asked, results)
		if t.Failed() {
			return
		}
	}
}

// together is how many questions are asked in one computation.
const together = 100

// askBatch returns the questions that have an answer, with their arrays, and checks the mistakes of the others.
func askBatch(t *testing.T, c *braid.Client, batch []*question, inputs [][]*array.Array, opts ...array.Option) (asked []*question, arrays []*array.Array) {
	t.Helper()
	for i, q := range batch {
		a, err := q.ask(c, inputs[i], opts...)
		switch {
		case err != nil:
			t.Fatalf("%v: %v", q, err)
		case a.Err() != nil && q.Want != nil:
			t.Errorf("%v: %v", q, a.Err())
		case a.Err() == nil && q.Want == nil:
			t.Errorf("%v: an array of %v and shape %v, want an error", q, a.DType(), a.Shape())
		case a.Err() == nil:
			asked, arrays = append(asked, q), append(arrays, a)
		case !strings.Contains(a.Err().Error(), "_test.go:"):
			t.Errorf("%v: an error without the line that caused it: %v", q, a.Err())
		}
	}
	return asked, arrays
}

func compareBatch(t *testing.T, asked []*question, results []ndarray.Untyped) {
	t.Helper()
	for i, q := range asked {
		if diff := q.compare(results[i]); diff != "" {
			t.Errorf("%v: %s", q, diff)
		}
	}
}
