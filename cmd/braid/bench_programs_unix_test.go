//go:build unix

package main

import (
	"os/exec"
	"slices"
	"testing"
)

// The names of cases are part of the format of the output.
func TestProgramFiguresMeasureSomething(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	p := programsFlags{benchFlags: &benchFlags{slots: 1, quick: true}, tasks: 20, runs: 1}
	if _, err := exec.LookPath("true"); err != nil {
		t.Skip(err)
	}
	figures, err := p.figures()
	if err != nil {
		t.Fatal(err)
	}
	results, said, err := benchJSON(t, t.Context(), figures...)
	if err != nil {
		t.Fatalf("%v, after\n%s", err, said)
	}
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
	for _, wrong := range []programsFlags{{tasks: 0, runs: 1}, {tasks: 1, runs: 0}, {tasks: 1, runs: 1, only: []string{"x"}}} {
		wrong.benchFlags = p.benchFlags
		if _, err := wrong.figures(); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}
