package vector

import (
	"math"
	"testing"
)

// FuzzElementary looks for arguments on which levels differ.
func FuzzElementary(f *testing.F) {
	for i, x := range special {
		f.Add(math.Float64bits(x), math.Float64bits(special[(7*i+3)%len(special)]))
	}
	all := functions[float64]()
	f.Fuzz(func(t *testing.T, xBits, yBits uint64) {
		defer Use(Active())
		x, y, want, got := make([]float64, 9), make([]float64, 9), make([]float64, 9), make([]float64, 9)
		fillAll(x, math.Float64frombits(xBits))
		fillAll(y, math.Float64frombits(yBits))
		for name, function := range all {
			Use(Portable)
			function(want, x, y)
			for l := range Best() + 1 {
				Use(l)
				function(got, x, y)
				if !same(got[0], want[0]) || !same(got[8], want[8]) {
					t.Fatalf("%s(%x, %x) with %v is %x, portably %x", name, x[0], y[0], l, got[0], want[0])
				}
			}
		}
	})
}
