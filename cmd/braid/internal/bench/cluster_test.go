package bench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
)

// The names of cases are part of the format of the output.
func TestTheCasesOfClusterKeepTheirNames(t *testing.T) {
	want := []string{
		"zero_worker.fan_out.us_per_task", "zero_worker.tree.us_per_task", "zero_worker.stencil.us_per_task",
		"empty_1m.seconds",
		"metg50.stencil_1d.w64.processes2.us", "metg50.stencil_1d.w64.processes2.kernel.us",
		"metg50.stencil_1d.w2.processes2.us", "metg50.stencil_1d.w2.processes2.kernel.us",
		"metg50.fft.w64.processes2.us", "metg50.fft.w64.processes2.kernel.us",
		"metg50.nearest.w64.processes2.us", "metg50.nearest.w64.processes2.kernel.us",
		"metg50.random.w64.processes2.us", "metg50.random.w64.processes2.kernel.us",
		"trivial.us", "trivial.p99.us", "startup.ms", "worker.idle_mb", "block.unix.gbs", "block.tls.gbs", "block.tcp.gbs",
		"scheduler.bytes_per_task",
		"sim.10.100000.us_per_event", "sim.100.1000000.us_per_event", "sim.1000.1000000.us_per_event", "sim.10000.1000000.us_per_event",
	}
	var have []string
	for _, g := range clusterGroups {
		for _, f := range g.figures(&benchFlags{}) {
			for _, c := range f.cases {
				have = append(have, c.name)
			}
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// All but metg50, which other programs can keep from ending: a script runs it with a lower goal.
func TestClusterFiguresMeasureSomething(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: measures, which takes long and says nothing under the race detector; run without -short")
	}
	defer goleak.VerifyNone(t)
	var figures []figure
	for _, g := range clusterGroups {
		if g.name != "metg50" {
			figures = append(figures, g.figures(&benchFlags{quick: true})...)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // so that one that never ends is named
	defer cancel()
	results, said, err := benchJSON(t, ctx, figures...)
	if err != nil {
		t.Fatalf("%v, after\n%s", err, said)
	}
	for _, f := range figures {
		for k, c := range f.cases {
			if f.skip != "" {
				if r := results[c.name]; r.Value != nil || r.Note != f.skip {
					t.Errorf("%s cannot be measured (%s), and is %+v", c.name, f.skip, r)
				}
				continue
			}
			value, ok := results[c.name].Value.(float64)
			if !ok || value <= 0 || math.IsInf(value, 0) || len(results[c.name].Runs) != benchRuns {
				t.Errorf("%s is %+v", c.name, results[c.name])
			}
			if floor, ok := results["floor."+c.name].Value.(float64); f.floor != nil && k == 0 && (!ok || floor <= 0) {
				t.Errorf("the floor of %s is %+v", c.name, results["floor."+c.name])
			}
		}
	}
}

func TestAMapIsRunToItsEndIfAsked(t *testing.T) {
	if have := eventFigures(true, 30_000); have[len(have)-1].name != "sim.10.30000" || len(have) != len(eventSizes)+1 {
		t.Errorf("the figures are %v", have)
	}
	if v, err := events(t.Context(), mapGraph(30_000), eventWorkers, 30_000); err != nil || len(v) != 1 || v[0] <= 0 {
		t.Errorf("%v, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := events(ctx, mapGraph(100), eventWorkers, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestShapesHaveTheirTasksAndEndInWhatIsWanted(t *testing.T) {
	for _, shape := range benchShapes {
		g, wanted := shape.build(1000)
		if g.Len() < 900 || g.Len() > 1000 || len(wanted) == 0 {
			t.Errorf("%s has %d tasks, and %d are wanted", shape.name, g.Len(), len(wanted))
		}
		taken := make([]bool, g.Len())
		for i := range g.Len() {
			_, refs := g.Task(graph.Index(i), nil)
			for _, r := range refs {
				taken[r.Task()] = true
			}
		}
		for i, is := range taken {
			if is == slices.Contains(wanted, graph.Index(i)) {
				t.Errorf("%s: task %d: taken %v, and wanted %v", shape.name, i, is, !is)
			}
		}
		z := newZeroCluster(sched.Config{}, 2)
		z.submit(g, 1, wanted)
		z.finish()
		if st := z.state.Stats(); z.done != g.Len() || st.Running+st.Waiting != 0 {
			t.Errorf("%s: %d of %d tasks were done; %+v", shape.name, z.done, g.Len(), st)
		}
		if err := z.state.Check(); err != nil {
			t.Errorf("%s: %v", shape.name, err)
		}
	}
}

func TestWhatCannotBeMeasuredHereSaysWhy(t *testing.T) {
	f := counted(func(int) error { t.Error("it was measured"); return nil })
	f.skip = "no thermometer"
	results, _, err := benchJSON(t, t.Context(), f)
	have := results["counted.us"]
	if err != nil || len(results) != 2 || have.Value != nil || len(have.Runs) != 0 || have.Note != "no thermometer" || have.OK != nil {
		t.Errorf("%v, %+v", err, results)
	}
	var out strings.Builder
	if err := benchTable(&out, []measured{{metric: f.cases[0], note: f.skip, skipped: true}}); err != nil || !strings.Contains(out.String(), "no thermometer") {
		t.Errorf("%v, %s", err, out.String())
	}
}

func TestAFigureWithoutAFloorHasNone(t *testing.T) {
	f := counted(always)
	f.floor = nil
	results, _, err := benchJSON(t, t.Context(), f)
	if _, has := results["floor.counted.us"]; err != nil || has || results["counted.us"].Value != 3.0 {
		t.Errorf("%v, %+v", err, results)
	}
}

func TestTheZeroServerEndsWithItsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	z, err := openZeroServer(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	g, wanted := treeGraph(100)
	cancel()
	encoded, err := graph.Encode(g, graph.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.run(ctx, encoded, wanted); err == nil {
		t.Error("it ran to its end")
	}
	_ = z.close()
	if _, err := openZeroServer(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("opened after the end: %v", err)
	}
}

func TestParseCPUReadsTheTimesOfAProcess(t *testing.T) {
	const line = "4242 (a) b (c)) S 1 4242 4242 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 5 0 100 200 300"
	if have, err := parseCPU(line); err != nil || have != 2150*time.Millisecond {
		t.Errorf("%v, %v", have, err)
	}
	for _, bad := range []string{"", "1", "1 (x) S 1 2 3", strings.Replace(line, "150", "many", 1), strings.Replace(line, "150", "-1", 1)} {
		if have, err := parseCPU(bad); err == nil {
			t.Errorf("%q is %v", bad, have)
		}
	}
}
