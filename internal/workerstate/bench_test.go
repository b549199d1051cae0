package workerstate_test

import (
	"fmt"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// BenchmarkTasks takes windows of tasks through their lives: assigned, ended in batches, freed. In "local" a task takes
// nothing from elsewhere; in "remote" each takes a block of another agent, which is delivered; in "served" another agent
// subscribes to each.
func BenchmarkTasks(b *testing.B) {
	const window, batch = 2048, 64
	for _, kind := range []string{"local", "remote", "served"} {
		b.Run(kind, func(b *testing.B) {
			s := workerstate.New(1)
			var out []workerstate.Effect
			first := 0
			b.ReportAllocs()
			for b.Loop() {
				w, blocks := assignment(first, window, kind == "remote")
				out = s.Step(workerstate.FromScheduler{Word: w}, out[:0])
				if kind == "served" {
					out = s.Step(workerstate.FromPeer{Peer: workerstate.Peer{Agent: 3}, Word: &word.Subscribe{Blocks: blocks}}, out[:0])
				}
				if kind == "remote" {
					for _, in := range w.Inputs {
						out = s.Step(workerstate.FromPeer{Peer: workerstate.Peer{Agent: 2}, Word: &word.Delivery{Block: in.Block}}, out[:0])
					}
				}
				for i := 0; i < window; i += batch {
					f := make([]word.Finished, batch)
					for k := range f {
						f[k] = word.Finished{Block: blocks[i+k], Bytes: 8}
					}
					out = s.Step(workerstate.TasksEnded{Finished: f}, out[:0])
				}
				out = s.Step(workerstate.FromScheduler{Word: &word.Free{Blocks: blocks}}, out[:0])
				first += window
				if first > 1<<24 {
					first = 0
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/window, "ns/task")
		})
	}
}

func assignment(first, n int, remote bool) (*word.Assign, []word.Block) {
	w := &word.Assign{Tasks: make([]word.Block, n), Ends: make([]uint32, n)}
	for i := range n {
		w.Tasks[i] = word.Block{Task: word.Task{Run: 1, Index: graph.Index(first + i)}, Attempt: word.Attempt{Term: 1, Count: 1}}
		if remote {
			in := word.Block{Task: word.Task{Run: 2, Index: graph.Index(first + i)}, Attempt: word.Attempt{Term: 1, Count: 1}}
			w.Inputs = append(w.Inputs, word.Input{Block: in, Holder: 2})
		}
		w.Ends[i] = uint32(len(w.Inputs))
	}
	return w, w.Tasks
}

// TestBroadcastsAreLinear: one block that very many attempts take costs each of them the same.
func TestBroadcastsAreLinear(t *testing.T) {
	const n = 100_000 // of which the square would take minutes
	s := workerstate.New(1)
	w, _ := assignment(0, n, true)
	for i := range w.Inputs {
		w.Inputs[i].Block.Task.Index = 0
	}
	s.Step(workerstate.FromScheduler{Word: w}, nil)
	out := s.Step(workerstate.FromPeer{Peer: workerstate.Peer{Agent: 2}, Word: &word.Delivery{Block: w.Inputs[0].Block}}, nil)
	if len(out) != 1 || len(out[0].(workerstate.Settle).Consumers) != n {
		t.Fatalf("%d effects, want one Settle for %d attempts", len(out), n)
	}
	f := make([]word.Finished, n)
	for i := range f {
		f[i].Block = w.Tasks[i]
	}
	out = s.Step(workerstate.TasksEnded{Finished: f}, nil)
	if st := s.Stats(); st != (workerstate.Stats{Held: n}) {
		t.Errorf("%+v is left, want %d held blocks", st, n)
	}
	if got := fmt.Sprint(out[len(out)-1]); got != "drop 2/0@1.1" {
		t.Errorf("the last effect is %q, want the copy to be dropped", got)
	}
}
