package vector

import (
	"fmt"
	"testing"
)

// BenchmarkMemory sweeps slices of 64 MiB, and BenchmarkCache of 16 KiB, beside a
// copy and a loop that only reads: MB/s counts all bytes read and written.
func BenchmarkMemory(b *testing.B) { benchmarkSweeps(b, 8<<20) }

func BenchmarkCache(b *testing.B) { benchmarkSweeps(b, 2<<10) }

func benchmarkSweeps(b *testing.B, n int) {
	dst, x, y := make([]float64, n), make([]float64, n), make([]float64, n)
	set := make([]bool, n)
	for i := range x {
		x[i], y[i] = float64(i), float64(n-i)
	}
	copy(dst, y)
	sink := 0.0
	sweeps := []struct {
		name  string
		bytes int // of one element
		do    func()
	}{
		{"copy", 16, func() { copy(dst, x) }},
		{"read", 8, func() { sink += readOnly(x) }},
		{"Add", 24, func() { Add(dst, x, y) }},
		{"Mul", 24, func() { Mul(dst, x, y) }},
		{"AddScalar", 16, func() { AddScalar(dst, x, 3) }},
		{"Sqrt", 16, func() { Sqrt(dst, x) }},
		{"Less", 17, func() { Less(set, x, y) }},
		{"Where", 25, func() { Where(dst, set, x, y) }},
		{"Sum", 8, func() { sink += Sum(x) }},
		{"Dot", 16, func() { sink += Dot(x, y) }},
		{"MomentsOf", 8, func() { sink += MomentsOf(x).M2 }},
		{"MinOf", 8, func() { sink += MinOf(x) }},
		{"Sin", 16, func() { Sin(dst, x) }},
	}
	for _, s := range sweeps {
		for l := range Best() + 1 {
			b.Run(fmt.Sprintf("%s/%v", s.name, l), func(b *testing.B) {
				defer Use(Use(l))
				b.SetBytes(int64(s.bytes * n))
				for b.Loop() {
					s.do()
				}
			})
		}
	}
	if sink == 42 {
		b.Log(sink) // keeps the compiler from leaving the sums out
	}
}

// readOnly touches every cache line of a, and does as little else as Go can.
func readOnly(a []float64) float64 {
	s0, s1, s2, s3 := 0.0, 0.0, 0.0, 0.0
	for i := 0; i+32 <= len(a); i += 32 {
		s0 += a[i]
		s1 += a[i+8]
		s2 += a[i+16]
		s3 += a[i+24]
	}
	return s0 + s1 + s2 + s3
}
