package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

var empty = &Op{Call: func(context.Context, []any) (any, error) { return nil, nil }}

// randomGraph has n tasks, each with up to two earlier tasks as inputs, drawn at random.
func randomGraph(tb testing.TB, n int) *graph.Graph { return randomGraphOf(tb, n, empty) }

func randomGraphOf(tb testing.TB, n int, op *Op) *graph.Graph {
	tb.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/empty", Impl: op}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	var refs [2]graph.Ref
	for i := range n {
		k := min(i, 2)
		for j := range k {
			refs[j] = graph.OutputRef(graph.Index(rng.IntN(i)), 0)
		}
		b.Add(c, refs[:k]...)
	}
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// BenchmarkRandomGraph runs a random graph of a million empty tasks: everything wanted, from Submit to the last outcome.
// Its floor is BenchmarkRandomGraphFloor.
func BenchmarkRandomGraph(b *testing.B) {
	const n = 1_000_000
	g := randomGraph(b, n)
	for _, slots := range []int{1, 2} {
		b.Run(fmt.Sprintf("slots=%d", slots), func(b *testing.B) {
			x := New(Config{Slots: slots})
			defer x.Close(time.Second)
			var total, submit []float64
			for b.Loop() {
				runtime.GC()
				start := time.Now()
				r, err := x.Submit(g, Want{All: true})
				if err != nil {
					b.Fatal(err)
				}
				submit = append(submit, float64(time.Since(start).Nanoseconds())/n)
				<-r.Done()
				total = append(total, float64(time.Since(start).Nanoseconds())/n)
			}
			b.ReportMetric(median(total), "ns/task")
			b.ReportMetric(median(submit), "submit-ns/task")
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// BenchmarkRandomGraphFloor runs the same graph without any engine: counters, one stack a worker behind a lock.
func BenchmarkRandomGraphFloor(b *testing.B) {
	const n = 1_000_000
	g := randomGraph(b, n)
	succ := g.Successors()
	var wait [n]atomic.Int32
	for b.Loop() {
		runtime.GC()
		for i := range n {
			_, refs := g.Task(graph.Index(i), nil)
			wait[i].Store(int32(len(refs)))
		}
		start := time.Now()
		var left atomic.Int64
		left.Store(n)
		var mu sync.Mutex
		shared := []graph.Index{0}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				var own []graph.Index
				done := int64(0)
				for {
					if len(own) == 0 {
						if left.Add(-done) == 0 {
							return
						}
						done = 0
						mu.Lock()
						if k := len(shared); k > 0 {
							own = append(own, shared[k-1])
							shared = shared[:k-1]
						}
						mu.Unlock()
						if len(own) == 0 {
							if left.Load() == 0 {
								return
							}
							runtime.Gosched()
							continue
						}
					}
					i := own[len(own)-1]
					own = own[:len(own)-1]
					_, _ = empty.Call(nil, nil)
					done++
					for _, c := range succ.Of(i) {
						if wait[c].Add(-1) == 0 {
							own = append(own, c)
						}
					}
					if len(own) > 64 {
						mu.Lock()
						if len(shared) < 64 {
							shared = append(shared, own[:32]...)
							own = append(own[:0], own[32:]...)
						}
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/n, "ns/task")
	}
}

func single(tb testing.TB) *graph.Graph {
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/empty", Impl: empty}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	b.Add(c)
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// BenchmarkSubmitWait submits one empty task to an idle executor of two slots and waits for it.
func BenchmarkSubmitWait(b *testing.B) {
	x := New(Config{Slots: 2})
	defer x.Close(time.Second)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		r, err := x.Submit(single(b), Want{All: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Wait(ctx, 0); err != nil {
			b.Fatal(err)
		}
	}
}

type ints []int

func (c ints) Len() int     { return len(c) }
func (c ints) At(i int) any { return c[i] }

// BenchmarkColumn runs an affine layer of a million tasks, each with an item of a column.
func BenchmarkColumn(b *testing.B) {
	const n = 1_000_000
	inc := &Op{Call: func(_ context.Context, in []any) (any, error) { return in[0].(int) + 1, nil }}
	items := make(ints, n)
	x := New(Config{Slots: 2})
	defer x.Close(time.Second)
	for b.Loop() {
		gb := graph.NewBuilder()
		c := gb.Call(graph.Call{Op: gb.Op(graph.Op{Name: "go/inc", Impl: inc}), Traits: gb.Traits(graph.Traits{}), Site: gb.Site(0)})
		col := gb.Literal(items)
		gb.Affine(graph.Affine{Call: c, Space: []uint32{n}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(n)}}})
		g, err := gb.Build()
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		r, err := x.Submit(g, Want{All: true})
		if err != nil {
			b.Fatal(err)
		}
		<-r.Done()
		b.ReportMetric(float64(time.Since(start).Nanoseconds())/n, "ns/item")
	}
}
