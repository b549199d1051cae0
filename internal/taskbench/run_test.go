package taskbench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/braid-compute/braid"
)

func open(t *testing.T) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), braid.Options{Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestEveryPatternRunsWithAndWithoutAnEngine(t *testing.T) {
	c := open(t)
	for p := range patterns {
		for _, width := range []int{1, 2, 7, 16} {
			g := Graph{Pattern: Pattern(p), Width: width, Steps: 20, Kernel: Kernel{Kind: Compute, Iterations: 10}}
			r, err := Run(t.Context(), c, g)
			if err != nil || r.Tasks != g.Tasks() || r.Elapsed < r.Submitted || r.Submitted <= 0 {
				t.Errorf("%v, width %d: %+v, %v", g.Pattern, width, r, err)
			}
			b, err := PrepareBare(g)
			if err != nil {
				t.Fatal(err)
			}
			for _, workers := range []int{1, 3} {
				if r, err := b.Run(t.Context(), workers); err != nil || r.Tasks != g.Tasks() || r.Elapsed <= 0 {
					t.Errorf("%v, width %d, %d workers without an engine: %+v, %v", g.Pattern, width, workers, r, err)
				}
			}
		}
	}
}

func TestKernelsOutputsAndSeveralGraphsAtOnce(t *testing.T) {
	c := open(t)
	w, err := Prepare(
		Graph{Pattern: Stencil1D, Width: 5, Steps: 9, Kernel: Kernel{Kind: Memory, Iterations: 3000, Bytes: 1 << 12}, OutputBytes: 100},
		Graph{Pattern: FFT, Width: 8, Steps: 9, Kernel: Kernel{Kind: Imbalanced, Iterations: 100, Imbalance: 1}, OutputBytes: 4096},
		Graph{Pattern: Trivial, Width: 3, Steps: 9, OutputBytes: 9},
		Graph{Pattern: Nearest, Width: 4, Steps: 9},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for range 2 {
		if r, err := w.Run(t.Context(), c); err != nil || r.Tasks != 9*(5+8+3+4) || w.Tasks() != r.Tasks {
			t.Errorf("%+v, %v", r, err)
		}
		w.SetIterations(7)
	}
}

// A graph that was written down with wrong inputs must not run, however it is wrong and whatever the outputs are.
func TestAWrongGraphIsFoundOut(t *testing.T) {
	c := open(t)
	for name, f := range map[string]struct {
		wrong func([]int32) []int32
		want  string
	}{
		"another point": {func(l []int32) []int32 { l[1] = 6; return l },
			"step 3, point 4: input 2 of 3 is from step 2, point 6, instead of step 2, point 4"},
		"another order": {func(l []int32) []int32 { slices.Reverse(l); return l },
			"step 3, point 4: input 1 of 3 is from step 2, point 5, instead of step 2, point 3"},
		"one too few": {func(l []int32) []int32 { return l[:2] },
			"step 3, point 4: it has 2 inputs instead of 3: that of step 2, point 5, is missing"},
		"one too many": {func(l []int32) []int32 { return append(l, 0) },
			"step 3, point 4: it has 4 inputs instead of 3: that of step 2, point 0, is too much"},
		"none": {func(l []int32) []int32 { return l[:0] },
			"step 3, point 4: it has 0 inputs instead of 3: that of step 2, point 3, is missing"},
	} {
		for _, size := range []int{8, 50} {
			g := Graph{Pattern: Stencil1D, Width: 8, Steps: 6, OutputBytes: size}
			w, err := prepare([]Graph{g}, func(g *Graph, l []int32, t, i int) []int32 {
				if l = g.appendInputs(l, t, i); t == 3 && i == 4 {
					l = f.wrong(l)
				}
				return l
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "stencil_1d, "+f.want) {
				t.Errorf("%s, %d bytes: %v, want %q", name, size, err, f.want)
			}
			w.Close()
		}
	}
}

// What the engine hands over is checked too, not only who made it.
func TestForeignAndDamagedInputsAreFoundOut(t *testing.T) {
	g := Graph{Pattern: NoComm, Width: 4, Steps: 3, OutputBytes: 21}.withDefaults()
	if err := g.validate(5, 1, 2, []int64{word(5, 0, 2)}); err != nil {
		t.Errorf("what is right is refused: %v", err)
	}
	if err := g.validate(5, 1, 2, []int64{word(4, 0, 2)}); err == nil || !strings.Contains(err.Error(), "another graph") {
		t.Errorf("an input of another graph: %v", err)
	}
	whole := text(word(5, 0, 2), 21)
	if err := g.whole([]string{whole}); err != nil {
		t.Errorf("what is whole is refused: %v", err)
	}
	if err := g.whole([]string{whole, whole[:20]}); err == nil || !strings.Contains(err.Error(), "input 2 of 2 has 20 bytes instead of 21") {
		t.Errorf("an input that was cut off: %v", err)
	}
	for k := range whole {
		damaged := []byte(whole)
		damaged[k] ^= 1
		if err := g.whole([]string{string(damaged)}); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("byte %d is wrong: %v", k, err)
		}
	}
	if _, err := last([]int64{1, 3, 3}); err == nil {
		t.Error("an output that comes twice at the end is not noticed")
	}
}

func TestClosingWorkMakesRoomForOther(t *testing.T) {
	g := Graph{Pattern: Trivial, Width: 1, Steps: 1}
	var all []*Work
	for len(all) < maxGraphs-1 {
		w, err := Prepare(g)
		if err != nil {
			t.Fatalf("after %d graphs: %v", len(all), err)
		}
		all = append(all, w)
	}
	if _, err := Prepare(g); err == nil || !strings.Contains(err.Error(), "close some") {
		t.Errorf("one graph too many: %v", err)
	}
	all[7].Close()
	if _, err := Run(t.Context(), open(t), g); err != nil {
		t.Errorf("after one was closed: %v", err)
	}
	for _, w := range all {
		w.Close()
	}
}

func TestRunsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := Graph{Pattern: FFT, Width: 4, Steps: 10}
	if _, err := Run(ctx, open(t), g); !errors.Is(err, context.Canceled) {
		t.Errorf("on a client: %v", err)
	}
	b, err := PrepareBare(g)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Run(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("without an engine: %v", err)
	}
	g.OutputBytes = 16
	if _, err := PrepareBare(g); err == nil {
		t.Error("texts are taken without an engine")
	}
}

func TestImbalancedKernelsAverageOutAndStayTheSame(t *testing.T) {
	g := Graph{Width: 1000, Steps: 2, Seed: 3, Kernel: Kernel{Kind: Imbalanced, Iterations: 1000, Imbalance: 1}}
	sum, least, most := 0, 1<<30, 0
	for i := range g.Width {
		n := g.Kernel.iterations(&g, 1, i)
		if n != g.Kernel.iterations(&g, 1, i) {
			t.Fatalf("point %d: not the same again", i)
		}
		sum, least, most = sum+n, min(least, n), max(most, n)
	}
	// Even on [500, 1500): the mean of a thousand is within 30 of 1000 in all but one of a thousand cases.
	if mean := sum / g.Width; mean < 970 || mean > 1030 || least < 500 || least > 520 || most > 1500 || most < 1480 {
		t.Errorf("from %d to %d, %d on average", least, most, mean)
	}
}

func TestCountersRunEveryTaskOnceAfterItsInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "tasks")
		most := rapid.IntRange(0, 4).Draw(t, "inputs")
		inputs := make([][]int32, n)
		for i := range inputs {
			seen := map[int32]bool{}
			for range min(i, most) {
				seen[int32(rapid.IntRange(0, i-1).Draw(t, "input"))] = true
			}
			for j := range seen {
				inputs[i] = append(inputs[i], j)
			}
		}
		c := NewCounters(n, func(i int, list []int32) []int32 { return append(list, inputs[i]...) })
		for range 2 {
			done := make([]atomic.Int32, n)
			c.Reset()
			c.Run(rapid.IntRange(1, 4).Draw(t, "workers"), func(i int32, in []int32) {
				for _, j := range in {
					if done[j].Load() != 1 {
						done[i].Add(100)
					}
				}
				done[i].Add(1)
			})
			for i := range done {
				if got := done[i].Load(); got != 1 {
					t.Fatalf("task %d: done %d times (with 100 for each input that was not done)", i, got)
				}
			}
		}
	})
}

func ExampleRun() {
	ctx := context.Background()
	c, err := braid.Open(ctx)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	r, err := Run(ctx, c, Graph{Pattern: Stencil1D, Width: 64, Steps: 100, Kernel: Kernel{Kind: Compute, Iterations: 100}})
	fmt.Println(r.Tasks, err)
	// Output: 6400 <nil>
}
