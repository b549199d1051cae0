package bench

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// benchShape is a graph to measure the scheduler with, and which of its results are wanted.
type benchShape struct {
	name  string
	build func(n int) (*graph.Graph, []graph.Index)
}

// benchShapes have about n tasks: one task and all others take its result; a reduction by pairs, of which the root is
// wanted; and steps of 64 tasks that take what three neighbours made in the step before, of which the last is wanted.
var benchShapes = []benchShape{{"fan_out", fanOutGraph}, {"tree", treeGraph}, {"stencil", stencilGraph}}

// benchCall is the call of all tasks of such a graph.
func benchCall(b *graph.Builder) uint32 {
	op := b.Op(graph.Op{Name: "go/bench/nothing", Outputs: 1})
	return b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
}

func fanOutGraph(n int) (*graph.Graph, []graph.Index) {
	b := graph.NewBuilder()
	call := benchCall(b)
	b.Add(call)
	var wanted []graph.Index
	for range n - 1 {
		wanted = append(wanted, b.Add(call, graph.OutputRef(0, 0)))
	}
	return built(b), wanted
}

func treeGraph(n int) (*graph.Graph, []graph.Index) {
	b := graph.NewBuilder()
	call := benchCall(b)
	var grow func(leaves int) graph.Index // depth-first, as braid writes calls down
	grow = func(leaves int) graph.Index {
		if leaves == 1 {
			return b.Add(call)
		}
		left, right := grow(leaves/2), grow(leaves-leaves/2)
		return b.Add(call, graph.OutputRef(left, 0), graph.OutputRef(right, 0))
	}
	root := grow(max(1, n/2))
	return built(b), []graph.Index{root}
}

// stencilWidth is the tasks of a step.
const stencilWidth = 64

func stencilGraph(n int) (*graph.Graph, []graph.Index) {
	b := graph.NewBuilder()
	call := benchCall(b)
	var before, now []graph.Index
	for range max(1, n/stencilWidth) {
		for x := range stencilWidth {
			var takes []graph.Ref
			for k := max(x-1, 0); k <= x+1 && k < len(before); k++ {
				takes = append(takes, graph.OutputRef(before[k], 0))
			}
			now = append(now, b.Add(call, takes...))
		}
		before, now = now, nil
	}
	return built(b), before
}

// mapGraph is n tasks that take nothing.
func mapGraph(n int) *graph.Graph {
	b := graph.NewBuilder()
	b.Affine(graph.Affine{Call: benchCall(b), Space: []uint32{uint32(n)}})
	return built(b)
}

// built returns the graph, which is right because it is written down here.
func built(b *graph.Builder) *graph.Graph {
	g, err := b.Build()
	if err != nil {
		panic(err)
	}
	return g
}

// zeroCluster is the scheduler's state machine with agents that answer at once, in one goroutine: what the scheduler decides
// costs, without what carries its words.
type zeroCluster struct {
	state   *sched.State
	effects []sched.Effect
	done    int // tasks
}

func newZeroCluster(cfg sched.Config, agents int) *zeroCluster {
	z := &zeroCluster{state: sched.New(cfg)}
	for n := range agents {
		z.state.Step(0, sched.AgentJoined{Agent: word.Agent(n + 1), Join: word.Join{Name: "zero", Slots: 1, Memory: 1 << 40}}, nil)
	}
	return z
}

// submit hands a graph in; all results are wanted if none are named.
func (z *zeroCluster) submit(g *graph.Graph, run word.Run, wanted []graph.Index) {
	z.step(sched.Submitted{Client: 1, Run: run, Graph: g, All: len(wanted) == 0, Wanted: wanted})
	z.plan()
}

func (z *zeroCluster) step(ev sched.Event) { z.effects = z.state.Step(0, ev, z.effects) }

func (z *zeroCluster) plan() { z.effects = z.state.Plan(0, z.effects) }

// assigned calls f for every assignment that was decided since the last call.
func (z *zeroCluster) assigned(f func(to word.Agent, a *word.Assign)) {
	effects := z.effects
	z.effects = nil
	for _, e := range effects {
		if s, ok := e.(sched.Send); ok {
			if a, ok := s.Word.(*word.Assign); ok {
				f(s.Agent, a)
			}
		}
	}
	if z.effects == nil {
		clear(effects)
		z.effects = effects[:0]
	}
}

// finish answers until nothing is left to do.
func (z *zeroCluster) finish() {
	for more := true; more; {
		var answers []sched.Event
		z.assigned(func(to word.Agent, a *word.Assign) {
			z.done += len(a.Tasks)
			answers = append(answers, sched.AgentWord{Agent: to, Word: allDone(a)})
		})
		for _, a := range answers {
			z.step(a)
		}
		z.plan()
		more = len(answers) > 0 || z.state.More()
	}
}
