package par

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
)

const cheapItems = 100_000_000

// The cheap item: one multiplication and one addition that depend on the index.
func cheapSum(lo, hi int) float64 {
	s := 0.0
	for i := lo; i < hi; i++ {
		s += float64(i) * 0.5
	}
	return s
}

func perItem(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/item")
}

// BenchmarkFor sums over 1e8 cheap items; BenchmarkForFloor is the same by hand, one goroutine a core.
func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		var mu sync.Mutex
		total := 0.0
		err := For(context.Background(), cheapItems, func(_ context.Context, lo, hi int) error {
			s := cheapSum(lo, hi)
			mu.Lock()
			total += s
			mu.Unlock()
			return nil
		})
		if err != nil || total == 0 {
			b.Fatal(total, err)
		}
	}
	perItem(b, cheapItems)
}

func BenchmarkForFloor(b *testing.B) {
	cores := Cores().N
	for b.Loop() {
		var wg sync.WaitGroup
		parts := make([]float64, cores)
		for w := range cores {
			wg.Go(func() { parts[w] = cheapSum(cheapItems*w/cores, cheapItems*(w+1)/cores) })
		}
		wg.Wait()
		total := 0.0
		for _, p := range parts {
			total += p
		}
		if total == 0 {
			b.Fatal(total)
		}
	}
	perItem(b, cheapItems)
}

// BenchmarkForCall is the cost of a whole call over an empty body: at the top, and nested where no core is free.
func BenchmarkForCall(b *testing.B) {
	body := func(context.Context, int, int) error { return nil }
	for _, c := range []struct {
		name string
		ctx  context.Context
	}{{"top", context.Background()}, {"nested", WithBudget(context.Background(), 1)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := For(c.ctx, 64, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSchedule compares the schedules on even work, on work that grows with the index, and on work where one item
// in a hundred costs a hundred times as much. The default was chosen by it.
func BenchmarkSchedule(b *testing.B) {
	const n = 20_000
	loads := []struct {
		name string
		cost func(i int) int
	}{
		{"even", func(int) int { return 500 }},
		{"growing", func(i int) int { return i / 20 }},
		{"rare", func(i int) int {
			if i%100 == 0 {
				return 20_000
			}
			return 200
		}},
	}
	schedules := []Options{{Schedule: Guided}, {Schedule: Static}, {Schedule: Static, Chunk: 64}, {Schedule: Dynamic}, {Schedule: Dynamic, Chunk: 64}}
	for _, load := range loads {
		for _, o := range schedules {
			b.Run(fmt.Sprintf("%s/%s-%d", load.name, o.Schedule, o.Chunk), func(b *testing.B) {
				for b.Loop() {
					err := For(context.Background(), n, func(_ context.Context, lo, hi int) error {
						for i := lo; i < hi; i++ {
							if cheapSum(0, load.cost(i)) < 0 {
								return fmt.Errorf("negative sum at %d", i)
							}
						}
						return nil
					}, o)
					if err != nil {
						b.Fatal(err)
					}
				}
				perItem(b, n)
			})
		}
	}
}

func BenchmarkReduce(b *testing.B) {
	for b.Loop() {
		total, err := Reduce(context.Background(), cheapItems,
			func(_ context.Context, lo, hi int) (float64, error) { return cheapSum(lo, hi), nil },
			func(x, y float64) float64 { return x + y })
		if err != nil || total == 0 {
			b.Fatal(total, err)
		}
	}
	perItem(b, cheapItems)
}

// BenchmarkMap is the cost per item of an empty function, and of one that takes about a microsecond.
func BenchmarkMap(b *testing.B) {
	const n = 200_000
	xs := make([]int, n)
	empty := func(_ context.Context, x int) (int, error) { return x, nil }
	micro := func(_ context.Context, x int) (float64, error) { return cheapSum(0, 800+x&1), nil }
	ctx := context.Background()
	b.Run("slice", func(b *testing.B) {
		for b.Loop() {
			for _, err := range Map(ctx, xs, empty) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perItem(b, n)
	})
	b.Run("seq", func(b *testing.B) {
		for b.Loop() {
			for _, err := range Map(ctx, slices.Values(xs), empty) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perItem(b, n)
	})
	b.Run("unordered", func(b *testing.B) {
		for b.Loop() {
			for _, err := range MapUnordered(ctx, xs, empty) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perItem(b, n)
	})
	b.Run("nested", func(b *testing.B) {
		one := WithBudget(ctx, 1)
		for b.Loop() {
			for _, err := range Map(one, xs, empty) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perItem(b, n)
	})
	b.Run("1us", func(b *testing.B) {
		for b.Loop() {
			sum := 0.0
			for r, err := range Map(ctx, xs, micro) {
				if err != nil {
					b.Fatal(err)
				}
				sum += r
			}
			if math.IsNaN(sum) {
				b.Fatal(sum)
			}
		}
		perItem(b, n)
	})
	b.Run("1us-serial", func(b *testing.B) {
		for b.Loop() {
			sum := 0.0
			for _, x := range xs {
				r, err := micro(ctx, x)
				if err != nil {
					b.Fatal(err)
				}
				sum += r
			}
			if math.IsNaN(sum) {
				b.Fatal(sum)
			}
		}
		perItem(b, n)
	})
}
