package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// TestMain makes this test binary serve as worker processes, too, and as what the benchmarks start besides.
func TestMain(m *testing.M) {
	Serve()
	braid.TestMain(m)
}

// counted is a figure whose runs give 1, 2, 3 … and twice as much of a second case, and whose floor gives 0.5. before is
// called before each run, with its number from 1.
func counted(before func(run int) error) figure {
	run := 0
	return figure{
		name: "counted", cases: []metric{{"counted.us", "us"}, {"counted.twice.us", "us"}},
		measure: func(context.Context) ([]float64, error) {
			run++
			return []float64{float64(run), 2 * float64(run)}, before(run)
		},
		floor: func(context.Context) ([]float64, error) { return []float64{0.5}, nil },
	}
}

func always(int) error { return nil }

// benchJSON measures figures and returns the results by case.
func benchJSON(t *testing.T, ctx context.Context, figures ...figure) (map[string]console.Result, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := env{&console.Env{Stdout: &stdout, Stderr: &stderr, JSON: true}}
	err := e.bench(ctx, "test", figures)
	var d console.Document
	if e := json.Unmarshal(stdout.Bytes(), &d); e != nil || d.Command != "bench test" {
		t.Fatalf("%v, command %q: %s", e, d.Command, stdout.String())
	}
	byCase := map[string]console.Result{}
	for _, r := range d.Results {
		if _, twice := byCase[r.Case]; twice {
			t.Errorf("case %s comes twice", r.Case)
		}
		byCase[r.Case] = r
	}
	return byCase, stderr.String(), err
}

func TestBenchGivesMedianRunsFloorAndDisturbance(t *testing.T) {
	results, said, err := benchJSON(t, t.Context(), counted(always))
	if err != nil || said != "braid bench: 1 of 1, counted\n" {
		t.Errorf("%v, said %q", err, said)
	}
	for name, value := range map[string]float64{"counted.us": 3, "counted.twice.us": 6, "floor.counted.us": 0.5} {
		if have := results[name]; have.Value != value || len(have.Runs) != 5 || have.Unit != "us" {
			t.Errorf("%s is %+v, want %v", name, have, value)
		}
	}
	for _, name := range []string{"counted.us.others", "counted.twice.us.others", "counted.us.disturbed", "counted.twice.us.disturbed"} {
		if _, ok := results[name]; !ok {
			t.Errorf("there is no %s", name)
		}
	}
	if len(results) != 7 {
		t.Errorf("%d results: %v", len(results), results)
	}
}

func TestADisturbedCaseSaysSo(t *testing.T) {
	for _, c := range []struct {
		others float64
		known  bool
		value  any
		flag   int
	}{{0.19, true, 0.19, 0}, {0.21, true, 0.21, 1}, {0, false, nil, 0}} {
		m := measured{metric: metric{"x.us", "us"}, runs: []float64{1}, others: c.others, known: c.known}
		r := m.results()
		if r[1].Case != "x.us.others" || r[1].Value != c.value || r[2].Case != "x.us.disturbed" || r[2].Value != c.flag {
			t.Errorf("%v: %+v", c, r)
		}
	}
}

func TestTheFirstRunOfAWarmFigureDoesNotCount(t *testing.T) {
	f := counted(always)
	f.warm = true
	if results, _, err := benchJSON(t, t.Context(), f); err != nil || results["counted.us"].Value != 4.0 || len(results["counted.us"].Runs) != 5 {
		t.Errorf("%+v, %v", results["counted.us"], err)
	}
}

func TestAnInterruptedBenchPrintsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	never := counted(always)
	never.measure = func(context.Context) ([]float64, error) { t.Error("measured after the interrupt"); return nil, nil }
	results, said, err := benchJSON(t, ctx, counted(func(run int) error {
		if run == 3 {
			cancel()
		}
		return nil
	}), never)
	have := results["counted.us"]
	if !errors.Is(err, context.Canceled) || have.Value != 1.5 || have.Note != "interrupted after 2 of 5 runs" || have.OK != nil {
		t.Errorf("%v, %+v", err, have)
	}
	if !strings.Contains(said, "interrupted") {
		t.Errorf("said %q", said)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if results, _, err := benchJSON(t, cancelled, counted(always)); !errors.Is(err, context.Canceled) || len(results) != 0 {
		t.Errorf("before the first run: %v, %v", err, results)
	}
}

func TestAFigureThatFailsIsReportedAndTheRestGoesOn(t *testing.T) {
	second := counted(always)
	second.name, second.cases = "second", []metric{{"second.us", "us"}, {"second.twice.us", "us"}}
	results, _, err := benchJSON(t, t.Context(), counted(func(run int) error {
		if run == 2 {
			return errors.New("out of paper")
		}
		return nil
	}), second)
	if err == nil || err.Error() != "braid bench: counted: out of paper" {
		t.Errorf("%v", err)
	}
	if r := results["counted.us"]; r.OK == nil || *r.OK || r.Note != "out of paper" || len(r.Runs) != 1 {
		t.Errorf("%+v", r)
	}
	if r := results["second.us"]; r.Value != 3.0 {
		t.Errorf("%+v", r)
	}
}

func TestBenchTableSaysWhatWasDisturbed(t *testing.T) {
	var out bytes.Buffer
	err := benchTable(&out, []measured{
		{metric: metric{"a.us", "us"}, runs: []float64{0.123456, 2, 1}, floor: []float64{0.5}, others: 0.26, known: true, note: "disturbed"},
		{metric: metric{"b.ns", "ns"}, runs: []float64{12345}},
		{metric: metric{"c.ns", "ns"}, err: errors.New("x")},
	})
	want := `case  median  from   to     unit  floor  ratio  others  note
a.us  1.00    0.123  2.00   us    0.500  2.0    0.26    disturbed
b.ns  12345   12345  12345  ns    -      -      -       
c.ns  -       -      -      ns    -      -      -       failed
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out.String(), want)
	}
}

func TestMedianIsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}} {
		if have := median(c.values); have != c.want {
			t.Errorf("%v: %v, want %v", c.values, have, c.want)
		}
	}
}

// The figures check their results, so that they are measured at all shows that the work was done.
func TestOverheadFiguresMeasureSomething(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: measures, which takes long and says nothing under the race detector; run without -short")
	}
	results, _, err := benchJSON(t, t.Context(), overheadFigures(2, true)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"par.for.ns", "submit.get.us", "submit.get.p99.us", "map.gather.us", "dag.random.us", "graph.bytes_per_task"} {
		value, ok := results[name].Value.(float64)
		floor, okFloor := results["floor."+name].Value.(float64)
		if !ok || !okFloor || value <= 0 || floor <= 0 || math.IsInf(value, 0) {
			t.Errorf("%s: %v, floor %v", name, results[name].Value, results["floor."+name].Value)
		}
	}
	if bytes, _ := results["graph.bytes_per_task"].Value.(float64); bytes < 12 || bytes > 60 {
		t.Errorf("%v bytes a task: its two inputs alone are 8", bytes)
	}
}
