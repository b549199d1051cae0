package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/par"
)

// call runs the command in this process.
func call(t *testing.T, all []example, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	e := env{args: args, stdout: &out, stderr: &log, examples: all}
	err = e.run(t.Context())
	return out.String(), log.String(), err
}

// decode reads what a command printed with --json: one value, with the fields of the format and no others.
func decode(t *testing.T, text string) document {
	t.Helper()
	var d document
	in := json.NewDecoder(strings.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := in.Decode(new(any)); err != io.EOF {
		t.Fatalf("more than one value (%v):\n%s", err, text)
	}
	if d.Schema != 1 || d.Machine != machine.Describe() || d.Results == nil {
		t.Errorf("schema %d, machine %+v, %d results", d.Schema, d.Machine, len(d.Results))
	}
	for _, r := range d.Results {
		if r.Runs == nil {
			t.Errorf("case %s has no list of runs", r.Case)
		}
	}
	return d
}

func TestDemoRunsEveryExampleAndAllAreRight(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: every mode is run by TestEveryExampleIsRightInEveryMode; run without -short")
	}
	defer goleak.VerifyNone(t)
	out, log, err := call(t, all, "demo", "--quick", "--json")
	if err != nil {
		t.Fatal(err)
	}
	d := decode(t, out)
	checked := map[string]bool{}
	for _, r := range d.Results {
		name, _, _ := strings.Cut(r.Case, "/")
		if r.OK != nil {
			checked[name] = true
			if !*r.OK {
				t.Errorf("%s is %v, reference %v, tolerance %v", r.Case, r.Value, *r.Reference, *r.Tolerance)
			}
		}
	}
	for i, x := range all {
		if !checked[x.name] {
			t.Errorf("no result of %s was checked", x.name)
		}
		if !strings.Contains(log, fmt.Sprintf("of %d, %s\n", len(all), x.name)) {
			t.Errorf("example %d, %s, was not announced:\n%s", i+1, x.name, log)
		}
	}
	if d.Command != "demo" || len(checked) != len(all) {
		t.Errorf("command %q has results of %d examples, want demo and %d", d.Command, len(checked), len(all))
	}
}

var odd = []example{
	{"right", 0, right},
	{"wrong", 1, func(context.Context, *braid.Client, examples.Params) (examples.Report, error) {
		return examples.Report{Name: "wrong", Checks: []examples.Check{{Name: "lost", Result: math.NaN(), Reference: 2}}}, nil
	}},
	{"failing", 1, func(context.Context, *braid.Client, examples.Params) (examples.Report, error) {
		return examples.Report{Name: "failing"}, errors.New("no data")
	}},
}

func TestDemoGoesOnAfterAFailureAndNamesAllThatIsWrong(t *testing.T) {
	out, _, err := call(t, odd, "demo")
	const want = "braid demo: of 3 examples, 2 went wrong:\n" +
		"wrong: lost is NaN, the reference 2: off by NaN, of 0 allowed\nfailing: no data"
	if err == nil || err.Error() != want {
		t.Errorf("have %v\nwant %s", err, want)
	}
	if lines := strings.Split(out, "\n"); len(lines) != 5 || !strings.HasSuffix(lines[1], "yes") ||
		!strings.HasSuffix(lines[2], "NO") || !strings.HasSuffix(lines[3], "NO") {
		t.Errorf("want a line right and two wrong:\n%s", out)
	}
	if code, ok := err.(interface{ ExitCode() int }); ok {
		t.Errorf("the error chooses exit code %d; 1 is what errors have", code.ExitCode())
	}
}

func TestDemoAsJSONHasWhatIsWrong(t *testing.T) {
	out, _, err := call(t, odd, "demo", "--json", "--only", "failing", "--only", "wrong,wrong")
	if err == nil {
		t.Error("no error")
	}
	d := decode(t, out)
	last := d.Results[len(d.Results)-1]
	if last.Case != "failing" || last.OK == nil || *last.OK || last.Note != "no data" || len(last.Runs) != 0 {
		t.Errorf("of an example that failed: %+v", last)
	}
	lost := d.Results[len(d.Results)-2]
	if lost.Case != "wrong/lost" || lost.Value != nil || lost.OK == nil || *lost.OK || *lost.Reference != 2 {
		t.Errorf("of a result that is not a number: %+v", lost)
	}
	for _, r := range d.Results {
		if strings.HasPrefix(r.Case, "right") {
			t.Errorf("an example that was not chosen: %+v", r)
		}
	}
}

func TestAnExampleOfAClosedContextIsNotBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, log bytes.Buffer
	e := env{args: []string{"demo"}, stdout: &out, stderr: &log, examples: odd}
	if err := e.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if !strings.Contains(log.String(), "interrupted in right, after 0 of 3 examples") {
		t.Errorf("standard error:\n%s", log.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, args := range [][]string{{"cores"}, {"cores", "--why"}, {"cores", "--json"}, {"version"}, {"version", "--json"},
		{"demo", "--only", "right"}, {"demo", "--only", "right", "--json"}} {
		e := env{args: args, stdout: full{}, stderr: io.Discard, examples: odd}
		if err := e.run(t.Context()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestCoresAsJSONHasTheNumberFirstAndThenEverySource(t *testing.T) {
	out, _, err := call(t, nil, "cores", "--json")
	if err != nil {
		t.Fatal(err)
	}
	d, cores := decode(t, out), par.Cores()
	if len(d.Results) != 1+len(cores.Considered) {
		t.Fatalf("%d results of %d sources", len(d.Results), len(cores.Considered))
	}
	if first := d.Results[0]; first.Case != "cores" || first.Value != float64(cores.N) || first.Note != cores.Source {
		t.Errorf("first result is %+v, want %v", first, cores)
	}
	for i, s := range cores.Considered {
		r := d.Results[i+1]
		if r.Case != "cores/"+s.Name || (s.Cores == 0) != (r.Value == nil) || s.Cores != 0 && r.Value != float64(s.Cores) {
			t.Errorf("source %+v is %+v", s, r)
		}
	}
}
