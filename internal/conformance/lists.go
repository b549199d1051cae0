package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var lists = theme{"lists", []testCase{
	{name: "a list may mix values, delayed calls and futures", body: mixedList},
	{name: "a list may be empty or have one member", body: shortLists},
	{name: "lists nest", body: nestedLists},
	{name: "lists of any element type become slices of it", body: elementTypes},
	{name: "a failed member fails the call, named", body: failedMember},
	{name: "a long list of calls", body: longList},
}}

var modulo = braid.Func2("conformance/modulo", func(_ context.Context, n, m int) (int, error) { return n % m, nil })

var show = braid.Func("conformance/show", func(_ context.Context, rows [][]int) (string, error) { return fmt.Sprint(rows), nil })

func mixedList(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(2)))
	s := braid.Scatter(t.Context(), c, 1000)
	p := braid.Persist(t.Context(), c, square.Call(braid.V(100)))
	fs := square.Map(t.Context(), c, []int{10, 20})
	l := braid.Args[int](braid.V(1), f, square.Call(f), s, p, fs.At(1), square.Call(braid.V(3)))
	want(t, "the sum", result(t, c, sum.Call(l)), 1+4+16+1000+10000+400+9)
}

func shortLists(t *testing.T, c *braid.Client) {
	want(t, "the sum of none", result(t, c, sum.Call(braid.Args[int]())), 0)
	want(t, "the sum of no calls", result(t, c, sum.Call(braid.All([]*braid.Delayed[int]{}))), 0)
	want(t, "the sum of one", result(t, c, sum.Call(braid.Args[int](square.Call(braid.V(3))))), 9)
	want(t, "the sum of no futures", result(t, c, sum.Call(square.Map(t.Context(), c, nil))), 0)
	want(t, "the sum of one future", result(t, c, sum.Call(square.Map(t.Context(), c, []int{4}))), 16)
	want(t, "the rows", result(t, c, show.Call(braid.Args[[]int]())), "[]")
}

func nestedLists(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(2)))
	fs := square.Map(t.Context(), c, []int{5, 6})
	shared := square.Call(braid.V(4))
	rows := braid.Args[[]int](
		braid.Args[int](square.Call(braid.V(1)), f, shared),
		braid.Args[int](),
		fs,
		braid.V([]int{8, 9}),
		braid.All([]*braid.Delayed[int]{square.Call(square.Call(braid.V(2))), shared}),
		square.Map(t.Context(), c, nil),
	)
	want(t, "the rows", result(t, c, show.Call(rows)), "[[1 4 16] [] [25 36] [8 9] [16 16] []]")
	only := braid.Args(braid.Args[int](square.Call(braid.V(3))))
	want(t, "one row", result(t, c, show.Call(only)), "[[9]]")
	cube := braid.Args(braid.Args(braid.Args[int](shared, braid.V(1)), braid.Args[int]()), braid.Args[[]int]())
	want(t, "three levels", result(t, c, showCube.Call(cube)), "[[[16 1] []] []]")
	_, err := braid.Submit(t.Context(), c, show.Call(braid.Args(braid.Args[int](shared, refuse.Call(braid.V(1)))))).Get(t.Context())
	if !errors.Is(err, errOdd) {
		t.Errorf("a failed member of an inner list: %v", err)
	}
}

var showCube = braid.Func("conformance/show-cube", func(_ context.Context, cube [][][]int) (string, error) { return fmt.Sprint(cube), nil })

var (
	addDurations = braid.Func("conformance/durations", func(_ context.Context, ds []time.Duration) (time.Duration, error) {
		s := time.Duration(0)
		for _, d := range ds {
			s += d
		}
		return s, nil
	})
	joinPoints = braid.Func("conformance/points", func(_ context.Context, ps []*point) (string, error) {
		s := ""
		for _, p := range ps {
			if p == nil {
				s += "nil "
			} else {
				s += p.Name + " "
			}
		}
		return s, nil
	})
	joinStrings = braid.Func("conformance/strings", func(_ context.Context, s []string) (string, error) { return fmt.Sprint(s), nil })
)

func elementTypes(t *testing.T, c *braid.Client) {
	want(t, "durations", result(t, c, addDurations.Call(braid.Args[time.Duration](braid.V(time.Second), throughDuration.Call(braid.V(time.Minute))))), 61*time.Second)
	want(t, "pointers", result(t, c, joinPoints.Call(braid.Args[*point](braid.V(&point{Name: "a"}), braid.V[*point](nil), throughPointer.Call(braid.V(&point{Name: "b"}))))), "a nil b ")
	want(t, "strings", result(t, c, joinStrings.Call(throughString.Map(t.Context(), c, []string{"x", "y"}))), "[x y]")
}

func failedMember(t *testing.T, c *braid.Client) {
	d := sum.Call(braid.Args[int](braid.V(1), refuse.Call(braid.V(2)), refuse.Call(braid.V(3))))
	_, err := braid.Submit(t.Context(), c, d).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#1")
	_, err = braid.Submit(t.Context(), c, sum.Call(refuse.Map(t.Context(), c, []int{2, 4, 5, 7}))).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#2")
}

func longList(t *testing.T, c *braid.Client) {
	calls := make([]*braid.Delayed[int], long)
	for i := range calls {
		calls[i] = add.Call(braid.V(i), braid.V(1))
	}
	want(t, "the sum", result(t, c, sum.Call(braid.All(calls))), long*(long+1)/2)
}
