package braid_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/braid-compute/braid"
)

// An argument that cannot be taken is an error that names the call, the user's line and the argument, wherever it stands.
func TestWrongArgumentsNameTheUsersLine(t *testing.T) {
	ctx := t.Context()
	c := open2(t)
	released := braid.Submit(ctx, c, square.Call(braid.V(2)))
	if err := released.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	released.Release()
	items := square.Map(ctx, c, []int{1, 2})
	if err := items.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	items.Release()
	never := braid.Submit(ctx, c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	var none braid.Arg[int]
	var x, y int
	compute2 := func(a braid.Arg[int]) error {
		var err error
		x, y, err = braid.Compute2(ctx, c, a, braid.Arg[int](braid.V(1)))
		return err
	}
	for _, tc := range []struct {
		what string
		err  error
		want string
	}{
		{"a nil second argument", errOf(braid.Submit(ctx, c, add.Call(square.Call(braid.V(1)), none))), `add \(arguments_test.go:\d+\): argument 2 is nil`},
		{"a nil member", errOf(braid.Submit(ctx, c, sum.Call(braid.Args(none)))), `sum \(arguments_test.go:\d+\): argument 1 has a nil member`},
		{"a nil member deep inside", errOf(braid.Submit(ctx, c, square.Call(sum.Call(braid.Args[int](braid.V(1), none))))), `sum \(arguments_test.go:\d+\): argument 1 has a nil member`},
		{"a released future", errOf(braid.Submit(ctx, c, square.Call(released))), `released`},
		{"a released future in a list", errOf(braid.Submit(ctx, c, sum.Call(braid.Args[int](released)))), `released`},
		{"released futures", errOf(braid.Submit(ctx, c, sum.Call(items))), `released`},
		{"a future never submitted", errOf(braid.Submit(ctx, c, square.Call(never))), `arguments_test.go:\d+\): .*never submitted.*Retries\(-1\)`},
		{"nil for Compute2", compute2(none), `argument 1 is nil`},
		{"a released future for Compute2", compute2(released), `released`},
		{"a zero Want", braid.Compute(ctx, c, square.Call(braid.V(1)).Into(&x), braid.Want{}), `want 2 is the zero value`},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if tc.err == nil || !regexp.MustCompile(tc.want).MatchString(tc.err.Error()) {
				t.Errorf("error %v, want it to match %q", tc.err, tc.want)
			}
		})
	}
	if _, err := braid.Submit(ctx, c, square.Call(released)).Get(ctx); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("the error of a released argument is not ErrReleased: %v", err)
	}
	if n, err := braid.Submit(ctx, c, square.Call(braid.V(6))).Get(ctx); n != 36 || err != nil || x != 0 || y != 0 {
		t.Errorf("after all that the client computes %d, %v, and %d, %d were stored", n, err, x, y)
	}
}
