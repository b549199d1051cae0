package conformance

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var values = theme{"values", []testCase{
	{name: "values of every kind go in and come out unchanged", near: true, body: everyKind},
	{name: "nil goes in and comes out", near: true, body: nils},
	{name: "an argument of an interface type takes any value", near: true, body: interfaces},
	{name: "arguments keep their order", body: argumentOrder},
	{name: "a view lends the slice for the call only", near: true, body: views},
}}

type point struct {
	X, Y float64
	Name string
	Tags []string
}

// through registers the function that returns its argument.
func through[T any](name string) *braid.Func1[T, T] {
	return braid.Func("conformance/through/"+name, func(_ context.Context, v T) (T, error) { return v, nil })
}

var (
	throughBool     = through[bool]("bool")
	throughInt8     = through[int8]("int8")
	throughUint64   = through[uint64]("uint64")
	throughFloat    = through[float64]("float64")
	throughComplex  = through[complex128]("complex128")
	throughString   = through[string]("string")
	throughBytes    = through[[]byte]("bytes")
	throughFloats   = through[[]float64]("floats")
	throughTable    = through[[][]string]("table")
	throughMap      = through[map[string]int]("map")
	throughArray    = through[[3]int]("array")
	throughStruct   = through[point]("struct")
	throughPointer  = through[*point]("pointer")
	throughDuration = through[time.Duration]("duration")
	throughTime     = through[time.Time]("time")
	throughAny      = through[any]("any")
	throughEmpty    = through[struct{}]("empty")
)

func passes[T any](t *testing.T, c *braid.Client, f *braid.Func1[T, T], v T) {
	t.Helper()
	if got := result(t, c, f.Call(f.Call(braid.V(v)))); !reflect.DeepEqual(got, v) {
		t.Errorf("%s: %v came back as %v", f.Name(), v, got)
	}
	if got := gather(t, f.Map(t.Context(), c, []T{v, v})); !reflect.DeepEqual(got, []T{v, v}) {
		t.Errorf("%s: %v came back from a Map as %v", f.Name(), v, got)
	}
}

func everyKind(t *testing.T, c *braid.Client) {
	passes(t, c, throughBool, true)
	passes(t, c, throughInt8, -128)
	passes(t, c, throughUint64, 1<<64-1)
	passes(t, c, throughFloat, 0.1)
	passes(t, c, throughComplex, 1+2i)
	passes(t, c, throughString, "grüße\x00")
	passes(t, c, throughBytes, []byte{0, 255})
	passes(t, c, throughFloats, []float64{1, 2.5})
	passes(t, c, throughTable, [][]string{{"a", "b"}, {}, nil})
	passes(t, c, throughMap, map[string]int{"one": 1, "": 0})
	passes(t, c, throughArray, [3]int{1, 2, 3})
	passes(t, c, throughStruct, point{1, 2, "p", []string{"x"}})
	passes(t, c, throughPointer, &point{Name: "q"})
	passes(t, c, throughDuration, time.Hour)
	passes(t, c, throughTime, time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC))
	passes(t, c, throughAny, any("text"))
	passes(t, c, throughEmpty, struct{}{})
}

func nils(t *testing.T, c *braid.Client) {
	passes(t, c, throughAny, nil)
	passes(t, c, throughBytes, nil)
	passes(t, c, throughMap, nil)
	passes(t, c, throughPointer, nil)
}

var kindOf = braid.Func("conformance/kind", func(_ context.Context, v any) (string, error) { return fmt.Sprintf("%T", v), nil })

func interfaces(t *testing.T, c *braid.Client) {
	want(t, "the kind of a string", result(t, c, kindOf.Call(braid.V[any]("x"))), "string")
	want(t, "the kind of a delayed any", result(t, c, kindOf.Call(throughAny.Call(braid.V[any](1.5)))), "float64")
	want(t, "the kind of nil", result(t, c, kindOf.Call(braid.V[any](nil))), "<nil>")
	mixed := braid.Args(braid.V[any](1), braid.V[any](nil), braid.Arg[any](throughAny.Call(braid.V[any]("s"))))
	want(t, "a list of any", result(t, c, describe.Call(mixed)), "[1 <nil> s]")
}

var describe = braid.Func("conformance/describe", func(_ context.Context, v []any) (string, error) { return fmt.Sprint(v), nil })

var join3 = braid.Func3("conformance/join3", func(_ context.Context, a string, b int, c float64) (string, error) {
	return fmt.Sprint(a, " ", b, " ", c), nil
})

func argumentOrder(t *testing.T, c *braid.Client) {
	d := join3.Call(throughString.Call(braid.V("a")), braid.V(2), throughFloat.Call(braid.V[float64](3)))
	want(t, "the three", result(t, c, d), "a 2 3")
}

var (
	total = braid.FuncView("conformance/view/sum", func(_ context.Context, v braid.View[int]) (int, error) {
		s := 0
		for _, x := range v.Slice() {
			s += x
		}
		return s + 100*v.Len(), nil
	})
	keepView = braid.FuncView("conformance/view/keep", func(_ context.Context, v braid.View[int]) (any, error) { return v, nil })
)

func views(t *testing.T, c *braid.Client) {
	want(t, "over a value", result(t, c, total.Call(braid.V([]int{1, 2}))), 203)
	want(t, "over a list", result(t, c, total.Call(braid.Args(braid.V(1), braid.Arg[int](square.Call(braid.V(2)))))), 205)
	want(t, "over futures", result(t, c, total.Call(square.Map(t.Context(), c, []int{1, 2, 3}))), 314)
	kept := result(t, c, keepView.Call(braid.V([]int{1}))).(braid.View[int])
	defer func() {
		if recover() == nil {
			t.Error("a view that was kept can be read after the call")
		}
	}()
	kept.Slice()
}
