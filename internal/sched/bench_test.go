package sched

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// shape builds a graph of about n tasks.
type shape func(n int) *graph.Graph

func oneCall(b *graph.Builder) uint32 {
	op := b.Op(graph.Op{Name: "go/f", Outputs: 1})
	return b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
}

func built(b *graph.Builder) *graph.Graph {
	g, err := b.Build()
	if err != nil {
		panic(err)
	}
	return g
}

// fanOut is one task and n that take its result.
func fanOut(n int) *graph.Graph {
	b := graph.NewBuilder()
	call := oneCall(b)
	b.Add(call)
	for range n - 1 {
		b.Add(call, graph.OutputRef(0, 0))
	}
	return built(b)
}

// tree is a binary reduction in depth-first order.
func tree(n int) *graph.Graph {
	b := graph.NewBuilder()
	call := oneCall(b)
	depth := 0
	for 2<<(depth+1) <= n+1 {
		depth++
	}
	var grow func(d int) graph.Index
	grow = func(d int) graph.Index {
		if d == 0 {
			return b.Add(call)
		}
		l, r := grow(d-1), grow(d-1)
		return b.Add(call, graph.OutputRef(l, 0), graph.OutputRef(r, 0))
	}
	grow(depth)
	return built(b)
}

// stencil is steps of 64 tasks, each of which takes the results of three neighbours of the step before.
func stencil(n int) *graph.Graph {
	const width = 64
	b := graph.NewBuilder()
	call := oneCall(b)
	for range width {
		b.Add(call)
	}
	for step := 1; step < n/width; step++ {
		for x := range width {
			var args []graph.Ref
			for d := -1; d <= 1; d++ {
				if k := x + d; k >= 0 && k < width {
					args = append(args, graph.OutputRef(graph.Index((step-1)*width+k), 0))
				}
			}
			b.Add(call, args...)
		}
	}
	return built(b)
}

// independent is a map over n items.
func independent(n int) *graph.Graph {
	b := graph.NewBuilder()
	b.Affine(graph.Affine{Call: oneCall(b), Space: []uint32{uint32(n)}})
	return built(b)
}

// zero is a cluster whose agents answer at once.
type zero struct {
	s     *State
	now   Instant
	tasks int // ended
	out   []Effect
	next  []Event
}

func newZero(cfg Config, agents, slots int) *zero {
	z := &zero{s: New(cfg)}
	for n := range agents {
		z.s.Step(0, AgentJoined{word.Agent(n + 1), word.Join{Name: fmt.Sprint(n), Slots: uint32(slots), Memory: 1 << 40}}, nil)
	}
	return z
}

// round answers all assignments of the last effects.
func (z *zero) round() bool {
	z.next = z.next[:0]
	for _, e := range z.out {
		if s, ok := e.(Send); ok {
			if a, ok := s.Word.(*word.Assign); ok {
				d := &word.Done{Tasks: make([]word.Finished, len(a.Tasks))}
				for k, b := range a.Tasks {
					d.Tasks[k] = word.Finished{Block: b, Bytes: 100, Nanos: 1000}
				}
				z.tasks += len(a.Tasks)
				z.next = append(z.next, AgentWord{s.Agent, d})
			}
		}
	}
	z.out = z.out[:0]
	for _, e := range z.next {
		z.out = z.s.Step(z.now, e, z.out)
	}
	z.out = z.s.Plan(z.now, z.out)
	return len(z.next) > 0 || z.s.More()
}

func (z *zero) submit(g *graph.Graph, run word.Run, wanted ...graph.Index) {
	z.out = z.s.Step(z.now, Submitted{1, run, g, len(wanted) == 0, wanted}, z.out[:0])
	z.out = z.s.Plan(z.now, z.out)
}

func benchmarkShape(b *testing.B, sh shape, agents, n int) {
	g := sh(n)
	last := graph.Index(g.Len() - 1)
	b.ReportAllocs()
	for b.Loop() {
		z := newZero(Config{}, agents, 2)
		z.submit(g, 1, last)
		if g.Len() > 0 && len(g.Externals()) == 0 && sh != nil {
			for z.round() {
			}
		}
		if z.tasks != g.Len() && z.tasks != 2 {
			b.Fatalf("%d of %d tasks ran", z.tasks, g.Len())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.Len()), "ns/task")
}

