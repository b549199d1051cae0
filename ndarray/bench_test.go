package ndarray_test

import (
	"testing"

	nd "github.com/braid-compute/braid/ndarray"
)

const side = 4000

func BenchmarkCopy(b *testing.B) {
	src, dst := counted(side, side), nd.New[int64](side, side)
	from, to := nd.Must(nd.Cast[float64](src, nd.Safe)), nd.New[float64](side, side)
	copies := func(src, dst *nd.Array[float64]) func(*testing.B) {
		return func(b *testing.B) {
			b.SetBytes(8 * side * side)
			for b.Loop() {
				if err := nd.Copy(dst, src); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("memmove", func(b *testing.B) {
		b.SetBytes(8 * side * side)
		for b.Loop() {
			copy(dst.Memory(), src.Memory())
		}
	})
	b.Run("contiguous", copies(from, to))
	b.Run("transposed", copies(from.T(), to))
	b.Run("transposed-of-4096", copies(nd.New[float64](4096, 4096).T(), nd.New[float64](4096, 4096)))
	b.Run("transposed-naive", func(b *testing.B) {
		d, s := to.Memory(), from.Memory()
		b.SetBytes(8 * side * side)
		for b.Loop() {
			for i := range side {
				for j := range side {
					d[i*side+j] = s[j*side+i]
				}
			}
		}
	})
	b.Run("reversed", copies(nd.Must(from.Flip()), to))
	b.Run("every-second", copies(nd.Must(from.Slice(nd.All(), nd.All().By(2))), nd.New[float64](side, side/2)))
}

// sum adds with a Loop, as a reduction over any strides does.
func sum(a *nd.Array[float64]) float64 {
	loop := nd.Must(nd.NewLoop(nd.AnyOrder, a.Layout()))
	total := 0.0
	for at := range loop.All() {
		if loop.Strides[0] == 1 {
			total += plainSum(a.Memory()[at[0] : at[0]+loop.N])
			continue
		}
		for i := range loop.N {
			total += a.Memory()[at[0]+i*loop.Strides[0]]
		}
	}
	return total
}

func plainSum(s []float64) float64 {
	total := 0.0
	for _, v := range s {
		total += v
	}
	return total
}

func BenchmarkSum(b *testing.B) {
	a := nd.Full(1.0, side, side)
	run := func(f func() float64) func(*testing.B) {
		return func(b *testing.B) {
			b.SetBytes(8 * side * side)
			for b.Loop() {
				if got := f(); got != side*side {
					b.Fatal(got)
				}
			}
		}
	}
	b.Run("plain", run(func() float64 { return plainSum(a.Memory()) }))
	b.Run("contiguous", run(func() float64 { return sum(a) }))
	b.Run("transposed", run(func() float64 { return sum(a.T()) }))
}

func BenchmarkView(b *testing.B) {
	a := nd.New[float64](100, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Slice(nd.Range(10, 20), nd.All().By(2)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCast(b *testing.B) {
	a := nd.Full(1.5, side, side)
	out := nd.New[int32](side, side)
	b.SetBytes(12 * side * side)
	for b.Loop() {
		if err := nd.Assign(out, a, nd.Unsafe); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSmall(b *testing.B) {
	src, dst := nd.New[float64](8, 8), nd.New[float64](8, 8)
	turned := src.T()
	for name, f := range map[string]func() error{
		"copy":      func() error { return nd.Copy(dst, src) },
		"transpose": func() error { return nd.Copy(dst, turned) },
		"cast":      func() error { _, err := nd.Cast[int32](src, nd.Unsafe); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
