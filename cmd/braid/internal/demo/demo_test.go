package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/examples"
)

// TestMain makes this test binary serve as worker processes, too.
func TestMain(m *testing.M) { braid.TestMain(m) }

// call runs the command with these examples in this process.
func call(t *testing.T, list []Example, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	c := &console.Env{Args: args, Stdout: &out, Stderr: &log}
	err = consoletest.Run(t.Context(), c, Command(c, list))
	return out.String(), log.String(), err
}

// right is an example with a right result.
func right(context.Context, *braid.Client, examples.Params) (examples.Report, error) {
	return examples.Report{Name: "right", Serial: 4, Parallel: 2, Tasks: 1, Checks: []examples.Check{{Name: "one", Result: 1, Reference: 1}}}, nil
}

func TestDemoRunsEveryExampleAndAllAreRight(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: every mode is run by TestEveryExampleIsRightInEveryMode; run without -short")
	}
	defer goleak.VerifyNone(t)
	out, log, err := call(t, Examples, "demo", "--quick", "--json")
	if err != nil {
		t.Fatal(err)
	}
	d := consoletest.Decode(t, out)
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
	for i, x := range Examples {
		if !checked[x.Name] {
			t.Errorf("no result of %s was checked", x.Name)
		}
		if !strings.Contains(log, fmt.Sprintf("of %d, %s\n", len(Examples), x.Name)) {
			t.Errorf("example %d, %s, was not announced:\n%s", i+1, x.Name, log)
		}
	}
	if d.Command != "demo" || len(checked) != len(Examples) {
		t.Errorf("command %q has results of %d examples, want demo and %d", d.Command, len(checked), len(Examples))
	}
}

var odd = []Example{
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
	d := consoletest.Decode(t, out)
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
	c := &console.Env{Args: []string{"demo"}, Stdout: &out, Stderr: &log}
	if err := consoletest.Run(ctx, c, Command(c, odd)); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if !strings.Contains(log.String(), "interrupted in right, after 0 of 3 examples") {
		t.Errorf("standard error:\n%s", log.String())
	}
}
