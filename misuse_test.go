package braid_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
)

func TestMain(m *testing.M) { braid.TestMain(leakChecked{m}) }

// leakChecked runs tests and then looks for goroutines that they left behind.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	code := l.m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// Registering wrongly panics when the program starts, and says where.
func TestWrongRegistrationsPanicWithTheirPlaces(t *testing.T) {
	fn := func(context.Context, int) (int, error) { return 0, nil }
	cases := []struct {
		what string
		do   func()
		want string
	}{
		{"twice", func() { braid.Func("misuse/twice", fn); braid.Func("misuse/twice", fn) }, `"misuse/twice" is registered twice: at .*misuse_test.go:\d+ and at .*misuse_test.go:\d+`},
		{"twice, of other kinds", func() {
			braid.FuncView("example/square", func(context.Context, braid.View[int]) (int, error) { return 0, nil })
		}, `"example/square" is registered twice: at .*example_test.go:\d+`},
		{"nil", func() { braid.Func[int, int]("misuse/nil", nil) }, `"misuse/nil", registered at .*misuse_test.go:\d+, is nil`},
		{"nil of two", func() { braid.Func2[int, int, int]("misuse/nil2", nil) }, `is nil`},
		{"no name", func() { braid.Func("", fn) }, `registered at .*misuse_test.go:\d+ has no name`},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			got := fmt.Sprint(panicOf(c.do))
			if !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("panic %q, want it to match %q", got, c.want)
			}
		})
	}
}

// Bad input gives an error that says what, where and what next, and the client goes on.
func TestBadInputIsAnErrorWithTheUsersLine(t *testing.T) {
	ctx := t.Context()
	c, other := open2(t), open2(t)
	foreign := braid.Submit(ctx, other, square.Call(braid.V(1)))
	var nilArg braid.Arg[int]
	var nilCall *braid.Delayed[int]
	cases := []struct {
		what string
		err  error
		want string
	}{
		{"a nil argument", errOf(braid.Submit(ctx, c, square.Call(nilArg))), `misuse_test.go:\d+\): argument 1 is nil`},
		{"a nil call", errOf(braid.Submit(ctx, c, nilCall)), `the delayed call is nil`},
		{"the zero call", errOf(braid.Submit(ctx, c, new(braid.Delayed[int]))), `zero value`},
		{"a future of another client", errOf(braid.Submit(ctx, c, square.Call(foreign))), `misuse_test.go:\d+\): .*another client`},
		{"impossible retries", errOf(braid.Submit(ctx, c, square.With(braid.Retries(-1)).Call(braid.V(1)))), `misuse_test.go:\d+\): Retries\(-1\): must be from 0`},
		{"an impossible limit", errOf(braid.Submit(ctx, c, square.With(braid.TimeLimit(-time.Second)).Call(braid.V(1)))), `TimeLimit\(-1s\): must be positive`},
		{"an impossible size", errOf(braid.Submit(ctx, c, square.With(braid.ExpectBytes(-1)).Call(braid.V(1)))), `ExpectBytes\(-1\)`},
		{"an impossible priority", errOf(braid.Submit(ctx, c, square.With(braid.Priority(1<<30)).Call(braid.V(1)))), `Priority\(1073741824\)`},
		{"an empty key", errOf(braid.Submit(ctx, c, square.With(braid.Key("")).Call(braid.V(1)))), `Key\(""\)`},
		{"a key for a Map", errOf2(square.With(braid.Key("k")).Map(ctx, c, []int{1})), `a key names one task`},
		{"isolation of what cannot cross", errOf(braid.Submit(ctx, c, functionOfChannel.With(braid.Isolated()).Call(braid.V(make(chan int))))), `chan int`},
		{"pinning", errOf2(square.With(braid.Worker("w")).Map(ctx, c, []int{1})), `Processes.*Worker\("w"\)`},
	}
	for _, tc := range cases {
		t.Run(tc.what, func(t *testing.T) {
			if tc.err == nil || !regexp.MustCompile(tc.want).MatchString(tc.err.Error()) {
				t.Errorf("error %v, want it to match %q", tc.err, tc.want)
			}
		})
	}
	if _, err := braid.Submit(ctx, c, square.With(braid.Worker("worker-0")).Call(braid.V(1))).Get(ctx); !errors.Is(err, braid.ErrNeedsProcesses) {
		t.Errorf("error %v is not ErrNeedsProcesses", err)
	}
	if n, err := braid.Submit(ctx, c, square.Call(braid.V(6))).Get(ctx); n != 36 || err != nil {
		t.Errorf("after all that the client computes %d, %v", n, err)
	}
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	for _, o := range [][]braid.Options{{{Slots: -1}}, {{Slots: 1 << 30}}, {{CloseTimeout: -1}}, {{}, {}}} {
		if c, err := braid.Open(t.Context(), o...); err == nil {
			c.Close()
			t.Errorf("Open(%+v) opened a client", o)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := braid.Open(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Open with an ended context: %v", err)
	}
}

// A large argument that is submitted more than once draws one warning with the user's line, the size and the remedies.
func TestALargeArgumentSubmittedTwiceDrawsOneWarning(t *testing.T) {
	var report strings.Builder
	c, err := braid.Open(t.Context(), braid.Options{Slots: 2, Report: &report})
	if err != nil {
		t.Fatal(err)
	}
	large, small := make([]int, 1<<18), make([]int, 10)
	for range 3 {
		for _, arg := range [][]int{large, small} {
			if _, err := braid.Submit(t.Context(), c, sum.Call(braid.V(arg))).Get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	text := report.String()
	if n := strings.Count(text, "more than once"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, text)
	}
	for _, part := range []string{"misuse_test.go:", "2.0 MiB", "scatter", "file name"} {
		if !strings.Contains(text, part) {
			t.Errorf("the warning lacks %q:\n%s", part, text)
		}
	}
}

func open2(t *testing.T) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), braid.Options{Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func errOf[T any](f *braid.Future[T]) error {
	_, err := f.Get(context.Background())
	return err
}

func errOf2[T any](f *braid.Futures[T]) error {
	_, err := f.Gather(context.Background())
	return err
}
