package taskbench

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
)

// Result is what a run took.
type Result struct {
	Tasks     int
	Submitted time.Duration // until the client had accepted everything
	Elapsed   time.Duration // until the last output was there, beginning with the submission
}

// Work is graphs written down as delayed calls, ready to run any number of times.
type Work struct {
	Written time.Duration // what writing down took

	graphs  []*Graph
	numbers []int
	ends    []*braid.Delayed[int64] // take what is left over; nil for a graph that was not written down
	leaves  []int64                 // how many outputs that is
	tasks   int
	remote  bool  // for other processes
	err     error // why they cannot be run, of graphs for other processes
}

// Prepare writes graphs down. Close the work when it is done with.
func Prepare(gs ...Graph) (*Work, error) {
	return prepare(gs, (*Graph).appendInputs)
}

// inputsFunc is the type of [Graph.appendInputs].
type inputsFunc = func(g *Graph, list []int32, step, point int) []int32

// prepare writes graphs down with the inputs that a function says, which tests make a wrong one.
func prepare(gs []Graph, inputs inputsFunc) (*Work, error) {
	w := &Work{}
	for _, g := range gs {
		if err := g.Check(); err != nil {
			w.Close()
			return nil, err
		}
		g = g.withDefaults()
		number, err := enter(&g)
		if err != nil {
			w.Close()
			return nil, err
		}
		w.numbers = append(w.numbers, number)
		w.graphs = append(w.graphs, &g)
		w.tasks += g.Tasks()
		start := time.Now()
		var end *braid.Delayed[int64]
		var leaves int
		if g.OutputBytes == wordSize {
			end, leaves = write(&g, number, inputs, words)
		} else {
			end, leaves = write(&g, number, inputs, texts)
		}
		w.ends = append(w.ends, end)
		w.leaves = append(w.leaves, int64(leaves))
		w.Written += time.Since(start)
	}
	return w, nil
}

// write writes a graph down, step by step, and the task at its end.
func write[T any](g *Graph, number int, inputs inputsFunc, f form[T]) (end *braid.Delayed[int64], leaves int) {
	var left []*braid.Delayed[T] // outputs that no task takes
	var before []*braid.Delayed[T]
	var points []int32
	for t := range g.Steps {
		first, stop := g.Points(t)
		origin, _ := g.Points(t - 1)
		calls := make([]*braid.Delayed[T], stop-first)
		taken := make([]bool, len(before))
		for i := range calls {
			points = inputs(g, points[:0], t, first+i)
			args := make([]*braid.Delayed[T], len(points))
			for k, j := range points {
				args[k] = before[int(j)-origin]
				taken[int(j)-origin] = true
			}
			calls[i] = f.task(word(number, t, first+i), args)
		}
		for i, is := range taken {
			if !is {
				left = append(left, before[i])
			}
		}
		before = calls
	}
	left = append(left, before...)
	return f.end.Call(braid.All(left)), len(left)
}

// Close forgets the graphs. The work must not be running.
func (w *Work) Close() {
	for _, n := range w.numbers {
		leave(n)
	}
	w.numbers = nil
}

// Tasks returns the number of tasks of all graphs.
func (w *Work) Tasks() int { return w.tasks }

// SetIterations changes the kernels of all graphs. The work must not be running.
func (w *Work) SetIterations(n int) {
	for _, g := range w.graphs {
		g.Kernel.Iterations = n
	}
	if w.remote {
		w.rewrite()
	}
}

// Run runs all graphs at once on a client and waits for their ends. The error is that of the first task that failed,
// was given a wrong input, or could not run.
func (w *Work) Run(ctx context.Context, c *braid.Client) (Result, error) {
	if w.err != nil {
		return Result{}, w.err
	}
	futures := make([]*braid.Future[int64], len(w.ends))
	start := time.Now()
	for k, end := range w.ends {
		futures[k] = braid.Submit(ctx, c, end)
	}
	r := Result{Tasks: w.tasks, Submitted: time.Since(start)}
	var failed error
	for k, f := range futures {
		n, err := f.Get(ctx)
		if err == nil && n != w.leaves[k] {
			err = fmt.Errorf("taskbench: %v: the end got %d outputs instead of %d", w.graphs[k].Pattern, n, w.leaves[k])
		}
		if err != nil && failed == nil {
			failed = err
		}
	}
	r.Elapsed = time.Since(start)
	for _, f := range futures {
		f.Release()
	}
	return r, failed
}

// Run writes graphs down, runs them once, and forgets them.
func Run(ctx context.Context, c *braid.Client, gs ...Graph) (Result, error) {
	w, err := Prepare(gs...)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	return w.Run(ctx, c)
}