// benchmarkAll runs a graph of which every task is wanted.
func benchmarkAll(b *testing.B, sh shape, agents, n int) {
	g := sh(n)
	b.ReportAllocs()
	for b.Loop() {
		z := newZero(Config{}, agents, 2)
		z.submit(g, 1)
		for z.round() {
		}
		if z.tasks != g.Len() {
			b.Fatalf("%d of %d tasks ran", z.tasks, g.Len())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.Len()), "ns/task")
	b.ReportMetric(stateBytes(sh, n), "B/task")
}

// stateBytes returns what the state and the graph take for a task while all are held.
func stateBytes(sh shape, n int) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	g := sh(n)
	z := newZero(Config{}, 2, 2)
	z.submit(g, 1)
	for z.round() {
	}
	z.out, z.next = nil, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	per := float64(after.HeapAlloc-before.HeapAlloc) / float64(g.Len())
	runtime.KeepAlive(z)
	return per
}

const benchTasks = 1 << 18

func BenchmarkMap(b *testing.B)     { benchmarkAll(b, independent, 2, benchTasks) }
func BenchmarkFanOut(b *testing.B)  { benchmarkAll(b, fanOut, 2, benchTasks) }
func BenchmarkTree(b *testing.B)    { benchmarkAll(b, tree, 2, benchTasks) }
func BenchmarkStencil(b *testing.B) { benchmarkAll(b, stencil, 2, benchTasks) }

// BenchmarkTreeOfOne is a tree of which only the root is wanted, so that all other blocks are freed.
func BenchmarkTreeOfOne(b *testing.B) { benchmarkShape(b, tree, 2, benchTasks) }

// BenchmarkAgents is the cost of a task by the number of agents that share a map.
func BenchmarkAgents(b *testing.B) {
	for _, agents := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(agents), func(b *testing.B) { benchmarkEvents(b, agents, 1<<20) })
	}
}

// BenchmarkTasks is the cost of a task by the size of its run.
func BenchmarkTasks(b *testing.B) {
	for _, tasks := range []int{1e5, 1e6, 1e7} {
		b.Run(fmt.Sprint(tasks), func(b *testing.B) { benchmarkEvents(b, 100, tasks) })
	}
}

// benchmarkEvents measures one Done of one task with the Plan after it, in a cluster that works on a large map.
func benchmarkEvents(b *testing.B, agents, tasks int) {
	z := newZero(Config{WindowTasks: 8}, agents, 2)
	g := independent(tasks)
	run := word.Run(0)
	var queue []AgentWord
	take := func() {
		for _, e := range z.out {
			if s, ok := e.(Send); ok {
				if a, ok := s.Word.(*word.Assign); ok {
					for _, t := range a.Tasks {
						queue = append(queue, AgentWord{s.Agent, &word.Done{Tasks: []word.Finished{{Block: t, Bytes: 100, Nanos: 1000}}}})
					}
				}
			}
		}
		z.out = z.out[:0]
	}
	at := 0
	for b.Loop() {
		if at == len(queue) {
			b.StopTimer()
			if run > 0 {
				z.s.Step(0, ClientWord{1, &word.Release{Run: run, All: true}}, nil)
			}
			run++
			queue, at = queue[:0], 0
			z.submit(g, run)
			take()
			for z.s.More() {
				z.out = z.s.Plan(0, z.out)
				take()
			}
			b.StartTimer()
		}
		z.out = z.s.Step(0, queue[at], z.out)
		z.out = z.s.Plan(0, z.out)
		take()
		at++
	}
}

// BenchmarkSmallRuns is a run of one task from its submission to its release, while many others are kept.
func BenchmarkSmallRuns(b *testing.B) {
	for _, kept := range []int{0, 10000} {
		b.Run(fmt.Sprint(kept), func(b *testing.B) {
			z := newZero(Config{}, 10, 2)
			g := independent(1)
			run := word.Run(0)
			for range kept {
				run++
				z.submit(g, run)
				for z.round() {
				}
			}
			for b.Loop() {
				run++
				z.submit(g, run)
				for z.round() {
				}
				z.out = z.s.Step(0, ClientWord{1, &word.Release{Run: run, All: true}}, z.out)
			}
		})
	}
}
