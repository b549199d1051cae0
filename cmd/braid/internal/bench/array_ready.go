package bench

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// fivePoints is the mean of an element and its four neighbours; what lies outside of the block counts as it is inside.
var fivePoints = braid.Func("bench/fivepoints", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	n, m := x.Shape()[0], x.Shape()[1]
	out := ndarray.New[float64](n, m)
	to := out.Memory()
	from, _ := x.Ravel().Data()
	for i := 1; i < n-1; i++ {
		row := to[i*m+1 : i*m+m-1]
		above, here, below := from[(i-1)*m+1:][:len(row)], from[i*m:][:len(row)+2], from[(i+1)*m+1:][:len(row)]
		for j := range row {
			row[j] = (here[j+1] + above[j] + below[j] + here[j] + here[j+2]) / 5
		}
	}
	return out, nil
})

// readyMatrix is an input in memory: a fresh matrix of random numbers, persisted.
func readyMatrix(ctx context.Context, c *braid.Client, n, pieces int) (*array.Array, error) {
	return array.Random(4).Uniform(0, 1, array.Shape{n, n}, array.Chunks(n/pieces)).Persist(ctx, c)
}

// readOnce reads numbers once with so many goroutines, and returns the seconds that it took.
func readOnce(slots int, data []float64) float64 {
	start := time.Now()
	var wait sync.WaitGroup
	sums := make([]float64, slots)
	for k := range slots {
		part := data[len(data)*k/slots : len(data)*(k+1)/slots]
		wait.Go(func() { sums[k] = vector.Sum(part) })
	}
	wait.Wait()
	return time.Since(start).Seconds()
}

// arraySweep is sum, mean and standard deviation of numbers in memory. The floor reads them once for each of the three.
func arraySweep(f *benchFlags, n int) figure {
	data := &ndarray.Array[float64]{}
	var a *array.Array
	fig := arrayFigure(f, "sum-ready", func(ctx context.Context, c *braid.Client) (err error) {
		if data, err = array.Collect[float64](ctx, c, array.Random(4).Uniform(0, 1, array.Shape{n, n})); err == nil {
			a = array.FromNdarray(data, array.Chunks(n/8, -1))
		}
		return err
	}, nil)
	names := []string{"sum", "mean", "std"}
	fig.cases = nil
	for _, name := range names {
		fig.cases = append(fig.cases, metric{"array." + name + "-ready.gbs", "GB/s"})
	}
	var client *braid.Client
	open := fig.open
	fig.open = func(ctx context.Context) (func() error, error) {
		c, err := benchClient(ctx, f.slots)
		client = c
		if err != nil {
			return nil, err
		}
		closing, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return func() error { _ = closing(); return c.Close() }, nil
	}
	gb := float64(n) * float64(n) * 8 / 1e9
	fig.measure = func(ctx context.Context) ([]float64, error) {
		var rates []float64
		for _, x := range []*array.Array{a.Sum(), a.Mean(), a.Std()} {
			start := time.Now()
			if _, err := x.Compute(ctx, client); err != nil {
				return nil, err
			}
			rates = append(rates, gb/time.Since(start).Seconds())
		}
		return rates, nil
	}
	fig.floor = func(context.Context) ([]float64, error) {
		rates := make([]float64, len(names))
		for k := range rates {
			rates[k] = gb / readOnce(f.slots, data.Memory())
		}
		return rates, nil
	}
	return fig
}

// arrayChain is five operations on each element, and the sum.
func arrayChain(f *benchFlags, n int) figure {
	var a *array.Array
	return arrayFigure(f, "chain-ready", func(ctx context.Context, c *braid.Client) (err error) {
		a, err = readyMatrix(ctx, c, n, 8)
		return err
	}, func(ctx context.Context, c *braid.Client) error {
		v, err := numbersOf(ctx, c, a.Mul(2).Add(1).Mul(a).Sub(0.5).Abs().Sum())
		if err != nil {
			return err
		}
		return near(v[0], 0.8408*float64(n)*float64(n), 5e-3) // the integral of |2x² + x − ½| over [0, 1]
	})
}

