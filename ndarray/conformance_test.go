package ndarray_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing"

	nd "github.com/braid-compute/braid/ndarray"
)

// conformance is testdata/conformance.json: operations with NumPy's answers,
// which testdata/conformance.py asked for. A missing answer is an error.
type conformance struct {
	NumPy    string
	DTypes   []string
	Indexing []struct {
		Shape []int
		Items [][]any
		Want  *answer
	}
	Views []struct {
		Shape, Args []int
		Op          string
		Want        *answer
	}
	Reshape []struct {
		Shape, To []int
		Make      string
		View      *bool
		Want      *answer
	}
	Broadcasting []struct {
		Shapes [][]int
		Want   *[]int
	}
	Promotion struct {
		Pairs   [][]string
		Triples [][4]string
	}
	Casting map[string][]string
	Casts   []struct{ From, To, In, Out string }

	Printing []struct {
		DType, Data, Text string
		Shape             []int
	}
}

type answer struct {
	Shape    []int
	Elements []int64
}

func (a *answer) String() string {
	if a == nil {
		return "an error"
	}
	return fmt.Sprintf("shape %v, elements %v", a.Shape, a.Elements)
}

// answers reads the file once. Numbers stay exact.
var answers = sync.OnceValues(func() (*conformance, error) {
	data, err := os.ReadFile("testdata/conformance.json")
	if err != nil {
		return nil, err
	}
	c := new(conformance)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return c, d.Decode(c)
})

