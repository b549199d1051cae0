package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var failures = theme{"failures", []testCase{
	{name: "an error names the chain of tasks and their lines", near: true, body: errorChain},
	{name: "errors.Is and errors.As see what the function returned", near: true, body: errorsSeen},
	{name: "a panic is an error with its stack", near: true, body: panics},
	{name: "runtime.Goexit in a function fails its task only", body: goexits},
	{name: "what depends on a failure fails and the rest goes on", body: independent},
	{name: "of several failed inputs one is named", body: twoFailures},
	{name: "a thousand panics leave every slot in order", body: manyPanics},
	{name: "a result that comes with an error is dropped", body: resultAndError},
}}

// wantRoot wants an error whose chain of tasks ends in the named one, which failed with target.
func wantRoot(t *testing.T, err error, target error, task string) {
	t.Helper()
	var te *braid.TaskError
	switch {
	case !errors.Is(err, target):
		t.Errorf("the error is %v, want one that is %v", err, target)
	case !errors.As(err, &te):
		t.Errorf("the error is no TaskError: %v", err)
	case te.Root().Task != task:
		t.Errorf("the task that failed is %s, want %s: %v", te.Root().Task, task, err)
	}
}

func errorChain(t *testing.T, c *braid.Client) {
	d := square.Call(add.Call(refuse.Call(braid.V(3)), braid.V(1)))
	_, err := braid.Submit(t.Context(), c, d).Get(t.Context())
	var te *braid.TaskError
	if !errors.As(err, &te) {
		t.Fatalf("the error is %v", err)
	}
	chain := te.Chain()
	if len(chain) != 3 {
		t.Fatalf("the chain is %q", chain)
	}
	for n, name := range []string{"conformance/square#2", "conformance/add#1", "conformance/refuse#0"} {
		if !strings.HasPrefix(chain[n], name+" (") || !strings.Contains(chain[n], "failures.go:") {
			t.Errorf("link %d of the chain is %q, want %s and its line", n, chain[n], name)
		}
		if !strings.Contains(err.Error(), chain[n]) {
			t.Errorf("the message does not name %q: %v", chain[n], err)
		}
	}
	if !strings.HasSuffix(err.Error(), errOdd.Error()) {
		t.Errorf("the message does not end with the reason: %v", err)
	}
}

var missing = braid.Func("conformance/missing", func(_ context.Context, name string) (int, error) {
	return 0, fmt.Errorf("reading: %w", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist})
})

func errorsSeen(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, square.Call(missing.Call(braid.V("x.csv")))).Get(t.Context())
	var pe *fs.PathError
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &pe) || pe.Path != "x.csv" {
		t.Errorf("the error hides its reason: %v", err)
	}
}

var errKnown = braid.RegisterError("conformance/known", errors.New("a known error"))

// explode panics in one of several ways.
var explode = braid.Func("conformance/explode", func(_ context.Context, how int) (int, error) {
	switch how {
	case 0:
		panic("boom")
	case 1:
		panic(errKnown)
	case 2:
		return []int{}[how], nil
	case 3:
		panic(fmt.Sprint("with", " ", "text"))
	case 5:
		return len(strings.Repeat("x", 4-how)), nil
	}
	return how, nil
})

// placeOfPanic is what the error of a panic ends with: the line in the function, not in the library that it called.
var placeOfPanic = regexp.MustCompile(`, at failures\.go:\d+$`)

func panics(t *testing.T, c *braid.Client) {
	f := explode.Map(t.Context(), c, upTo(6))
	for i, text := range []string{"boom", errKnown.Error(), "index out of range", "with text", "", "negative Repeat count"} {
		if i == 4 {
			continue // it does not panic
		}
		_, err := f.At(i).Get(t.Context())
		var te *braid.TaskError
		if !errors.As(err, &te) || !strings.Contains(err.Error(), "panic: ") || !strings.Contains(err.Error(), text) {
			t.Fatalf("panic %d: %v", i, err)
		}
		if !placeOfPanic.MatchString(err.Error()) {
			t.Errorf("panic %d: it does not say where: %v", i, err)
		}
		want(t, "the task", te.Task, fmt.Sprint("conformance/explode#", i))
		if !strings.Contains(string(te.Stack), "failures.go:") {
			t.Errorf("panic %d: the stack does not show the function:\n%s", i, te.Stack)
		}
	}
	_, err := f.At(1).Get(t.Context())
	var re runtime.Error
	if _, err2 := f.At(2).Get(t.Context()); !errors.Is(err, errKnown) || !errors.As(err2, &re) {
		t.Errorf("panic values that are errors are hidden: %v, %v", err, err2)
	}
	want(t, "the next item", get(t, f.At(4)), 4)
}

var vanish = braid.Func("conformance/vanish", func(_ context.Context, n int) (int, error) {
	if n%3 == 0 {
		runtime.Goexit()
	}
	return n, nil
})

func goexits(t *testing.T, c *braid.Client) {
	fs := vanish.Map(t.Context(), c, upTo(100))
	for i, err := range errorsOf(t, fs) {
		if (err != nil) != (i%3 == 0) || err != nil && !strings.Contains(err.Error(), "Goexit") {
			t.Errorf("item %d: %v", i, err)
		}
	}
	want(t, "the client goes on", result(t, c, square.Call(braid.V(3))), 9)
}

func errorsOf[T any](t *testing.T, fs *braid.Futures[T]) (errs []error) {
	for _, err := range fs.All(t.Context()) {
		errs = append(errs, err)
	}
	return errs
}

func independent(t *testing.T, c *braid.Client) {
	g := newGate(t)
	bad, good := refuse.Call(braid.V(1)), refuse.Call(braid.V(2))
	var a, b, d int
	f := braid.Submit(t.Context(), c, add.Call(count.Call(braid.V(g.id), bad), good))
	h := braid.Submit(t.Context(), c, add.Call(good, good))
	if err := braid.Compute(t.Context(), c, good.Into(&a), bad.Into(&b), square.Call(good).Into(&d)); !errors.Is(err, errOdd) {
		t.Errorf("Compute with a failing want: %v", err)
	}
	_, err := f.Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	want(t, "the independent one", get(t, h), 4)
	synctest.Wait()
	want(t, "calls of a dependent", g.came.Load(), 0)
}

func twoFailures(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, add.Call(refuse.Call(braid.V(1)), missing.Call(braid.V("y")))).Get(t.Context())
	if errors.Is(err, errOdd) == errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one of two failed inputs is to be named: %v", err)
	}
}

func manyPanics(t *testing.T, c *braid.Client) {
	hows := make([]int, 1000)
	for i := range hows {
		hows[i] = i % 5
	}
	fs := explode.Map(t.Context(), c, hows)
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, failed := fs.Count()
	want(t, "the counts", fmt.Sprint(done, failed), "200 800")
	want(t, "the client goes on", result(t, c, square.Call(braid.V(3))), 9)
}

var both = braid.Func("conformance/both", func(_ context.Context, n int) (int, error) { return n, errKnown })

func resultAndError(t *testing.T, c *braid.Client) {
	if v, err := braid.Submit(t.Context(), c, both.Call(braid.V(5))).Get(t.Context()); v != 0 || !errors.Is(err, errKnown) {
		t.Errorf("a result with an error came back as %v, %v", v, err)
	}
}
