package vector

import (
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkElementary computes values that stay in the first cache; "ns/value" is
// the time for one, and "best-ns/value" that of the fastest batch, which other
// processes disturbed least.
func BenchmarkElementary(b *testing.B) {
	const n = 2000
	ranges := map[string][2]float64{
		"sin": {-100, 100}, "cos": {-100, 100}, "tan": {-100, 100}, "exp": {-20, 20}, "exp2": {-20, 20}, "expm1": {-5, 5},
		"log": {0, 1000}, "log2": {0, 1000}, "log10": {0, 1000}, "log1p": {0, 1000}, "asin": {-1, 1}, "acos": {-1, 1},
		"atan": {-5, 5}, "atan2": {-5, 5}, "sinh": {-5, 5}, "cosh": {-5, 5}, "tanh": {-5, 5}, "cbrt": {-100, 100}, "hypot": {-5, 5}, "pow": {0, 10},
	}
	for name, f := range functions[float64]() {
		for l := range Best() + 1 {
			b.Run(name+"/"+l.String(), func(b *testing.B) {
				defer Use(Use(l))
				r := rand.New(rand.NewPCG(1, 2))
				dst, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
				for i := range x {
					between := func() float64 { return ranges[name][0] + r.Float64()*(ranges[name][1]-ranges[name][0]) }
					x[i], y[i] = between(), between()
				}
				const batch = 8
				best := time.Hour
				for b.Loop() {
					start := time.Now()
					for range batch {
						f(dst, x, y)
					}
					best = min(best, time.Since(start))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch/n, "ns/value")
				b.ReportMetric(float64(best.Nanoseconds())/batch/n, "best-ns/value")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
