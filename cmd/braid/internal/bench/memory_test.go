package bench

import (
	"slices"
	"testing"

	"go.uber.org/goleak"
)

// The names of cases are part of the format of the output.
func TestTheCasesOfMemoryKeepTheirNames(t *testing.T) {
	want := []string{
		"reduce_4x.seconds", "reduce_4x.of_disk", "reduce_4x.peak_over_limit",
		"reduce_4x.uncached.seconds", "reduce_4x.uncached.of_disk", "reduce_4x.uncached.peak_over_limit",
		"reduce_4x_arrays.seconds", "reduce_4x_arrays.of_disk", "reduce_4x_arrays.peak_over_limit",
		"reduce_4x.processes2.seconds", "reduce_4x.processes2.of_disk", "reduce_4x.processes2.peak_over_limit",
		"spill.write.gbs", "block.mapped.us", "block.mapped.first.us", "arena.first_touch_ratio",
	}
	var have []string
	m := memoryFlags{benchFlags: &benchFlags{slots: 2}, scratch: t.TempDir()}
	for _, f := range m.figures() {
		for _, c := range f.cases {
			have = append(have, c.name)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}

// All but the reductions, which a script runs: they start this program.
func TestMemoryFiguresMeasureSomething(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: measures, which takes long and says nothing under the race detector; run without -short")
	}
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	m := memoryFlags{benchFlags: &benchFlags{slots: 2, quick: true}, scratch: t.TempDir()}
	figures := m.figures()[4:]
	results, said, err := benchJSON(t, t.Context(), figures...)
	if err != nil {
		t.Fatalf("%v, after\n%s", err, said)
	}
	for _, f := range figures {
		for _, c := range f.cases {
			r, ok := results[c.name]
			if v, _ := r.Value.(float64); !ok || f.skip == "" && v <= 0 {
				t.Errorf("%s is %+v", c.name, r)
			}
		}
	}
}
