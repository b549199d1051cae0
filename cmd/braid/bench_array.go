package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// arrayCases are what arrays cost, by the names of the same work in bench/peers/arrays.py.
var arrayCases = []struct {
	name   string
	figure func(f *benchFlags) figure
}{
	{"integrate2d", func(f *benchFlags) figure { return arrayIntegral(f, f.size(10_000, 1000)) }},
	{"sum_transpose", func(f *benchFlags) figure { return arraySumTranspose(f, f.size(20_000, 1000)) }},
	{"mean_std", func(f *benchFlags) figure { return arrayMeanStd(f, f.size(20_000, 1000)) }},
	{"sum-ready", func(f *benchFlags) figure { return arraySweep(f, f.size(8000, 1000)) }},
	{"chain-ready", func(f *benchFlags) figure { return arrayChain(f, f.size(8000, 1000)) }},
	{"rechunk-ready", func(f *benchFlags) figure { return arrayRechunk(f, f.size(16_000, 1000)) }},
	{"cumsum-ready", func(f *benchFlags) figure { return arrayCumSum(f, f.size(100_000_000, 1_000_000)) }},
	{"stencil-ready", func(f *benchFlags) figure { return arrayStencil(f, f.size(8000, 1000)) }},
	{"tiny", func(f *benchFlags) figure { return arrayTiny(f, f.size(200, 40)) }},
	{"plan", func(f *benchFlags) figure { return arrayPlan(f.size(1_000_000, 10_000)) }},
}

func (e *env) benchArrayCommand(f *benchFlags) *cobra.Command {
	var only, names []string
	for _, c := range arrayCases {
		names = append(names, c.name)
	}
	cmd := &cobra.Command{
		Use:   "array",
		Short: "Measure arrays: random numbers, sums, chains, rechunking, stencils",
		Long: `array measures, in some minutes, work on chunked arrays in this process. A name with "-ready" has its input in memory before:

  integrate2d      the double integral of sin(x+y) by the midpoint rule on 10,000 × 10,000 points, in two halves
  sum_transpose    (A + A.T).sum() of 20,000 × 20,000 random numbers, each of A and of A.T read
  mean_std         mean and standard deviation of as many
  sum-ready        sum, mean and standard deviation of 8,000 × 8,000 numbers; the floor reads them once for each
  chain-ready      five operations on each element and the sum; the floor reads them once
  rechunk-ready    bands of rows of 16,000 × 16,000 numbers turned into bands of columns, and the sum of each column
  cumsum-ready     cumulative sums of 100,000,000 numbers, their last one and their sum
  stencil-ready    a five-point stencil over 8,000 × 8,000 numbers by MapOverlap, its sum and that of the squares
  tiny             the same stencil over 40,000 chunks of one number each, made and run
  plan             the sum of a million chunks written down as tasks, without running them

The cases for --only are ` + strings.Join(names, ", ") + `.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			for _, name := range only {
				if !slices.Contains(names, name) {
					return unknown("case", name, names)
				}
			}
			var figures []figure
			for _, c := range arrayCases {
				if len(only) == 0 || slices.Contains(only, c.name) {
					figures = append(figures, c.figure(f))
				}
			}
			return e.bench(cmd.Context(), "array", figures)
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "measure these cases only")
	return cmd
}

// arrayFigure is a figure of one time, in a client in this process. make prepares the input, run does the work once and
// returns what is wrong with its answer.
func arrayFigure(f *benchFlags, name string, prepare func(ctx context.Context, c *braid.Client) error, run func(ctx context.Context, c *braid.Client) error) figure {
	var client *braid.Client
	fig := figure{
		name: name, cases: []metric{{"array." + name + ".seconds", "s"}}, warm: true,
		measure: func(ctx context.Context) ([]float64, error) {
			start := time.Now()
			err := run(ctx, client)
			return []float64{time.Since(start).Seconds()}, err
		},
	}
	fig.open = func(ctx context.Context) (func() error, error) {
		c, err := benchClient(ctx, f.slots)
		if err != nil {
			return nil, err
		}
		client = c
		if prepare != nil {
			if err := prepare(ctx, c); err != nil {
				return nil, fmt.Errorf("%w (closed: %v)", err, c.Close())
			}
		}
		return c.Close, nil
	}
	return fig
}

// near refuses an answer that is further from the right one than a part of it.
func near(got, want, part float64) error {
	if !(math.Abs(got-want) <= part*math.Abs(want)) {
		return fmt.Errorf("the answer is %v, and should be %v", got, want)
	}
	return nil
}

// numbersOf returns arrays of one element each as float64.
func numbersOf(ctx context.Context, c *braid.Client, of ...*array.Array) ([]float64, error) {
	results, err := array.Compute(ctx, c, of...)
	if err != nil {
		return nil, err
	}
	numbers := make([]float64, len(results))
	for i, u := range results {
		a, err := ndarray.Cast[float64](u, ndarray.Unsafe)
		if err != nil {
			return nil, err
		}
		numbers[i] = a.AppendTo(nil)[0]
	}
	return numbers, nil
}

func arrayIntegral(f *benchFlags, n int) figure {
	return arrayFigure(f, "integrate2d", nil, func(ctx context.Context, c *braid.Client) error {
		h := math.Pi / float64(n)
		x := array.Arange(0, float64(n), 1, array.Chunks(n/20)).Add(0.5).Mul(h)
		sines := x.ExpandDims(1).Add(x.Rechunk(array.Chunks(-1))).Sin()
		lower := sines.Slice(ndarray.To(n / 2)).Sum().Mul(h * h)
		upper := sines.Slice(ndarray.From(n / 2)).Sum().Mul(h * h)
		v, err := numbersOf(ctx, c, lower, upper)
		if err != nil {
			return err
		}
		if err := near(v[0], 2, 1e-5); err != nil {
			return err
		}
		return near(v[1], -2, 1e-5)
	})
}

func arraySumTranspose(f *benchFlags, n int) figure {
	return arrayFigure(f, "sum_transpose", nil, func(ctx context.Context, c *braid.Client) error {
		a := array.Random(1).Uniform(0, 1, array.Shape{n, n}, array.Chunks(n/10))
		v, err := numbersOf(ctx, c, a.Add(a.T()).Sum())
		if err != nil {
			return err
		}
		return near(v[0], float64(n)*float64(n), 2e-3)
	})
}

func arrayMeanStd(f *benchFlags, n int) figure {
	return arrayFigure(f, "mean_std", nil, func(ctx context.Context, c *braid.Client) error {
		a := array.Random(1).Uniform(0, 1, array.Shape{n, n}, array.Chunks(n/10))
		v, err := numbersOf(ctx, c, a.Mean(), a.Std())
		if err != nil {
			return err
		}
		if err := near(v[0], 0.5, 2e-3); err != nil {
			return err
		}
		return near(v[1], math.Sqrt(1.0/12), 2e-3)
	})
}
