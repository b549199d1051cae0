package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/machine"
)

// canned is a report with a row of every kind.
func canned() report {
	command := func(words string) []string { return strings.Fields(words) }
	return report{
		args: []string{"--rounds", "5"}, rounds: 5,
		began: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), took: 100 * time.Second,
		machine: machine.Description{OS: "linux", Arch: "amd64", Kernel: "6.1.0", CPU: "Some CPU", HardwareCores: 4, Cores: 2,
			CoresSource: "affinity mask", Memory: 8 << 30, MemorySource: "physical memory", Go: "go1.26"},
		versions: map[string]string{"braid": "devel", "python3": "3.11.2"},
		missing:  []string{"joblib"},
		tables: []table{{
			workload: workload{name: "map", title: "One function over many items", about: "About it.", unit: "µs"},
			rows: []row{
				{program: program{name: "braid", command: command("braid bench overhead --json")}, values: []float64{0.2e-6, 0.16e-6, 0.17e-6, 0.15e-6, 0.18e-6}, others: []float64{0, 0.04}, size: "n = 1,000,000"},
				{program: program{name: "floor: by hand", kind: isFloor, command: command("braid bench overhead --json")}, values: []float64{0.034e-6}},
				{program: program{name: "pool <chunks>", kind: isPeer, command: command("python3 a.py pool")}, values: []float64{0.11e-6, 0.09e-6}, others: []float64{0.1, 0.5}, size: "n = 1,000"},
				{program: program{name: "processes", kind: isPeer, command: command("python3 a.py processes")}, values: []float64{1570e-6}, others: []float64{0}},
				{program: program{name: "absent", kind: isPeer, command: command("python3 a.py absent")}, lacks: []string{"joblib"}},
				{program: program{name: "broken", kind: isPeer, command: command("python3 a.py broken")}, failure: "wrong | answer"},
			},
		}, {
			workload: workload{name: "cities", title: "A & B", about: "About that.", unit: "ms"},
			rows: []row{
				{program: program{name: "braid", command: command("braid demo --json")}},
				{program: program{name: "NumPy", kind: isPeer, command: command("python3 b.py")}, values: []float64{0.08}},
			},
		}},
	}
}

func TestPageAndPlotOfCannedResults(t *testing.T) {
	var page, plot strings.Builder
	r := canned()
	if err := errors.Join(r.page(&page, "benchmarks.svg"), r.plot(&plot)); err != nil {
		t.Fatal(err)
	}
	golden(t, "page.md", page.String())
	golden(t, "plot.svg", plot.String())
	if err := xml.Unmarshal([]byte(plot.String()), new(any)); err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("the plot is no XML: %v", err)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as in %s; if that is meant, run: go test ./bench -update\n%s", name, got)
	}
}

func TestReportsWithoutResultsStillMakeAPageAndAPlot(t *testing.T) {
	for name, r := range map[string]report{
		"nothing":     {},
		"empty table": {tables: []table{{workload: workload{name: "x", unit: "s"}}}},
	} {
		var page, plot strings.Builder
		if err := errors.Join(r.page(&page, ""), r.plot(&plot)); err != nil || !strings.Contains(plot.String(), "</svg>") {
			t.Errorf("%s: %v\n%s", name, err, &plot)
		}
	}
}

func TestMedianIsTheMiddleAndTheMeanOfTheMiddleTwo(t *testing.T) {
	for _, c := range []struct {
		values               []float64
		median, least, great float64
	}{
		{[]float64{3}, 3, 3, 3},
		{[]float64{9, 1}, 5, 1, 9},
		{[]float64{5, 1, 2}, 2, 1, 5},
		{[]float64{8, 1, 4, 2}, 3, 1, 8},
	} {
		median, least, greatest, ok := row{values: c.values}.spread()
		if !ok || median != c.median || least != c.least || greatest != c.great {
			t.Errorf("%v: median %v from %v to %v, %v", c.values, median, least, greatest, ok)
		}
	}
	if _, _, _, ok := (row{values: []float64{1}, failure: "x"}).spread(); ok {
		t.Error("a row that failed later has a number")
	}
}

func TestFiguresKeepThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{
		0.000123456: "0.000123", 0.1: "0.100", 0.99949: "0.999", 0.9996: "1.00", 1: "1.00", 9.994: "9.99", 9.996: "10.0", 10: "10.0",
		99.94: "99.9", 99.96: "100", 100: "100", 999.4: "999", 999.6: "1,000", 1234.5: "1,235", 1e6: "1,000,000",
	} {
		if got := figures(x); got != want {
			t.Errorf("figures(%v) = %q, want %q", x, got, want)
		}
	}
}
