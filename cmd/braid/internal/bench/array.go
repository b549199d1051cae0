package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/ndarray"
)

// arrayCases are what arrays cost, by the names of the same work in bench/peers: the sizes of the work, and of a quick look.
var arrayCases = []struct {
	name        string
	full, quick int
	figure      func(f *benchFlags, n int) figure
	peer        peerScript
}{
	{"integrate2d", 10_000, 1000, arrayIntegral, peerScript{"integrate2d.py", "fortran-O3-native-fastmath-openmp", []string{"gfortran"}}},
	{"sum_transpose", 20_000, 1000, arraySumTranspose, onDask("sum_transpose")},
	{"sum_transpose_large", 50_000, 2000, arrayLarge, peerScript{}},
	{"mean_std", 20_000, 1000, arrayMeanStd, onDask("mean_std")},
	{"sum-ready", 8000, 1000, arraySweep, peerScript{}},
	{"chain-ready", 8000, 1000, arrayChain, peerScript{"arrays.py", "chain-ready/numpy", []string{"numpy"}}},
	{"rechunk-ready", 16_000, 1000, arrayRechunk, onDask("rechunk-ready")},
	{"cumsum-ready", 100_000_000, 1_000_000, arrayCumSum, onDask("cumsum-ready")},
	{"stencil-ready", 8000, 1000, arrayStencil, onDask("stencil-ready")},
	{"tiny", 200, 40, arrayTiny, peerScript{}},
	{"plan", 1_000_000, 10_000, arrayPlan, peerScript{}},
}

// onDask is the peer of a case that is done by Dask's threads.
func onDask(name string) peerScript {
	return peerScript{"arrays.py", name + "/dask-threads", []string{"dask", "numpy"}}
}

// peerOfArrays is how often a peer is measured, after a first run.
const peerOfArrays = "runs=5"

func (e *env) benchArrayCommand(f *benchFlags) *cobra.Command {
	var only, names []string
	var withPeers bool
	var python string
	for _, c := range arrayCases {
		names = append(names, c.name)
	}
	cmd := &cobra.Command{
		Use:   "array",
		Short: "Measure arrays: random numbers, sums, chains, rechunking, stencils",
		Long: `array measures, in some minutes, work on chunked arrays in this process. A name with "-ready" has its input in memory before:

  integrate2d          the double integral of sin(x+y) by the midpoint rule on 10,000 × 10,000 points, in two halves
  sum_transpose        (A + A.T).sum() of 20,000 × 20,000 random numbers, each of A and of A.T read; mirrored chunks are read in
                       pairs, and a number is made once for both; with the most memory meanwhile
  sum_transpose_large  the same of 50,000 × 50,000 numbers once, 18.6 GiB, under a limit of 512 MiB: in a process of its own, and with
                       two worker processes, which have half of it each; with the most memory of all processes
  mean_std             mean and standard deviation of 20,000 × 20,000 random numbers
  sum-ready            sum, mean and standard deviation of 8,000 × 8,000 numbers; the floor reads them once for each
  chain-ready          five operations on each element and the sum
  rechunk-ready        bands of rows of 16,000 × 16,000 numbers turned into bands of columns, and the sum of each column
  cumsum-ready         cumulative sums of 100,000,000 numbers, their last one and their sum
  stencil-ready        a five-point stencil over 8,000 × 8,000 numbers by MapOverlap, its sum and that of the squares
  tiny                 the same stencil over 40,000 chunks of one number each, made and run
  plan                 the sum of a million chunks written down as tasks, without running them

With --peers the same work follows each in another system, as far as Python, its modules and gfortran are there: Fortran with
-O3 -march=native -ffast-math and OpenMP for integrate2d, NumPy for chain-ready, Dask's threads for others. "peer." stands before the case
then, and "ratio." before what braid takes of it.

The cases for --only are ` + strings.Join(names, ", ") + `.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := f.check(); err != nil {
				return err
			}
			for _, name := range only {
				if !slices.Contains(names, name) {
					return console.Unknown("case", name, names)
				}
			}
			if cmd.Flags().Changed("python") && !withPeers {
				return console.Usage("--python is for --peers", "give both or none")
			}
			var figures []figure
			var scripts []peerScript
			var p *peerBench
			for _, c := range arrayCases {
				if len(only) > 0 && !slices.Contains(only, c.name) {
					continue
				}
				n := f.size(c.full, c.quick)
				fig := c.figure(f, n)
				if withPeers && c.peer.script != "" {
					scripts = append(scripts, c.peer)
					fig.peer = func(ctx context.Context) peerRuns {
						return p.run(ctx, c.peer, fmt.Sprintf("n=%d", n), fmt.Sprintf("workers=%d", f.slots), peerOfArrays)
					}
				}
				figures = append(figures, fig)
			}
			if withPeers {
				if p, err = e.openPeers(cmd.Context(), python, scripts); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, p.close()) }()
			}
			return e.bench(cmd.Context(), "array", figures)
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "measure these cases only")
	cmd.Flags().BoolVar(&withPeers, "peers", false, "measure the same work in other systems, too")
	cmd.Flags().StringVar(&python, "python", "python3", "the `interpreter` that runs them")
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
	fig := arrayFigure(f, "sum_transpose", nil, func(ctx context.Context, c *braid.Client) error {
		return sumTransposed(ctx, c, n, n/10)
	})
	if noMemoryOf(os.Getpid()) != "" {
		return fig
	}
	fig.cases = append(fig.cases, metric{"array.sum_transpose.peak_mb", "MB"})
	seconds := fig.measure
	fig.measure = func(ctx context.Context) ([]float64, error) {
		watch := watchMemory([]int{os.Getpid()})
		values, err := seconds(ctx)
		return append(values, float64(watch())/1e6), err
	}
	return fig
}

// sumTransposed computes (A + A.T).sum() of n × n random numbers in chunks of a side.
func sumTransposed(ctx context.Context, c *braid.Client, n, side int) error {
	a := array.Random(1).Uniform(0, 1, array.Shape{n, n}, array.Chunks(side))
	v, err := numbersOf(ctx, c, a.Add(a.T()).Sum())
	if err != nil {
		return err
	}
	return near(v[0], float64(n)*float64(n), 2e-3)
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
