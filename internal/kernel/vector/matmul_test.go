package vector

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func matrixOf[T Float](r *rand.Rand, rows, columns int, turned bool) Matrix[T] {
	m := Matrix[T]{make([]T, rows*columns), rows, columns, columns, 1}
	if turned {
		m.RowStep, m.ColumnStep = 1, rows
	}
	fill(r, m.Data)
	for i := range m.Data {
		if i%7 != 0 {
			m.Data[i] = T(r.NormFloat64())
		}
	}
	return m
}

func testProducts[T Float](t *testing.T) {
	defer Use(Active())
	r := seeded(t)
	for _, n := range [][3]int{{1, 1, 1}, {3, 5, 4}, {9, 25, 7}, {17, 49, 300}, {100, 30, 260}, {8, 24, 0}} {
		for turned := range 4 {
			a, b := matrixOf[T](r, n[0], n[2], turned&1 != 0), matrixOf[T](r, n[2], n[1], turned&2 != 0)
			want := make([]T, n[0]*n[1])
			for i := range n[0] {
				for j := range n[1] {
					for k := 0; k < n[2]; k += panelDepth {
						sum := T(0)
						for l := k; l < min(n[2], k+panelDepth); l++ {
							sum = fused(a.Data[i*a.RowStep+l*a.ColumnStep], b.Data[l*b.RowStep+j*b.ColumnStep], sum)
						}
						want[i*n[1]+j] += sum
					}
				}
			}
			for l := Portable; l <= Best(); l++ {
				Use(l)
				got := make([]T, len(want))
				AddProduct(got, a, b)
				for i := range got {
					if !same(got[i], want[i]) {
						t.Fatalf("%v, %v turned %d: element %d is %v, want %v", l, n, turned, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func TestProductsHaveTheSameBitsAtEveryLevel(t *testing.T) {
	t.Run("float64", testProducts[float64])
	t.Run("float32", testProducts[float32])
}

func BenchmarkAddProduct(b *testing.B) {
	const n = 400
	r := rand.New(rand.NewPCG(1, 2))
	for l := Portable; l <= Best(); l++ {
		b.Run(fmt.Sprint(l), func(b *testing.B) {
			defer Use(Use(l))
			x, y, c := matrixOf[float64](r, n, n, false), matrixOf[float64](r, n, n, false), make([]float64, n*n)
			clear(x.Data)
			for b.Loop() {
				AddProduct(c, x, y)
			}
			b.ReportMetric(2*n*n*n/1e9*float64(b.N)/b.Elapsed().Seconds(), "GF/s")
		})
	}
}
