package braid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// cross sends a value over the border as a result and takes it as an argument of the same type.
func cross[T any](t *testing.T, v T) T {
	t.Helper()
	data, err := encoder[T]()(v)
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	back, err := take[T](&exec.Encoded{Data: data}, assembler[T]())
	if err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return back
}

func TestValuesCrossTheBorder(t *testing.T) {
	type point struct{ X, Y float64 }
	three := 3
	if got := cross(t, point{1, 2}); got != (point{1, 2}) {
		t.Errorf("a struct: %v", got)
	}
	if got := cross(t, []string{"a", ""}); !reflect.DeepEqual(got, []string{"a", ""}) {
		t.Errorf("strings: %q", got)
	}
	if got := cross(t, []float64(nil)); got != nil {
		t.Errorf("a nil slice: %v", got)
	}
	if got := cross(t, (*int)(nil)); got != nil {
		t.Errorf("a nil pointer: %v", got)
	}
	if got := cross(t, &three); *got != 3 {
		t.Errorf("a pointer: %v", *got)
	}
	if got := cross(t, map[string][]int{"a": {1}}); !reflect.DeepEqual(got, map[string][]int{"a": {1}}) {
		t.Errorf("a map: %v", got)
	}
}

// A list that was made of parts crosses as what it is, and parts that are bytes already are not decoded on the way.
func TestListsCrossTheBorder(t *testing.T) {
	seven, err := encodeAny(7)
	if err != nil {
		t.Fatal(err)
	}
	data, err := encodeAny(exec.List{1, &exec.Encoded{Data: seven}, 3})
	if err != nil {
		t.Fatal(err)
	}
	got, err := take[[]int](&exec.Encoded{Data: data}, assembler[[]int]())
	if err != nil || !reflect.DeepEqual(got, []int{1, 7, 3}) {
		t.Errorf("%v, %v", got, err)
	}
	nested, err := encodeAny(exec.List{exec.List{1, 2}, []int{3}, exec.List{}})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := take[[][]int](&exec.Encoded{Data: nested}, assembler[[][]int]())
	if err != nil || !reflect.DeepEqual(lists, [][]int{{1, 2}, {3}, {}}) {
		t.Errorf("%v, %v", lists, err)
	}
	if _, err := take[[]string](&exec.Encoded{Data: data}, assembler[[]string]()); err == nil {
		t.Error("numbers were taken as strings")
	}
}

func FuzzList(f *testing.F) {
	good, err := encodeAny(exec.List{1, "two", exec.List{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{0xbd, 'L', 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0xbd, 'L', 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		if !isListBytes(data) {
			return
		}
		items, err := decodeList(data, false)
		if err != nil {
			return
		}
		again, err := encodeList(items)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x came back as %x, %v", data, again, err)
		}
	})
}

var errBorder = RegisterError("border/known", errors.New("a known error"))

func TestRegisteredErrorsAreKnownOnTheOtherSide(t *testing.T) {
	f := word.Failure{Text: "it failed: a known error"}
	f.Note(fmt.Errorf("it failed: %w", errBorder))
	err := word.DecodeFailure(f.Encode()).Err()
	if !errors.Is(err, errBorder) || errors.Is(err, context.Canceled) || err.Error() != f.Text {
		t.Errorf("the error is %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	_ = RegisterError("border/known", errors.New("another"))
}

var halved = Func("border/halve", func(_ context.Context, n int) (int, error) { return n / 2, nil })

func TestAFunctionIsFoundByNameAndSignature(t *testing.T) {
	f := halved.f
	if op, err := lookup(graph.Op{Name: f.name, Signature: f.signature}); err != nil || op != f.op {
		t.Errorf("%v", err)
	}
	for _, op := range []graph.Op{{Name: "go/none"}, {Name: f.name, Signature: "func(string)"}, {Name: "x/border/halve", Signature: f.signature}} {
		if _, err := lookup(op); err == nil {
			t.Errorf("op %+v was found", op)
		}
	}
}
