package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/internal/sim"
)

// simulateWith runs the command with another simulator.
func simulateWith(ctx context.Context, asJSON bool, f simFlags, run func(sim.Scenario) (sim.Report, error)) (stdout, stderr string, err error) {
	var out, log bytes.Buffer
	e := env{&console.Env{Stdout: &out, Stderr: &log, JSON: asJSON}}
	err = e.simulate(ctx, f, run)
	return out.String(), log.String(), err
}

// unlucky fails with seeds 5 and 7.
func unlucky(sc sim.Scenario) (sim.Report, error) {
	report := sim.Report{Tasks: 10, Returned: 1, Deaths: 2}
	if sc.Seed == 5 || sc.Seed == 7 {
		return report, &sim.Failure{Scenario: sc, What: "the cat is dead", Story: "there was a box"}
	}
	return report, nil
}

func TestSimulationsAreCounted(t *testing.T) {
	var out bytes.Buffer
	c := &console.Env{Args: []string{"bench", "sim", "--seeds", "50", "--seed", "3", "--json"}, Stdout: &out, Stderr: io.Discard}
	if err := consoletest.Run(t.Context(), c, Command(c)); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for _, r := range consoletest.Decode(t, out.String()).Results {
		values[r.Case] = r.Value
	}
	want := sim.Report{}
	for seed := range uint64(50) {
		report, err := sim.Run(sim.Random(3 + seed))
		if err != nil {
			t.Fatal(err)
		}
		want.Add(report)
	}
	for name, n := range map[string]int{"runs": 50, "failures": 0, "tasks": want.Tasks, "events": want.Steps, "deaths": want.Deaths,
		"stolen": want.Returned, "resolved": want.Resolved, "terms": want.Terms} {
		if values["sim."+name] != float64(n) {
			t.Errorf("%s is %v, want %d", name, values["sim."+name], n)
		}
	}
}

func TestFailedSimulationsAreNamedWithTheCommandThatRepeatsThem(t *testing.T) {
	out, _, err := simulateWith(t.Context(), false, simFlags{first: 1, seeds: 10}, unlucky)
	const want = "braid bench: of 10 simulations, 2 failed:\n" +
		"seed 5: the cat is dead\n  repeat it with: braid bench sim --seed 5 --seeds 1\n" +
		"seed 7: the cat is dead\n  repeat it with: braid bench sim --seed 7 --seeds 1"
	if err == nil || err.Error() != want {
		t.Errorf("have %v\nwant %s", err, want)
	}
	if code, ok := err.(interface{ ExitCode() int }); ok {
		t.Errorf("the error chooses exit code %d; 1 is what errors have", code.ExitCode())
	}
	for _, line := range []string{"failures    2 ", "tasks       100 ", "deaths      20 ", "stolen      10 "} {
		if !strings.Contains(out, line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
	_, _, err = simulateWith(t.Context(), false, simFlags{first: 7, seeds: 1, large: true}, unlucky)
	if err == nil || !strings.Contains(err.Error(), "--seeds 1 --large") || !strings.HasSuffix(err.Error(), "there was a box") {
		t.Errorf("a single one does not tell its story: %v", err)
	}
}

func TestFailedSimulationsAreInTheJSON(t *testing.T) {
	out, _, err := simulateWith(t.Context(), true, simFlags{first: 1, seeds: 6}, unlucky)
	if err == nil {
		t.Error("no error")
	}
	var d console.Document
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Command != "bench sim" {
		t.Fatal(err, d.Command)
	}
	last := d.Results[len(d.Results)-1]
	if last.Case != "sim.seed.5" || last.OK == nil || *last.OK || !strings.Contains(last.Note, "braid bench sim --seed 5") {
		t.Errorf("%+v", last)
	}
}

func TestInterruptedSimulationsPrintWhatWasDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var runs atomic.Int64
	out, log, err := simulateWith(ctx, false, simFlags{first: 1, seeds: 1000}, func(sim.Scenario) (sim.Report, error) {
		if runs.Add(1) == 3 {
			cancel()
		}
		return sim.Report{Tasks: 1}, nil
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(log, "interrupted after ") {
		t.Errorf("%v, said %q", err, log)
	}
	if !strings.Contains(out, "\nruns        ") || runs.Load() == 1000 {
		t.Errorf("after %d runs:\n%s", runs.Load(), out)
	}
}
