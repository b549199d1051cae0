package graph

import (
	"runtime"
	"testing"
)

// heap returns what is on the heap once the collector has been through.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestAGraphTakesLittleMemory(t *testing.T) {
	const n = 1_000_000
	for name, c := range map[string]struct {
		build func(t testing.TB, n int) *Graph
		most  int64 // bytes in all
	}{
		"an affine layer of a million":                   {affineLayer, 1 << 20},
		"a million explicit tasks that take two outputs": {randomGraph, 40 * n},
		"three tasks": {randomGraph, 0},
		"a million that stay affine when half is dropped":  {culledLayers, 1 << 20},
		"a million explicit tasks of which half are taken": {culledGraph, 40 * n},
	} {
		tasks, most := n, c.most
		if name == "three tasks" {
			tasks, most = 3, 2048
		}
		before := heap()
		g := c.build(t, tasks)
		grown := heap() - before
		if grown > most || g.Bytes() > most {
			t.Errorf("%s: %d bytes on the heap and %d by its own estimate, more than %d", name, grown, g.Bytes(), most)
		}
		t.Logf("%s: %d bytes on the heap, %d by its own estimate, %.1f a task", name, grown, g.Bytes(), float64(grown)/float64(tasks))
		runtime.KeepAlive(g)
	}
}

func affineLayer(t testing.TB, n int) *Graph {
	b := oneOp()
	b.Add(0)
	b.Affine(Affine{Space: []uint32{uint32(n)}, Args: []AffineArg{{Ref: OutputRef(0, 0), Map: IndexMap{Coef: []int64{0}}}}})
	b.Affine(Affine{Space: []uint32{uint32(n)}, Args: []AffineArg{{Ref: OutputRef(1, 0), Map: Identity(uint32(n))}}})
	return mustBuild(t, b)
}

func culledLayers(t testing.TB, n int) *Graph {
	g, _ := affineLayer(t, n).Cull(indices(1, n+1)...)
	return g
}

// randomGraph gives every task two earlier ones, spread by a multiplicative hash of its number.
func randomGraph(t testing.TB, n int) *Graph {
	b := oneOp()
	writeRandom(b, n)
	return mustBuild(t, b)
}

func writeRandom(b *Builder, n int) {
	b.Add(0)
	b.Add(0)
	for i := 2; i < n; i++ {
		h := uint64(i) * 0x9e3779b97f4a7c15
		b.Add(0, OutputRef(Index(h>>32%uint64(i)), 0), OutputRef(Index(h>>16%uint64(i)), 0))
	}
}

func culledGraph(t testing.TB, n int) *Graph {
	g, _ := randomGraph(t, n).Cull(Index(n - 1))
	return g
}

// sink keeps what a benchmark made.
var sink int

func BenchmarkBuild(b *testing.B) {
	b.Run("floor", func(b *testing.B) { // three slices and nothing else
		var calls, ends []uint32
		var refs []Ref
		for i := 0; b.Loop(); i++ {
			if i%1_000_000 == 0 {
				calls, ends, refs = nil, nil, nil
			}
			calls = append(calls, 0)
			refs = append(refs, OutputRef(Index(i), 0), OutputRef(Index(i), 0))
			ends = append(ends, uint32(len(refs)))
		}
		sink = len(calls) + len(ends)
	})
	b.Run("add", func(b *testing.B) {
		w := oneOp()
		for i := 0; b.Loop(); i++ {
			if i%1_000_000 == 0 {
				w = oneOp()
			}
			w.Add(0, OutputRef(Index(i), 0), OutputRef(Index(i), 0))
		}
	})
	b.Run("call site literal add", func(b *testing.B) { // what a front end does for a delayed call
		w := oneOp()
		for i := 0; b.Loop(); i++ {
			if i%1_000_000 == 0 {
				w = oneOp()
			}
			call := w.Call(Call{Site: w.Site(7)})
			w.Add(call, w.Literal(nil), OutputRef(Index(i), 0))
		}
	})
}

// perTask reports a time for each of a million tasks.
func perTask(b *testing.B, n int, f func()) {
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/task")
}

func BenchmarkTask(b *testing.B) {
	for name, g := range map[string]*Graph{"explicit": randomGraph(b, 1_000_000), "affine": affineLayer(b, 500_000)} {
		b.Run(name, func(b *testing.B) {
			buf := make([]Ref, 0, 4)
			perTask(b, g.Len(), func() {
				for i := range g.Len() {
					g.Task(Index(i), buf)
				}
			})
		})
	}
}

func BenchmarkPasses(b *testing.B) {
	const n = 1_000_000
	random, tree := randomGraph(b, n), new(Graph)
	tree, root := treeReduction(b, n/2)
	chain := oneOp()
	chain.Add(0)
	for i := range n - 1 {
		chain.Add(0, OutputRef(Index(i), 0))
	}
	long := mustBuild(b, chain)
	for name, f := range map[string]func(){
		"validate":     func() { _ = random.Validate() },
		"cull half":    func() { long.Cull(n / 2) },
		"fuse nothing": func() { random.Fuse(n - 1) },
		"fuse chain":   func() { long.Fuse(n - 1) },
		"order random": func() { random.Order(n - 1) },
		"order tree":   func() { tree.Order(root) },
	} {
		b.Run(name, func(b *testing.B) { perTask(b, n, f) })
	}
}

func BenchmarkBinary(b *testing.B) {
	g := randomGraph(b, 1_000_000)
	data := mustEncode(b, g)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			mustEncode(b, g)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := Decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
