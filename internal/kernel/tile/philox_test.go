package tile

import (
	"slices"
	"testing"

	"github.com/braid-compute/braid/internal/kernel/vector"
)

func TestEveryProcessorMakesTheSameNumbers(t *testing.T) {
	fill := func(l vector.Level) []float64 {
		defer vector.Use(vector.Use(l))
		dst := make([]float64, 1003)
		newStream([2]uint64{3, 1 << 63}).fill(dst, 1<<60+1)
		return dst
	}
	if !slices.Equal(fill(vector.Portable), fill(vector.Best())) {
		t.Error("assembly and portable code differ")
	}
}

func BenchmarkUniform(b *testing.B) {
	dst := make([]float64, 2048)
	b.SetBytes(8 * 2048)
	for i := range b.N {
		newStream([2]uint64{1, 0}).fill(dst, uint64(i)*2048)
	}
}
