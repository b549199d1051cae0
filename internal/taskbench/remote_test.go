package taskbench

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/braid-compute/braid"
)

func TestPackedGraphsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Graph{
			Pattern: Pattern(rapid.IntRange(0, patterns-1).Draw(t, "pattern")),
			Width:   rapid.IntRange(1, maxWidth).Draw(t, "width"),
			Steps:   rapid.IntRange(1, 1<<packedSteps-1).Draw(t, "steps"),
			Kernel:  Kernel{Kind: Compute, Iterations: rapid.IntRange(0, 1<<packedIterations-1).Draw(t, "iterations")},
		}.withDefaults()
		packed, err := g.pack()
		if err != nil {
			t.Fatal(err)
		}
		if back := unpack(packed); back != g {
			t.Errorf("%+v came back as %+v", g, back)
		}
	})
}

func TestWhatCannotBePackedIsRefused(t *testing.T) {
	for name, g := range map[string]Graph{
		"a radix":    {Pattern: Nearest, Width: 4, Steps: 4, Radix: 3},
		"a seed":     {Pattern: Random, Width: 4, Steps: 4, Seed: 1},
		"texts":      {Pattern: FFT, Width: 4, Steps: 4, OutputBytes: 16},
		"imbalance":  {Pattern: FFT, Width: 4, Steps: 4, Kernel: Kernel{Kind: Imbalanced, Imbalance: 1}},
		"steps":      {Pattern: FFT, Width: 4, Steps: 1 << packedSteps},
		"iterations": {Pattern: FFT, Width: 4, Steps: 4, Kernel: Kernel{Kind: Compute, Iterations: 1 << packedIterations}},
	} {
		if _, err := PrepareRemote(g); err == nil || !strings.Contains(err.Error(), "for other processes") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w, err := PrepareRemote(Graph{Pattern: FFT, Width: 2, Steps: 2, Kernel: Kernel{Kind: Compute}})
	if err != nil {
		t.Fatal(err)
	}
	w.SetIterations(1 << packedIterations)
	if _, err := w.Run(t.Context(), open(t)); err == nil || !strings.Contains(err.Error(), "iterations") {
		t.Errorf("iterations that were changed: %v", err)
	}
}

func TestEveryPatternRunsInOtherProcesses(t *testing.T) {
	c, err := braid.Open(t.Context(), braid.Options{Processes: 2, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	for p := range patterns {
		for _, width := range []int{1, 2, 7} {
			w, err := PrepareRemote(Graph{Pattern: Pattern(p), Width: width, Steps: 20, Kernel: Kernel{Kind: Compute, Iterations: 10}})
			if err != nil {
				t.Fatal(err)
			}
			for _, iterations := range []int{10, 20} {
				w.SetIterations(iterations)
				if r, err := w.Run(t.Context(), c); err != nil || r.Tasks != w.Tasks() {
					t.Errorf("%v, width %d: %+v, %v", Pattern(p), width, r, err)
				}
			}
		}
	}
}
