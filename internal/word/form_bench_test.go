package word

import (
	"testing"

	"github.com/braid-compute/braid/graph"
)

// Costs and sizes a task, of a window of 2,000 tasks in a few runs, as an agent is given it.

func BenchmarkForm(b *testing.B) {
	const tasks = 2000
	var list []Block
	for row := range tasks / 40 {
		list = append(list, share(3, 1000+64*graph.Index(row), 40, 1, 1)...)
	}
	assign, done, settled := &Assign{Tasks: list}, &Done{}, &Settled{Run: 3}
	for k, t := range list {
		if k%40 == 0 {
			assign.Inputs = append(assign.Inputs, Input{block(3, t.Task.Index-1, 1, 1), 2})
		}
		assign.Ends = append(assign.Ends, uint32(len(assign.Inputs)))
		done.Tasks = append(done.Tasks, Finished{Block: t, Bytes: 8, Nanos: 900 + int64(k%100)})
		settled.Tasks = append(settled.Tasks, Outcome{Index: t.Task.Index, Status: StatusDone, Attempt: t.Attempt, Holder: 2, Bytes: 8})
	}
	for _, w := range []any{assign, done, &Free{list}, settled} {
		k, data := encode(b, w)
		b.Run(k.String()+"/append", func(b *testing.B) {
			var dst []byte
			for b.Loop() {
				dst, _ = Append(dst[:0], w)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tasks), "ns/task")
			b.ReportMetric(float64(len(dst))/tasks, "B/task")
		})
		b.Run(k.String()+"/decode", func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(k, data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tasks), "ns/task")
		})
	}
}
