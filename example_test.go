package braid_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
)

var square = braid.Func("example/square", func(_ context.Context, n int) (int, error) { return n * n, nil })

var add = braid.Func2("example/add", func(_ context.Context, x, y int) (int, error) { return x + y, nil })

var half = braid.Func("example/half", func(_ context.Context, x float64) (float64, error) { return x / 2, nil })

var sum = braid.Func("example/sum", func(_ context.Context, all []int) (int, error) {
	total := 0
	for _, n := range all {
		total += n
	}
	return total, nil
})

var odd = braid.Func("example/odd", func(_ context.Context, n int) (int, error) {
	if n%2 == 0 {
		return 0, fmt.Errorf("%d is even", n)
	}
	return n, nil
})

// fibonacci submits calls of itself and waits for them; while it waits, its slot serves other tasks. It is set in init
// because a variable cannot be initialised with a function that uses it.
var fibonacci *braid.Func1[int, int]

func init() {
	fibonacci = braid.Func("example/fibonacci", func(ctx context.Context, n int) (int, error) {
		if n < 2 {
			return n, nil
		}
		c := braid.FromContext(ctx)
		x, y, err := braid.Compute2(ctx, c, fibonacci.Call(braid.V(n-1)), fibonacci.Call(braid.V(n-2)))
		return x + y, err
	})
}

func client() *braid.Client {
	c, err := braid.Open(context.Background(), braid.Options{Slots: 2})
	if err != nil {
		panic(err)
	}
	return c
}

func Example() {
	ctx := context.Background()
	c, err := braid.Open(ctx) // this process, all the cores it may use
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	squares, err := square.Map(ctx, c, []int{1, 2, 3}).Gather(ctx)
	fmt.Println(squares, err)
	fmt.Println(braid.Submit(ctx, c, add.Call(square.Call(braid.V(3)), braid.V(4))).Get(ctx))
	// Output:
	// [1 4 9] <nil>
	// 13 <nil>
}

// An argument has exactly the type of the parameter: V(3) would be an int, and not compile here.
func ExampleV() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	fmt.Println(braid.Submit(ctx, c, half.Call(braid.V[float64](3))).Get(ctx))
	// Output: 1.5 <nil>
}

// A function of a slice is called with several delayed calls, values or futures.
func ExampleAll() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	var parts []*braid.Delayed[int]
	for n := range 4 {
		parts = append(parts, square.Call(braid.V(n)))
	}
	fmt.Println(braid.Submit(ctx, c, sum.Call(braid.All(parts))).Get(ctx))
	four := braid.Scatter(ctx, c, 4)
	fmt.Println(braid.Submit(ctx, c, sum.Call(braid.Args[int](braid.V(1), four, parts[3]))).Get(ctx))
	// Output:
	// 14 <nil>
	// 14 <nil>
}

// What several results share runs once.
func ExampleCompute() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	shared := square.Call(braid.V(5))
	var more, less int
	err := braid.Compute(ctx, c, add.Call(shared, braid.V(1)).Into(&more), add.Call(shared, braid.V(-1)).Into(&less))
	fmt.Println(more, less, err)
	// Output: 26 24 <nil>
}

func ExampleComputeAll() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	var calls []*braid.Delayed[int]
	for n := range 3 {
		calls = append(calls, square.Call(braid.V(n)))
	}
	fmt.Println(braid.ComputeAll(ctx, c, calls))
	// Output: [0 1 4] <nil>
}

// All items with the same second argument.
func ExampleFn2_Map() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	fmt.Println(add.Map(ctx, c, []int{1, 2, 3}, braid.V(10)).Gather(ctx))
	// Output: [11 12 13] <nil>
}

// All yields what there is, item by item, where Gather would return the first error.
func ExampleFutures_All() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	for n, err := range odd.Map(ctx, c, []int{1, 2, 3}).All(ctx) {
		var failed *braid.TaskError
		if errors.As(err, &failed) {
			fmt.Println("failed:", failed.Err)
			continue
		}
		fmt.Println(n)
	}
	// Output:
	// 1
	// failed: 2 is even
	// 3
}

func ExampleAsCompleted() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	a, b := braid.Submit(ctx, c, square.Call(braid.V(2))), braid.Submit(ctx, c, square.Call(braid.V(3)))
	total := 0
	for f, err := range braid.AsCompleted(ctx, a, b) { // in the order in which they end
		if err != nil {
			fmt.Println(err)
			return
		}
		n, _ := f.Get(ctx)
		total += n
	}
	fmt.Println(total)
	// Output: 13
}

func ExampleFromContext() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	fmt.Println(braid.Submit(ctx, c, fibonacci.Call(braid.V(12))).Get(ctx))
	// Output: 144 <nil>
}

// Options belong to a function or to a single call.
func ExampleDelayed_With() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	tries := 0
	flaky := braid.Func("example/flaky", func(context.Context, int) (string, error) {
		if tries++; tries < 3 {
			return "", errors.New("not yet")
		}
		return "done", nil
	})
	d := flaky.Call(braid.V(0)).With(braid.Retries(5), braid.TimeLimit(time.Minute))
	fmt.Println(braid.Submit(ctx, c, d).Get(ctx))
	fmt.Println(tries, "attempts")
	// Output:
	// done <nil>
	// 3 attempts
}

// An error names the chain of calls that led to it, with the lines that wrote them down.
func ExampleTaskError() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	_, err := braid.Submit(ctx, c, add.Call(odd.Call(braid.V(8)), braid.V(1))).Get(ctx)
	var failed *braid.TaskError
	if errors.As(err, &failed) {
		fmt.Println(failed.Task, "needs", failed.Root().Task, "which failed:", failed.Root().Err)
	}
	// Output: example/add#1 needs example/odd#0 which failed: 8 is even
}

// A persisted value is computed once; calls that take it do not run it again.
func ExamplePersist() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	nine := braid.Persist(ctx, c, square.Call(braid.V(3)))
	fmt.Println(braid.Compute2(ctx, c, add.Call(nine, braid.V(1)), add.Call(nine, braid.V(2))))
	// Output: 10 11 <nil>
}

// The picture is SVG; as DOT it can be given to other tools.
func ExampleDelayed_Visualize() {
	d := add.Call(square.Call(braid.V(3)), braid.V(4))
	var dot strings.Builder
	if err := d.Visualize(&dot, graph.VisualizeOptions{Format: graph.DOT}); err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(dot.String()) {
		if strings.Contains(line, "->") {
			fmt.Println(strings.TrimSpace(line))
		}
	}
	// Output: n0 -> n1;
}

func ExampleFuncView() {
	ctx := context.Background()
	c := client()
	defer c.Close()
	longest := braid.FuncView("example/longest", func(_ context.Context, words braid.View[string]) (int, error) {
		n := 0
		for _, w := range words.Slice() {
			n = max(n, len(w))
		}
		return n, nil
	})
	fmt.Println(braid.Submit(ctx, c, longest.Call(braid.V([]string{"a", "few", "words"}))).Get(ctx))
	// Output: 5 <nil>
}
