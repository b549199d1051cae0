package sched

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
	"pgregory.net/rapid"
)

// drawGraph draws a small graph with all that tasks may have.
func drawGraph(t *rapid.T, w *world, run word.Run, plain bool) *graph.Graph {
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: "go/f", Outputs: 1})
	traits := []graph.Traits{{}, {Priority: 3}, {Impure: true}, {Needs: graph.Needs{GPU: 1000}}, {Worker: "w1"},
		{Lifetime: graph.LifetimeGang}, {Needs: graph.Needs{CPU: 2000}}, {Priority: -1}}
	kinds := len(traits)
	if plain {
		kinds = 1
	}
	var calls []uint32
	for k := range kinds {
		calls = append(calls, b.Call(graph.Call{Op: op, Traits: b.Traits(traits[k]), Site: b.Site(0)}))
	}
	var exts []graph.Ref
	for r := word.Run(1); r < run; r++ {
		if g := w.graphs[r]; g != nil && !w.over[r] && rapid.Bool().Draw(t, "external") {
			i := graph.Index(rapid.IntRange(0, g.Len()-1).Draw(t, "of"))
			e := graph.External{Submission: uint64(r), Task: i}
			if rapid.Bool().Draw(t, "list") {
				e.List, e.Count = true, uint32(rapid.IntRange(0, g.Len()-int(i)).Draw(t, "count"))
			}
			exts = append(exts, b.External(e))
		}
	}
	n := rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(60, 200)).Draw(t, "tasks")
	if n > 30 {
		return randomGraph(rapid.Uint64().Draw(t, "graph"), b, calls, n)
	}
	for i := range n {
		var args []graph.Ref
		if i > 0 {
			for range rapid.IntRange(0, 3).Draw(t, "inputs") {
				low := 0
				if rapid.Bool().Draw(t, "near") {
					low = max(0, i-4)
				}
				args = append(args, graph.OutputRef(graph.Index(rapid.IntRange(low, i-1).Draw(t, "input")), 0))
			}
		}
		if len(exts) > 0 && rapid.IntRange(0, 3).Draw(t, "ext") == 0 {
			args = append(args, rapid.SampledFrom(exts).Draw(t, "which"))
		}
		k := 0
		if rapid.IntRange(0, 2).Draw(t, "special") == 0 {
			k = rapid.IntRange(0, kinds-1).Draw(t, "kind")
		}
		b.Add(calls[k], args...)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// randomGraph fills a larger graph from one seed, to be quick.
func randomGraph(seed uint64, b *graph.Builder, calls []uint32, n int) *graph.Graph {
	r := rand.New(rand.NewPCG(seed, 1))
	wide := r.IntN(2) == 0
	for i := range n {
		var args []graph.Ref
		if i > 0 {
			for range r.IntN(4) {
				low := max(0, i-8)
				if wide {
					low = 0
				}
				args = append(args, graph.OutputRef(graph.Index(low+r.IntN(i-low)), 0))
			}
		}
		k := 0
		if r.IntN(6) == 0 {
			k = r.IntN(len(calls))
		}
		b.Add(calls[k], args...)
	}
	return built(b)
}

// TestAnythingGoes lets agents die, join and be asked for tasks, and clients cancel and release, in any order, and checks all
// invariants after every step. In the end everything that is wanted has an outcome.
func TestAnythingGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.Bool().Draw(t, "plain")
		w := newWorld(Config{WindowTasks: rapid.IntRange(1, 12).Draw(t, "window"), PlanTasks: rapid.IntRange(1, 40).Draw(t, "plan"),
			Deaths: 5, StealNanos: 1})
		defer func() {
			if p := recover(); p != nil {
				if strings.Contains(fmt.Sprintf("%T", p), "rapid") {
					panic(p)
				}
				t.Fatalf("%v\n%s", p, strings.Join(w.story, "\n"))
			}
		}()
		fails := map[word.Task]bool{}
		failing := func(x word.Task) bool { return fails[x] }
		run := word.Run(0)
		agent := func() *fake {
			var ids []word.Agent
			for id := word.Agent(1); id <= w.nextID; id++ {
				if w.agents[id] != nil {
					ids = append(ids, id)
				}
			}
			if len(ids) == 0 {
				return nil
			}
			return w.agents[rapid.SampledFrom(ids).Draw(t, "agent")]
		}
		aRun := func() word.Run {
			if run == 0 {
				return 0
			}
			return word.Run(rapid.IntRange(1, int(run)).Draw(t, "run"))
		}
		some := func(r word.Run) (list []graph.Index) {
			n := w.graphs[r].Len()
			for range rapid.IntRange(1, 4).Draw(t, "some") {
				list = append(list, graph.Index(rapid.IntRange(0, n-1).Draw(t, "task")))
			}
			return list
		}
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				if len(w.agents) < 5 {
					w.join(rapid.IntRange(1, 3).Draw(t, "slots"), word.Resource{Name: "gpu", Amount: 1000})
				}
			},
			"kill": func(t *rapid.T) {
				if a := agent(); a != nil && rapid.IntRange(0, 2).Draw(t, "kill") == 0 {
					w.kill(a)
				}
			},
			"submit": func(t *rapid.T) {
				if run < 4 {
					run++
					g := drawGraph(t, w, run, plain)
					var wanted []graph.Index
					if rapid.Bool().Draw(t, "not all") {
						for range rapid.IntRange(1, 5).Draw(t, "wanted") {
							wanted = append(wanted, graph.Index(rapid.IntRange(0, g.Len()-1).Draw(t, "want")))
						}
					}
					if rapid.IntRange(0, 3).Draw(t, "fail") == 0 {
						fails[word.Task{Run: run, Index: graph.Index(rapid.IntRange(0, g.Len()-1).Draw(t, "failing"))}] = true
					}
					w.submit(word.Client(rapid.IntRange(1, 2).Draw(t, "client")), run, g, wanted...)
				}
			},
			"plan": func(t *rapid.T) { w.plan() },
			"deliver": func(t *rapid.T) {
				if a := agent(); a != nil {
					w.deliver(a)
				}
			},
			"run": func(t *rapid.T) {
				if a := agent(); a != nil {
					w.run(a, rapid.IntRange(0, 20).Draw(t, "which"), failing)
				}
			},
			"report": func(t *rapid.T) {
				if a := agent(); a != nil {
					w.report(a)
				}
			},
			"go on": func(t *rapid.T) {
				w.goOn(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 60).Draw(t, "steps"), failing)
			},
			"cut": func(t *rapid.T) {
				if a := agent(); a != nil && rapid.IntRange(0, 3).Draw(t, "lose") == 0 {
					if other := agent(); other != nil && other != a {
						w.cut[[2]word.Agent{a.id, other.id}] = true
					}
				}
			},
			"cancel": func(t *rapid.T) {
				if r := aRun(); r != 0 && rapid.IntRange(0, 3).Draw(t, "cancel") == 0 {
					for c := word.Client(1); c <= 2; c++ {
						w.step(ClientWord{c, &word.CancelTasks{Run: r, Tasks: some(r)}})
					}
				}
			},
			"release": func(t *rapid.T) {
				if r := aRun(); r != 0 {
					list := some(r)
					all := rapid.IntRange(0, 5).Draw(t, "all") == 0
					for c := word.Client(1); c <= 2; c++ {
						w.step(ClientWord{c, &word.Release{Run: r, All: all, Tasks: list}})
					}
					for x := range w.wanted {
						if x.Run == r && all {
							delete(w.wanted, x)
						}
					}
					for _, i := range list {
						delete(w.wanted, word.Task{Run: r, Index: i})
					}
				}
			},
		})
		w.cut = map[[2]word.Agent]bool{}
		for range 2 {
			w.join(4, word.Resource{Name: "gpu", Amount: 1000})
		}
		w.nextID, w.agents[1000] = 1000, nil
		delete(w.agents, 1000)
		// Agents that are pinned by name must be there for everything to end.
		if w.agents[1] == nil {
			w.nextID = 2000
			a := &fake{id: 2001, slots: 30, begun: map[word.Block]*attempt{}, blocks: map[word.Block]map[word.Task]word.Attempt{},
				reports: map[word.Agent]bool{}}
			w.agents[a.id] = a
			w.step(AgentJoined{a.id, word.Join{Name: "w1", Slots: 30, Resources: []word.Resource{{Name: "gpu", Amount: 1000}}}})
		} else {
			w.join(30, word.Resource{Name: "gpu", Amount: 1000})
		}
		w.settle(failing)
		if err := w.verify(); err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(w.story, "\n"))
		}
	})
}
