package sched

import (
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// butterfly is steps of 64 tasks that take the results of two others of the step before, at distances that double from step to step.
func butterfly(steps int) *graph.Graph {
	const width = 64
	b := graph.NewBuilder()
	call := oneCall(b)
	for step := range steps {
		for x := range width {
			if step == 0 {
				b.Add(call)
				continue
			}
			first := graph.Index((step - 1) * width)
			b.Add(call, graph.OutputRef(first+graph.Index(x), 0), graph.OutputRef(first+graph.Index(x^1<<(step%6)), 0))
		}
	}
	return built(b)
}

// Two agents that end their windows in turns share every step, although the one that has room could have it whole.
func TestEveryStepIsShared(t *testing.T) {
	const steps, width = 60, 64
	z := newZero(Config{WindowTasks: 200}, 2, 1)
	z.submit(butterfly(steps), 1)
	var has [steps][3]int
	waiting := map[word.Agent][]word.Block{}
	take := func(out []Effect) {
		for _, e := range out {
			if to, ok := e.(Send); ok {
				if a, ok := to.Word.(*word.Assign); ok {
					for _, b := range a.Tasks {
						has[b.Task.Index/width][to.Agent]++
					}
					waiting[to.Agent] = append(waiting[to.Agent], a.Tasks...)
				}
			}
		}
	}
	take(z.out)
	for n := 0; len(waiting[1])+len(waiting[2]) > 0; n++ {
		agent := word.Agent(1 + n%2)
		d := &word.Done{}
		for _, b := range waiting[agent] {
			d.Tasks = append(d.Tasks, word.Finished{Block: b, Bytes: 8, Nanos: 1000})
		}
		delete(waiting, agent)
		take(z.s.Step(0, AgentWord{agent, d}, nil))
		take(z.s.Plan(0, nil))
	}
	for step, n := range has[4:] {
		if n[1]+n[2] != width || min(n[1], n[2]) < width/4 {
			t.Errorf("step %d: %d tasks for one agent and %d for the other", step+4, n[1], n[2])
		}
	}
}

// The places of tasks among those of their depth follow the order of the graph.
func TestRanks(t *testing.T) {
	r := ranks(tree(15))
	want := []uint16{0, 8192, 0, 16384, 24576, 16384, 0, 32768, 40960, 32768, 49152, 57344, 49152, 32768, 0}
	for i := range want {
		if r[i] != want[i] {
			t.Fatalf("the ranks are %v instead of %v", r, want)
		}
	}
	if ranks(independent(100)) != nil {
		t.Error("tasks that take nothing have ranks")
	}
}
