//go:build unix

package main

import (
	"bytes"
	"os/exec"
	"slices"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
)

// The names of cases are part of the format of the output.
func TestProgramFiguresMeasureSomething(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	if _, err := exec.LookPath("true"); err != nil {
		t.Skip(err)
	}
	measure := func(flags ...string) (out string, said string, err error) {
		var stdout, stderr bytes.Buffer
		args := append([]string{"bench", "programs", "--json", "--quick", "--slots", "1"}, flags...)
		err = (&env{&console.Env{Args: args, Stdout: &stdout, Stderr: &stderr}, nil}).run(t.Context())
		return stdout.String(), stderr.String(), err
	}
	out, said, err := measure("--tasks", "20", "--runs", "1")
	if err != nil {
		t.Fatalf("%v, after\n%s", err, said)
	}
	results := consoletest.Values(consoletest.Decode(t, out))
	for _, name := range []string{"files.us", "captured.us", "journal.us", "submit.us", "resume.seconds", "server.bytes_per_task", "xargs_sh.us", "parallel.us"} {
		r, ok := results["programs."+name]
		if _, err := exec.LookPath("xargs"); !ok || err == nil && r.Value == nil && name != "parallel.us" {
			t.Errorf("%s is %+v", name, r)
		}
		_, floor := results["floor.programs."+name]
		if want := r.Value != nil && !slices.Contains([]string{"resume.seconds", "server.bytes_per_task"}, name); floor != want {
			t.Errorf("%s has a floor: %v, want %v", name, floor, want)
		}
	}
	for _, wrong := range [][]string{{"--tasks", "0"}, {"--runs", "0"}, {"--only", "x"}} {
		if out, _, err := measure(wrong...); err == nil || out != "" {
			t.Errorf("%q is taken: %s", wrong, out)
		}
	}
}
