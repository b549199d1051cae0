package codec_test

import (
	"testing"

	"github.com/braid-compute/braid/codec"
)

const megabytes8 = 1 << 20 // float64s

// BenchmarkFloats compares 8 MiB of float64 with its floors: a copy into
// memory that is there, and a copy into new memory.
func BenchmarkFloats(b *testing.B) {
	data := make([]float64, megabytes8)
	for i := range data {
		data[i] = float64(i)
	}
	enc := mustEncode(data)
	dst := make([]byte, 0, len(enc))
	into := make([]float64, len(data))
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(8 * megabytes8)
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	run("floor-copy", func() { copy(into, data) })
	run("encode-into", func() { dst, _ = codec.Encode(dst[:0], data) })
	run("floor-new", func() { sink = append([]byte(nil), enc...) })
	run("encode-new", func() { sink, _ = codec.Encode(nil, data) })
	run("decode", func() { floats, _ = codec.Decode[[]float64](enc) })
}

var (
	sink   []byte
	floats []float64
	bases  base
)

// BenchmarkSmall is the cost of one small value.
func BenchmarkSmall(b *testing.B) {
	v := base{7, "note"}
	dst := make([]byte, 0, 256)
	b.Run("struct-encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst, _ = codec.Encode(dst[:0], v)
		}
	})
	enc := mustEncode(v)
	b.Run("struct-decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bases, _ = codec.Decode[base](enc)
		}
	})
	b.Run("int-encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst, _ = codec.Encode(dst[:0], 42)
		}
	})
	num := mustEncode(42)
	b.Run("int-decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n, _ := codec.Decode[int](num); n != 42 {
				b.Fatal(n)
			}
		}
	})
	data := any(make(vec, 8))
	b.Run("size-named", func(b *testing.B) {
		for b.Loop() {
			codec.Size(data)
		}
	})
}
