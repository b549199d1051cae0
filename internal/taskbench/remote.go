package taskbench

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
)

// Tasks that run in other processes find no graph in a table. They carry what they must know of it in the second of two
// numbers, which cost them less than a description that has to be parsed would.
var (
	remote0 = braid.Func("taskbench/remote0", func(_ context.Context, w [2]int64) (int64, error) { return w[0], performRemote(w, nil) })
	remote1 = braid.Func2("taskbench/remote1", func(_ context.Context, w [2]int64, a int64) (int64, error) {
		in := [1]int64{a}
		return w[0], performRemote(w, in[:])
	})
	remote2 = braid.Func3("taskbench/remote2", func(_ context.Context, w [2]int64, a, b int64) (int64, error) {
		in := [2]int64{a, b}
		return w[0], performRemote(w, in[:])
	})
	remoteN = braid.Func2("taskbench/remote", func(_ context.Context, w [2]int64, in []int64) (int64, error) { return w[0], performRemote(w, in) })
)

// remoteForm is how the tasks of a graph are called that was packed into a number.
func remoteForm(packed int64) form[int64] {
	return form[int64]{func(w int64, in []*braid.Delayed[int64]) *braid.Delayed[int64] {
		v := braid.V([2]int64{w, packed})
		switch len(in) {
		case 0:
			return remote0.Call(v)
		case 1:
			return remote1.Call(v, in[0])
		case 2:
			return remote2.Call(v, in[0], in[1])
		}
		return remoteN.Call(v, braid.All(in))
	}, wordEnd}
}

func performRemote(w [2]int64, in []int64) error {
	g := unpack(w[1])
	number, step, point := parseWord(w[0])
	if err := g.validate(number, step, point, in); err != nil {
		return err
	}
	return g.work(step, point)
}

// The bits of a packed graph, from the highest: pattern, width less one, steps, iterations.
const (
	packedPattern    = 4
	packedWidth      = 20
	packedSteps      = 17
	packedIterations = 23
)

// MostRemoteSteps is how many steps a graph for other processes may have.
const MostRemoteSteps = 1<<packedSteps - 1

// pack returns a graph as a number, if it has nothing but a pattern, a size and iterations of the Compute kernel.
func (g *Graph) pack() (int64, error) {
	plain := Graph{Pattern: g.Pattern, Width: g.Width, Steps: g.Steps, Kernel: Kernel{Kind: g.Kernel.Kind, Iterations: g.Kernel.Iterations}}
	switch {
	case plain.withDefaults() != *g || g.Kernel.Kind > Compute:
		return 0, fmt.Errorf("taskbench: %v: graphs for other processes have defaults in all but pattern, width, steps and iterations of the Compute kernel", g.Pattern)
	case g.Steps > MostRemoteSteps || g.Kernel.Iterations >= 1<<packedIterations:
		return 0, fmt.Errorf("taskbench: %v: graphs for other processes have less than %d steps and %d iterations", g.Pattern, 1<<packedSteps, 1<<packedIterations)
	}
	n := uint64(g.Pattern)
	n = n<<packedWidth | uint64(g.Width-1)
	n = n<<packedSteps | uint64(g.Steps)
	n = n<<packedIterations | uint64(g.Kernel.Iterations)
	return int64(n), nil
}

func unpack(packed int64) Graph {
	n := uint64(packed)
	take := func(bits int) int {
		v := n & (1<<bits - 1)
		n >>= bits
		return int(v)
	}
	iterations, steps, width := take(packedIterations), take(packedSteps), take(packedWidth)+1
	return Graph{
		Pattern: Pattern(take(packedPattern)), Width: width, Steps: steps, Kernel: Kernel{Kind: Compute, Iterations: iterations},
	}.withDefaults()
}

// PrepareRemote is [Prepare] for clients whose tasks run in other processes. The graphs may have nothing but a pattern, a
// width, steps, and iterations of the Compute kernel; and changing those writes them down anew.
func PrepareRemote(gs ...Graph) (*Work, error) {
	w := &Work{remote: true}
	for _, g := range gs {
		if err := g.Check(); err != nil {
			return nil, err
		}
		g = g.withDefaults()
		w.graphs = append(w.graphs, &g)
		w.tasks += g.Tasks()
	}
	w.rewrite()
	return w, w.err
}

// rewrite writes graphs for other processes down.
func (w *Work) rewrite() {
	w.ends, w.leaves, w.err = w.ends[:0], w.leaves[:0], nil
	start := time.Now()
	for k, g := range w.graphs {
		packed, err := g.pack()
		if err != nil {
			w.err = err
			return
		}
		end, leaves := write(g, k+1, (*Graph).appendInputs, remoteForm(packed))
		w.ends, w.leaves = append(w.ends, end), append(w.leaves, int64(leaves))
	}
	w.Written = time.Since(start)
}
