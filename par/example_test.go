package par_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/braid-compute/braid/par"
)

func ExampleMap() {
	ctx := context.Background()
	words := []string{"warp", "weft", "", "loom"}
	upper := func(_ context.Context, w string) (string, error) {
		if w == "" {
			return "", errors.New("empty word")
		}
		return strings.ToUpper(w), nil
	}
	for w, err := range par.Map(ctx, words, upper) {
		if err != nil {
			fmt.Println(err) // the loop goes on
			continue
		}
		fmt.Println(w)
	}
	// Output:
	// WARP
	// WEFT
	// par.Map: item 2: empty word
	// LOOM
}

// The input may be endless: leaving the loop stops the workers.
func ExampleMap_endless() {
	odd := func(yield func(int) bool) {
		for n := 1; yield(n); n += 2 {
		}
	}
	square := func(_ context.Context, n int) (int, error) { return n * n, nil }
	for sq, err := range par.Map(context.Background(), odd, square) {
		if err != nil || sq > 100 {
			break
		}
		fmt.Print(sq, " ")
	}
	fmt.Println()
	// Output: 1 9 25 49 81
}

func ExampleMapUnordered() {
	sum := 0
	half := func(_ context.Context, n int) (int, error) { return n / 2, nil }
	for h, err := range par.MapUnordered(context.Background(), []int{2, 4, 6, 8}, half) {
		if err != nil {
			fmt.Println(err)
			return
		}
		sum += h // the order does not matter here
	}
	fmt.Println(sum)
	// Output: 10
}

func ExampleFor() {
	roots := make([]float64, 1000)
	err := par.For(context.Background(), len(roots), func(_ context.Context, lo, hi int) error {
		for i := lo; i < hi; i++ {
			roots[i] = math.Sqrt(float64(i))
		}
		return nil
	})
	fmt.Println(roots[81], err)
	// Output: 9 <nil>
}

// The number of workers may exceed the cores where they only wait.
func ExampleFor_workers() {
	err := par.For(context.Background(), 100, func(ctx context.Context, lo, hi int) error {
		if lo == 42 {
			return errors.New("no route to host")
		}
		return nil
	}, par.Options{Workers: 50, Schedule: par.Dynamic})
	fmt.Println(err)
	// Output: par.For: item 42: no route to host
}

// A midpoint rule; the result is the same to the last bit on any number of cores.
func ExampleReduce() {
	const n = 1_000_000
	area, err := par.Reduce(context.Background(), n,
		func(_ context.Context, lo, hi int) (float64, error) {
			sum := 0.0
			for i := lo; i < hi; i++ {
				x := (float64(i) + 0.5) / n
				sum += 4 / (1 + x*x) / n
			}
			return sum, nil
		},
		func(left, right float64) float64 { return left + right })
	fmt.Printf("%.10f %v\n", area, err)
	// Output: 3.1415926536 <nil>
}

func ExampleGroup() {
	lines := make(chan string)
	g := par.NewGroup(context.Background())
	g.Go(func(ctx context.Context) error {
		defer close(lines)
		for _, l := range []string{"one", "two"} {
			select {
			case lines <- l:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func(context.Context) error {
		for l := range lines {
			fmt.Println(l)
		}
		return nil
	})
	fmt.Println(g.Wait())
	// Output:
	// one
	// two
	// <nil>
}

func ExampleCores() {
	allowed := par.Cores()
	fmt.Println(allowed.N >= 1, allowed.Source != "")
	for _, s := range allowed.Considered {
		if s.Decided {
			fmt.Println(s.Cores == allowed.N)
		}
	}
	// Output:
	// true true
	// true
}
