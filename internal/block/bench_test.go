package block

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkBlock is the life of a block that stays in memory: made, pinned once, released.
func BenchmarkBlock(b *testing.B) {
	ctx := context.Background()
	s := openStore(b, Options{Limit: 1 << 30, Scratch: b.TempDir()})
	b.Run("flat", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf, _ := s.Buffer(ctx, 64<<10, nil)
			blk := buf.Seal()
			v, _ := blk.Pin(ctx)
			v.Release()
			blk.Release()
		}
	})
	b.Run("boxed", func(b *testing.B) {
		b.ReportAllocs()
		form, value := textForm(), any(strings.Repeat("x", 4096))
		form.Size = func(any) (int64, bool) { return 4096, true }
		for b.Loop() {
			blk, _ := s.Box(ctx, value, form, nil)
			v, _ := blk.Pin(ctx)
			v.Release()
			blk.Release()
		}
	})
}

// BenchmarkFirstTouch compares writing to fresh pages of the arena with writing to kept ones.
func BenchmarkFirstTouch(b *testing.B) {
	const n = 64 << 20
	a := testArena(b, 1<<30)
	touch := func() time.Duration {
		m := a.take(n, 1<<30)
		began := time.Now()
		clear(m.bytes)
		took := time.Since(began)
		a.give(m)
		return took
	}
	var ratios, first, again []float64
	for b.Loop() {
		a.shrink(0)
		f, g := float64(touch()), float64(touch())
		ratios, first, again = append(ratios, f/g), append(first, f), append(again, g)
	}
	b.ReportMetric(middle(ratios), "first_touch_ratio")
	b.ReportMetric(n/middle(first), "first_GB/s")
	b.ReportMetric(n/middle(again), "again_GB/s")
}

func middle(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }
