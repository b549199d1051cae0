package taskbench

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/braid-compute/braid"
)

// BenchmarkEmptyTasks runs 64,000 tasks without a kernel on two slots, again and again. With -cpuprofile or -memprofile it
// shows where the time and the memory of a task go. BenchmarkEmptyTasksBare is the same without an engine.
func BenchmarkEmptyTasks(b *testing.B) {
	eachShape(b, func(b *testing.B, g Graph) {
		c, err := braid.Open(b.Context(), braid.Options{Slots: 2})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		w, err := Prepare(g)
		if err != nil {
			b.Fatal(err)
		}
		defer w.Close()
		var elapsed, submitted []float64
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for b.Loop() {
			r, err := w.Run(b.Context(), c)
			if err != nil {
				b.Fatal(err)
			}
			elapsed = append(elapsed, float64(r.Elapsed.Nanoseconds())/float64(r.Tasks))
			submitted = append(submitted, float64(r.Submitted.Nanoseconds())/float64(r.Tasks))
		}
		runtime.ReadMemStats(&after)
		tasks := float64(w.Tasks() * len(elapsed))
		b.ReportMetric(middle(elapsed), "ns/task")
		b.ReportMetric(middle(submitted), "submit-ns/task")
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/tasks, "allocs/task")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/tasks, "B/task")
	})
}

func BenchmarkEmptyTasksBare(b *testing.B) {
	eachShape(b, func(b *testing.B, g Graph) {
		bare, err := PrepareBare(g)
		if err != nil {
			b.Fatal(err)
		}
		var elapsed []float64
		for b.Loop() {
			r, err := bare.Run(b.Context(), 2)
			if err != nil {
				b.Fatal(err)
			}
			elapsed = append(elapsed, float64(r.Elapsed.Nanoseconds())/float64(r.Tasks))
		}
		b.ReportMetric(middle(elapsed), "ns/task")
	})
}

func eachShape(b *testing.B, run func(*testing.B, Graph)) {
	for _, width := range []int{64, 2} {
		for _, p := range []Pattern{Stencil1D, FFT, Nearest, Tree, Random} {
			b.Run(fmt.Sprintf("%v/w%d", p, width), func(b *testing.B) {
				run(b, Graph{Pattern: p, Width: width, Steps: 64_000 / width})
			})
		}
	}
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
