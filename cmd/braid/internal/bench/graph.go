package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/taskbench"
)

var (
	benchDepth = braid.Func2("bench/depth", func(_ context.Context, x, y int64) (int64, error) { return max(x, y) + 1, nil })
	benchSum   = braid.Func("bench/sum", func(_ context.Context, xs []int64) (s int64, _ error) {
		for _, x := range xs {
			s += x
		}
		return s, nil
	})
)

// randomGraph is a graph of tasks that find out how deep they are in it: 1 without inputs, else 1 more than the deepest of
// their two inputs.
type randomGraph struct {
	inputs [][2]int32 // of each task; the first two have none
	leaves []int32    // the tasks that no other takes
	depth  []int64    // room for the floor
	sum    int64      // of the leaves' depths
}

// newRandomGraph draws two different earlier tasks for each task.
func newRandomGraph(n int) *randomGraph {
	rng := rand.New(rand.NewPCG(1, 2))
	g := &randomGraph{inputs: make([][2]int32, n), depth: make([]int64, n)}
	taken := make([]bool, n)
	for i := range int32(n) {
		if i < 2 {
			g.depth[i] = 1
			continue
		}
		a, b := rng.Int32N(i), rng.Int32N(i-1)
		if b >= a {
			b++
		}
		g.inputs[i] = [2]int32{a, b}
		g.depth[i] = max(g.depth[a], g.depth[b]) + 1
		taken[a], taken[b] = true, true
	}
	for i, is := range taken {
		if !is {
			g.leaves = append(g.leaves, int32(i))
		}
	}
	g.sum = g.leafSum()
	return g
}

func (g *randomGraph) leafSum() (s int64) {
	for _, i := range g.leaves {
		s += g.depth[i]
	}
	return s
}

// of appends the inputs of a task to a list.
func (g *randomGraph) of(i int, list []int32) []int32 {
	if i < 2 {
		return list
	}
	return append(list, g.inputs[i][:]...)
}

// write writes the graph down as delayed calls, and a last one that adds up the depths of the leaves.
func (g *randomGraph) write() *braid.Delayed[int64] {
	calls := make([]*braid.Delayed[int64], len(g.inputs))
	for i, in := range g.inputs {
		if i < 2 {
			calls[i] = benchDepth.Call(braid.V(int64(0)), braid.V(int64(0)))
		} else {
			calls[i] = benchDepth.Call(calls[in[0]], calls[in[1]])
		}
	}
	last := make([]*braid.Delayed[int64], len(g.leaves))
	for k, i := range g.leaves {
		last[k] = calls[i]
	}
	return benchSum.Call(braid.All(last))
}

// check holds the sum of the leaves' depths against the right one.
func (g *randomGraph) check(sum int64) error {
	if sum != g.sum {
		return fmt.Errorf("the depths add up to %d instead of %d", sum, g.sum)
	}
	return nil
}

// run runs the graph on a client and returns the µs a task: from Submit to the end of Get, until Submit returned, and of
// writing down before.
func (g *randomGraph) run(ctx context.Context, c *braid.Client) ([]float64, error) {
	n := len(g.inputs)
	start := time.Now()
	all := g.write()
	written := time.Since(start)
	runtime.GC()
	start = time.Now()
	future := braid.Submit(ctx, c, all)
	submitted := time.Since(start)
	sum, err := future.Get(ctx)
	took := time.Since(start)
	future.Release()
	if err == nil {
		err = g.check(sum)
	}
	return []float64{micro(took, n), micro(submitted, n), micro(written, n)}, err
}

// runBare runs the graph without an engine and returns the µs a task.
func (g *randomGraph) runBare(workers int, counters *taskbench.Counters) ([]float64, error) {
	counters.Reset()
	clear(g.depth)
	runtime.GC()
	start := time.Now()
	counters.Run(workers, func(i int32, in []int32) {
		d := int64(0)
		for _, j := range in {
			d = max(d, g.depth[j])
		}
		g.depth[i] = d + 1
	})
	took := time.Since(start)
	return []float64{micro(took, len(g.inputs))}, g.check(g.leafSum())
}

func graphFigure(slots, n int) figure {
	var g *randomGraph
	var counters *taskbench.Counters
	var client *braid.Client
	return figure{
		name: "dag.random", warm: true,
		cases: []metric{{"dag.random.us", "us"}, {"dag.random.submit.us", "us"}, {"dag.random.write.us", "us"}},
		open: func(ctx context.Context) (closing func() error, err error) {
			g = newRandomGraph(n)
			counters = taskbench.NewCounters(n, g.of)
			if client, err = benchClient(ctx, slots); err != nil {
				return nil, err
			}
			return client.Close, nil
		},
		measure: func(ctx context.Context) ([]float64, error) { return g.run(ctx, client) },
		floor:   func(context.Context) ([]float64, error) { return g.runBare(slots, counters) },
	}
}

// bytesFigure compares the memory of a random graph with that of bare lists of inputs, of 4 bytes each.
func bytesFigure(n int) figure {
	var g *randomGraph
	return figure{
		name: "graph.bytes_per_task", cases: []metric{{"graph.bytes_per_task", "bytes"}},
		open: func(context.Context) (func() error, error) {
			g = newRandomGraph(n)
			return func() error { return nil }, nil
		},
		measure: func(context.Context) (bytes []float64, err error) {
			bytes = grown(n, func() any {
				var built *graph.Graph
				built, err = g.build()
				return built
			})
			return bytes, err
		},
		floor: func(context.Context) ([]float64, error) {
			return grown(n, func() any {
				ends, all := make([]int32, 0, n), make([]int32, 0, 2*n)
				for i := range n {
					all = g.of(i, all)
					ends = append(ends, int32(len(all)))
				}
				return [][]int32{ends, all}
			}), nil
		},
	}
}

// build makes the graph as package graph has it.
func (g *randomGraph) build() (*graph.Graph, error) {
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/bench/depth"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	for i, in := range g.inputs {
		if i < 2 {
			b.Add(call)
		} else {
			b.Add(call, graph.OutputRef(graph.Index(in[0]), 0), graph.OutputRef(graph.Index(in[1]), 0))
		}
	}
	return b.Build()
}

// grown returns by how many bytes for each of n tasks the heap has grown by what build returns.
func grown(n int, build func() any) []float64 {
	before := heap()
	kept := build()
	after := heap()
	runtime.KeepAlive(kept)
	return []float64{float64(after-before) / float64(n)}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the first may have left what was being swept
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