func load(t *testing.T) *conformance {
	t.Helper()
	c, err := answers()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counted is an array of the numbers from 0 on.
func counted(shape ...int) *nd.Array[int64] {
	a := nd.New[int64](shape...)
	for i := range a.Memory() {
		a.Memory()[i] = int64(i)
	}
	return a
}

// compare holds a result against NumPy's.
func compare(t *testing.T, what string, got *nd.Array[int64], err error, want *answer) {
	t.Helper()
	switch {
	case (err != nil) != (want == nil):
		t.Errorf("%s: got %v (%v), NumPy %v", what, got, err, want)
	case err != nil:
		if got != nil {
			t.Errorf("%s: an array beside the error %v", what, err)
		}
	case !slices.Equal(got.Shape(), want.Shape) || !slices.Equal(got.AppendTo(nil), want.Elements):
		t.Errorf("%s: got shape %v, elements %v; NumPy %v", what, got.Shape(), got.AppendTo(nil), want)
	}
}

// index makes an Index of its form in the file.
func index(t *testing.T, item []any) nd.Index {
	t.Helper()
	number := func(i int) (int, bool) {
		if item[i] == nil {
			return 0, false
		}
		n, err := item[i].(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		return int(n), true
	}
	switch item[0] {
	case "new":
		return nd.NewAxis()
	case "ellipsis":
		return nd.Ellipsis()
	case "at":
		i, _ := number(1)
		return nd.At(i)
	}
	start, hasStart := number(1)
	stop, hasStop := number(2)
	x := nd.All()
	switch {
	case hasStart && hasStop:
		x = nd.Range(start, stop)
	case hasStart:
		x = nd.From(start)
	case hasStop:
		x = nd.To(stop)
	}
	if step, ok := number(3); ok {
		x = x.By(step)
	}
	return x
}

func TestIndexingIsNumPys(t *testing.T) {
	for _, c := range load(t).Indexing {
		var items []nd.Index
		for _, item := range c.Items {
			items = append(items, index(t, item))
		}
		got, err := counted(c.Shape...).Slice(items...)
		compare(t, fmt.Sprintf("shape %v, %v", c.Shape, items), got, err, c.Want)
	}
}

// apply makes a view by the name of its function.
func apply(t *testing.T, a *nd.Array[int64], op string, args []int) (*nd.Array[int64], error) {
	t.Helper()
	switch op {
	case "transpose":
		return a.Transpose(args...)
	case "swapaxes":
		return a.SwapAxes(args[0], args[1])
	case "moveaxis":
		return a.MoveAxis(args[0], args[1])
	case "squeeze":
		return a.Squeeze(args...)
	case "expand":
		return a.ExpandDims(args[0])
	case "flip":
		return a.Flip(args...)
	case "diagonal":
		return a.Diagonal(args[0], args[1], args[2])
	case "broadcast":
		return a.BroadcastTo(args...)
	}
	t.Fatalf("unknown view %q", op)
	return nil, nil
}

func TestViewsAreNumPys(t *testing.T) {
	for _, c := range load(t).Views {
		got, err := apply(t, counted(c.Shape...), c.Op, c.Args)
		compare(t, fmt.Sprintf("shape %v, %s%v", c.Shape, c.Op, c.Args), got, err, c.Want)
	}
}

func TestReshapeIsNumPys(t *testing.T) {
	makes := map[string]func(*nd.Array[int64]) (*nd.Array[int64], error){
		"whole": func(a *nd.Array[int64]) (*nd.Array[int64], error) { return a, nil },
		"T":     func(a *nd.Array[int64]) (*nd.Array[int64], error) { return a.T(), nil },
		"step": func(a *nd.Array[int64]) (*nd.Array[int64], error) {
			return a.Slice(nd.Ellipsis(), nd.All().By(2))
		},
		"back": func(a *nd.Array[int64]) (*nd.Array[int64], error) { return a.Slice(nd.All().By(-1)) },
		"swap": func(a *nd.Array[int64]) (*nd.Array[int64], error) { return a.SwapAxes(0, 1) },
	}
	for _, c := range load(t).Reshape {
		a, err := makes[c.Make](counted(c.Shape...))
		if err != nil {
			t.Fatalf("%s of shape %v: %v", c.Make, c.Shape, err)
		}
		what := fmt.Sprintf("shape %v, %s, to %v", c.Shape, c.Make, c.To)
		got, err := a.Reshape(c.To...)
		compare(t, what, got, err, c.Want)
		if err != nil || c.View == nil {
			continue
		}
		if view := &got.Memory()[0] == &a.Memory()[0]; view != *c.View {
			t.Errorf("%s: a view: %v; NumPy: %v", what, view, *c.View)
		}
		if _, view, err := a.Layout().Reshape(c.To...); view != *c.View || err != nil {
			t.Errorf("%s: the layout says a view: %v, %v; NumPy: %v", what, view, err, *c.View)
		}
	}
}

func TestBroadcastingIsNumPys(t *testing.T) {
	for _, c := range load(t).Broadcasting {
		got, err := nd.BroadcastShapes(c.Shapes...)
		if (err != nil) != (c.Want == nil) || err == nil && !slices.Equal(got, *c.Want) {
			t.Errorf("%v: got %v (%v), NumPy %v", c.Shapes, got, err, c.Want)
		}
	}
}

func dtype(t *testing.T, name string) nd.DType {
	t.Helper()
	d, err := nd.ParseDType(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPromotionIsNumPys(t *testing.T) {
	c := load(t)
	for i, a := range nd.DTypes() {
		for j, b := range nd.DTypes() {
			if got, want := nd.Promote(a, b), dtype(t, c.Promotion.Pairs[i][j]); got != want {
				t.Errorf("%v with %v: got %v, NumPy %v", a, b, got, want)
			}
		}
	}
	for _, p := range c.Promotion.Triples {
		got, err := nd.ResultType(dtype(t, p[0]), dtype(t, p[1]), dtype(t, p[2]))
		if want := dtype(t, p[3]); got != want || err != nil {
			t.Errorf("%v: got %v (%v), NumPy %v", p[:3], got, err, want)
		}
	}
}

func TestCastingRulesAreNumPys(t *testing.T) {
	for _, rule := range []nd.Casting{nd.Safe, nd.SameKind, nd.Unsafe} {
		table := load(t).Casting[rule.String()]
		for i, a := range nd.DTypes() {
			for j, b := range nd.DTypes() {
				if got, want := rule.Allows(a, b), table[i][j] == '1'; got != want {
					t.Errorf("%v: %v to %v: got %v, NumPy %v", rule, a, b, got, want)
				}
			}
		}
	}
}

// raw reads an array from its bytes.
func raw(t *testing.T, d nd.DType, mem []byte, shape ...int) nd.Untyped {
	t.Helper()
	u, err := nd.ReadRaw(bytes.NewReader(mem), binary.LittleEndian, d, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// NumPy leaves what a float becomes in an integer that cannot hold it to the
// processor; its answers were made on amd64, and are kept everywhere.
func TestCastsAreNumPysBitForBit(t *testing.T) {
	for _, c := range load(t).Casts {
		from, to := dtype(t, c.From), dtype(t, c.To)
		in, err := hex.DecodeString(c.In)
		if err != nil {
			t.Fatal(err)
		}
		u := raw(t, from, in, len(in)/from.Size())
		for name, u := range map[string]nd.Untyped{"contiguous": u, "strided": strided(t, u)} {
			got, err := nd.CastTo(u, to, nd.Unsafe)
			if err != nil {
				t.Fatal(err)
			}
			mem := nd.AppendRaw(nil, got)
			for i := range u.Size() {
				n := to.Size()
				want, err := hex.DecodeString(c.Out[2*i*n : 2*(i+1)*n])
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(mem[i*n:(i+1)*n], want) {
					t.Errorf("%v to %v, %s: element %d, bytes %x, became %x, in NumPy %x", from, to, name, i, in[i*from.Size():(i+1)*from.Size()], mem[i*n:(i+1)*n], want)
				}
			}
		}
	}
}

// strided returns the elements of u with gaps between them, backwards in memory.
func strided(t *testing.T, u nd.Untyped) nd.Untyped {
	t.Helper()
	n := u.Size()
	wide, err := nd.NewUntyped(u.DType(), 2*n)
	if err != nil {
		t.Fatal(err)
	}
	v, err := nd.View(wide, nd.Layout{Shape: []int{n}, Strides: []int{-2}, Offset: 2*n - 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := nd.Assign(v, u, nd.Safe); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPrintingIsNumPys(t *testing.T) {
	for _, c := range load(t).Printing {
		packed, err := base64.StdEncoding.DecodeString(c.Data)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		mem, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if got := raw(t, dtype(t, c.DType), mem, c.Shape...).String(); got != c.Text {
			t.Errorf("%s of shape %v:\n%s\nNumPy:\n%s", c.DType, c.Shape, got, c.Text)
		}
	}
}
