package demo

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/cmd/braid/internal/workers"
	"github.com/braid-compute/braid/examples"
)

// knownResults are main results of the examples in their quick sizes.
var knownResults = map[string]float64{
	"squares/MODE/sum of squares":  333833500,
	"squares/MODE/in their places": 1000,
	"mean/MODE/mean":               10_002,
	"lazy/MODE/primes":             78_498,
	"tree/MODE/sum":                524_800,
}

func TestEveryExampleIsRightInEveryMode(t *testing.T) {
	defer goleak.VerifyNone(t)
	out, log, err := call(t, Examples, "demo", "--quick", "--json", "--modes", "processes,serial,goroutines,serial")
	if err != nil {
		t.Fatal(err)
	}
	byCase := map[string]console.Result{}
	checked := map[string]int{}
	for _, r := range consoletest.Decode(t, out).Results {
		byCase[r.Case] = r
		parts := strings.Split(r.Case, "/")
		if r.OK != nil && len(parts) == 3 {
			checked[parts[0]+"/"+parts[1]]++
			if !*r.OK {
				t.Errorf("%s is %v, reference %v, tolerance %v", r.Case, r.Value, *r.Reference, *r.Tolerance)
			}
		}
	}
	for _, x := range Examples {
		if v, _ := byCase[x.Name+"/serial"].Value.(float64); v <= 0 {
			t.Errorf("%s took %v the plain way", x.Name, v)
		}
		for _, mode := range []string{goroutinesMode, processesMode} {
			name := x.Name + "/" + mode
			if v, _ := byCase[name].Value.(float64); v <= 0 || checked[name] == 0 || byCase[name+"/speed-up"].Value == nil {
				t.Errorf("%s took %v, and %d of its results were checked", name, v, checked[name])
			}
			if !strings.Contains(log, ", "+x.Name+", "+mode+"\n") {
				t.Errorf("%s was not announced:\n%s", name, log)
			}
		}
	}
	for name, want := range knownResults {
		for _, mode := range []string{goroutinesMode, processesMode} {
			if have := byCase[strings.Replace(name, "MODE", mode, 1)].Value; have != want {
				t.Errorf("%s in %s is %v, want %v", name, mode, have, want)
			}
		}
	}
	const greatest = 20011.890171057916 // NumPy's
	if have, _ := byCase["cities/processes/greatest distance"].Value.(float64); have < greatest-1e-7 || have > greatest+1e-7 {
		t.Errorf("the greatest distance found in processes is %v, want %v", have, greatest)
	}
}

func TestTheModeOfProcessesHasTwoOtherProcesses(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, x := range Examples {
		o := clientOf(x, processesMode)
		if x.Slots > 0 && o.Processes*o.Slots != x.Slots {
			t.Errorf("%s wants %d slots, and gets %d processes of %d", x.Name, x.Slots, o.Processes, o.Slots)
		}
		if x.Name != "mean" && x.Name != "tree" { // starting takes time, and the options are of two kinds
			continue
		}
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		pids, err := workers.Await(t.Context(), c, o.Processes)
		if err != nil || len(pids) != 2 || pids[0] == pids[1] || slices.Contains(pids, os.Getpid()) {
			t.Errorf("%s: tasks run in processes %v, and this one is %d (%v)", x.Name, pids, os.Getpid(), err)
		}
		for _, pid := range pids {
			if !slices.Contains(c.Pids(), pid) {
				t.Errorf("%s: process %d is none of the client's, %v", x.Name, pid, c.Pids())
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestComparingGoesOnAfterAFailureAndNamesAllThatIsWrong(t *testing.T) {
	out, _, err := call(t, odd, "demo", "--modes", "goroutines,serial")
	const want = "braid demo: of 3 runs, 2 went wrong:\n" +
		"in goroutines: wrong: lost is NaN, the reference 2: off by NaN, of 0 allowed\nfailing, goroutines: no data"
	if err == nil || err.Error() != want {
		t.Errorf("have %v\nwant %s", err, want)
	}
	lines := strings.Split(out, "\n")
	if len(lines) != 5 || !strings.HasSuffix(lines[1], "yes") || !strings.HasSuffix(lines[2], "NO: goroutines") || !strings.HasSuffix(lines[3], "NO: goroutines") {
		t.Errorf("want a line right and two wrong:\n%s", out)
	}
}

func TestAnInterruptedComparisonPrintsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr strings.Builder
	c := &console.Env{Args: []string{"demo", "--modes=goroutines"}, Stdout: &stdout, Stderr: &stderr}
	list := []Example{
		{"right", 1, right},
		{"stuck", 1, func(ctx context.Context, _ *braid.Client, _ examples.Params) (examples.Report, error) {
			cancel()
			return examples.Report{}, ctx.Err()
		}},
	}
	if err := consoletest.Run(ctx, c, Command(c, list)); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if lines := strings.Split(stdout.String(), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "right ") {
		t.Errorf("want the example that was done:\n%s", stdout.String())
	}
	if !strings.Contains(stderr.String(), "interrupted in stuck") {
		t.Errorf("standard error:\n%s", stderr.String())
	}
}