func arrayRechunk(f *benchFlags, n int) figure {
	var a *array.Array
	pieces := 10
	band := n / pieces
	return arrayFigure(f, "rechunk-ready", func(ctx context.Context, c *braid.Client) (err error) {
		rows := array.Arange(0, float64(n), 1, array.Chunks(band)).Cast(ndarray.Float64).ExpandDims(1)
		cols := array.Arange(0, float64(n), 1, array.Chunks(-1)).Div(float64(n))
		a, err = rows.Add(cols).Persist(ctx, c)
		return err
	}, func(ctx context.Context, c *braid.Client) error {
		sums, err := array.Collect[float64](ctx, c, array.Along(0).Sum(a.Rechunk(array.Chunks(-1, band))))
		if err != nil {
			return err
		}
		for j, v := range sums.Memory() {
			if err := near(v, float64(n)*float64(n-1)/2+float64(j), 1e-12); err != nil {
				return err
			}
		}
		return nil
	})
}

func arrayCumSum(f *benchFlags, n int) figure {
	var a *array.Array
	return arrayFigure(f, "cumsum-ready", func(ctx context.Context, c *braid.Client) (err error) {
		a, err = array.Arange(0, float64(n), 1, array.Chunks(n/20), array.As(ndarray.Float64)).Persist(ctx, c)
		return err
	}, func(ctx context.Context, c *braid.Client) error {
		sums := a.CumSum(0)
		v, err := numbersOf(ctx, c, sums.Slice(ndarray.At(-1)), sums.Sum())
		if err != nil {
			return err
		}
		x := float64(n)
		if err := near(v[0], x*(x-1)/2, 1e-9); err != nil {
			return err
		}
		return near(v[1], (x-1)*x*(x+1)/6, 1e-9)
	})
}

func arrayStencil(f *benchFlags, n int) figure {
	var a *array.Array
	sum := 0.0
	return arrayFigure(f, "stencil-ready", func(ctx context.Context, c *braid.Client) (err error) {
		if a, err = readyMatrix(ctx, c, n, 4); err != nil {
			return err
		}
		v, err := numbersOf(ctx, c, a.Sum())
		if err == nil {
			sum = v[0]
		}
		return err
	}, func(ctx context.Context, c *braid.Client) error {
		b := array.MapOverlap(fivePoints, a, array.Halo{Depth: []int{1}, Edge: []array.Edge{array.Periodic}})
		v, err := numbersOf(ctx, c, b.Sum(), b.Square().Sum())
		if err != nil {
			return err
		}
		return near(v[0], sum, 1e-9) // each element is in five means
	})
}

// arrayTiny is a stencil over n × n chunks of one number each.
func arrayTiny(f *benchFlags, n int) figure {
	return arrayFigure(f, "tiny", nil, func(ctx context.Context, c *braid.Client) error {
		a := array.Ones(array.Shape{n, n}, array.Chunks(1))
		b := array.MapOverlap(fivePoints, a, array.Halo{Depth: []int{1}, Edge: []array.Edge{array.Periodic}})
		v, err := numbersOf(ctx, c, b.Sum())
		if err != nil {
			return err
		}
		return near(v[0], float64(n)*float64(n), 1e-12)
	})
}

// arrayPlan is the sum of n chunks as a graph that nobody runs.
func arrayPlan(_ *benchFlags, n int) figure {
	return figure{
		name: "plan", cases: []metric{{"array.plan.seconds", "s"}}, warm: true,
		measure: func(context.Context) ([]float64, error) {
			start := time.Now()
			side := int(math.Sqrt(float64(n)))
			a := array.Random(1).Uniform(0, 1, array.Shape{side, side}, array.Chunks(1))
			tasks, err := a.Add(1).Sum().Tasks()
			if err == nil && tasks <= side*side {
				err = fmt.Errorf("the sum of %d chunks takes %d tasks", side*side, tasks)
			}
			return []float64{time.Since(start).Seconds()}, err
		},
	}
}
