//go:build unix

package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
)

func TestBuildsWithFunctionsOfOneNameEachRunTheirOwn(t *testing.T) {
	var output buffer
	cluster := start(t, local.Options{Processes: 2, Slots: 1, Output: &output})
	own := open(t, cluster)
	var all sync.WaitGroup
	results := make([]map[string]string, 2)
	for k, build := range []string{"one", "other"} {
		guest(t, cluster, build) // both are built before
		all.Go(func() { results[k] = said(t, cluster, build, "which") })
	}
	v, err := braid.Submit(t.Context(), own, which.Call(braid.V(0))).Get(t.Context())
	if err != nil || v != "the cluster's own" {
		t.Errorf("the cluster's own build: %q, %v", v, err)
	}
	all.Wait()
	for k, build := range []string{"one", "other"} {
		for name, want := range map[string]string{
			"which": "[" + build + "]", "join": build + "+" + build + "3", "hook": "prepared", "isolated": build,
		} {
			if got := results[k][name]; got != want {
				t.Errorf("build %s: %s is %q, want %q", build, name, got, want)
			}
		}
	}
	if v, err = braid.Submit(t.Context(), own, which.Call(braid.V(0))).Get(t.Context()); err != nil || v != "the cluster's own" {
		t.Errorf("the cluster's own build, afterwards: %q, %v", v, err)
	}
	admitted, err := codes(cluster)
	if err != nil || len(admitted) != 2 {
		t.Errorf("the cluster keeps %v, %v; want one file for each build", admitted, err)
	}
	for _, path := range admitted {
		if info, err := os.Stat(path); err != nil || info.Mode() != 0o500 {
			t.Errorf("%s has mode %v, %v; want 0500", path, info.Mode(), err)
		}
	}
	if err := cluster.Close(); err != nil {
		t.Error(err)
	}
	for _, build := range []string{"one", "other"} {
		if !strings.Contains(output.String(), ": said by "+build+"\n") {
			t.Errorf("what tasks of build %s print is not in the output of the workers: %q", build, output.String())
		}
	}
}

func TestRunnersAreKeptAndFew(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 2})
	var first, second []int
	lines := said(t, cluster, "one", "pids", "pids")
	scan(t, lines["pids"], &first)
	scan(t, said(t, cluster, "one", "pids")["pids"], &second) // another client
	if len(first) == 0 || len(first) > 2 || len(second) > 2 {
		t.Errorf("tasks ran in processes %v and %v, and the worker has 2 slots", first, second)
	}
	for _, p := range second {
		if len(first) == 2 && p != first[0] && p != first[1] {
			t.Errorf("a second client's tasks ran in process %d, and there were %v", p, first)
		}
		if p == pids(cluster)[0] {
			t.Errorf("a task of another build ran in worker %d", p)
		}
	}
}

// codes returns the files of the programs that a cluster has admitted.
func codes(cluster *local.Cluster) ([]string, error) {
	return filepath.Glob(filepath.Join(filepath.Dir(cluster.Address()), "code", strings.Repeat("[0-9a-f]", 64)))
}

// scan reads "[1 2 3]".
func scan(t *testing.T, text string, list *[]int) {
	t.Helper()
	for _, field := range strings.Fields(strings.Trim(text, "[]")) {
		var n int
		if _, err := fmt.Sscan(field, &n); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		*list = append(*list, n)
	}
}

func TestFailuresInRunnersAreLikeThoseInWorkers(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 2})
	lines := said(t, cluster, "one", "errors", "deaths", "which")
	for name, words := range map[string][]string{
		"fail":     {"true"}, // a registered error is found
		"text":     {"guest/fail", "main.go:", "asked of one: there are no data"},
		"boom":     {"true"}, // the stack is there
		"panic":    {"guest/boom", "panic: boom one"},
		"children": {"one"},
		"limit":    {"true"},
		"die2":     {"alive after 2 deaths"},
		"die3":     {"3 processes ended while they ran it", "SIGKILL"},
		"which":    {"[one]"},
	} {
		for _, w := range words {
			if !strings.Contains(lines[name], w) {
				t.Errorf("%s: %q does not say %q", name, lines[name], w)
			}
		}
	}
	if n := len(cluster.Workers()); n != 1 {
		t.Errorf("there are %d workers", n)
	}
}

// With a single slot the children of a task can run only in the slot that it yields while it waits.
func TestTasksInRunnersYieldTheirSlotToTheirChildren(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	lines := said(t, cluster, "one", "nested", "which")
	for name, words := range map[string]string{
		"nested3":   "done",
		"nested100": "processes of one program here already",
		"which":     "[one]",
	} {
		if !strings.Contains(lines[name], words) {
			t.Errorf("%s: %q does not say %q", name, lines[name], words)
		}
	}
}

// The members meet across workers, and again after one of them has lost its process.
func TestTasksInRunnersMeetTheirGang(t *testing.T) {
	cluster := start(t, local.Options{Processes: 2, Slots: 2})
	lines := said(t, cluster, "one", "gang", "which", "gang")
	for name, words := range map[string]string{
		"gang":     "[[123 123 123]]",
		"deserted": "exited with code 3",
		"which":    "[one]",
	} {
		if !strings.Contains(lines[name], words) {
			t.Errorf("%s: %q does not say %q", name, lines[name], words)
		}
	}
}

// began waits for a task of the guest program and returns the process that it runs in.
func began(t *testing.T, dir string) int {
	t.Helper()
	for t.Context().Err() == nil {
		files, err := filepath.Glob(filepath.Join(dir, "began-*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 0 {
			var list []int
			scan(t, strings.TrimPrefix(filepath.Base(files[0]), "began-"), &list)
			return list[0]
		}
		<-time.After(time.Millisecond)
	}
	t.Fatal("the task did not begin")
	return 0
}

func TestCancellationReachesARunner(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	dir := t.TempDir()
	cmd := guest(t, cluster, "one", "wait", "which")
	cmd.Env = append(cmd.Env, "WAIT="+dir)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	began(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "cancelled") || !strings.Contains(out.String(), "which: [one]") {
		t.Errorf("%v: %s", err, out.String())
	}
	if text, err := os.ReadFile(filepath.Join(dir, "ended")); err != nil || string(text) != "context canceled" {
		t.Errorf("the function's context ended with %q, %v", text, err)
	}
}

func TestRunnersEndWithTheirWorker(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	dir := t.TempDir()
	cmd := guest(t, cluster, "one", "wait")
	cmd.Env = append(cmd.Env, "WAIT="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	runner := began(t, dir)
	kill(t, pids(cluster)[0])
	awaitEnd(t, runner)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil { // it runs on the next worker by now, or will
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestACodeFileThatWasChangedIsNotRun(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	said(t, cluster, "one", "which")
	said(t, cluster, "other", "which")
	files, err := codes(cluster)
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, p := range pids(cluster) { // and its runners, which have the files open
		kill(t, p)
		awaitEnd(t, p)
	}
	a, b := files[0], files[1]
	for _, step := range [][2]string{{a, b + ".x"}, {b, a}, {b + ".x", b}} { // each has the other's name now
		if err := os.Rename(step[0], step[1]); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range said(t, cluster, "one", "which") {
		if !strings.Contains(text, "it was changed, and is not run") {
			t.Errorf("a program whose file was changed: %s is %q", name, text)
		}
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if text := said(t, cluster, "one", "which")["which"]; text != "[one]" { // it is given again
		t.Errorf("a program whose file was removed: %q", text)
	}
	v, err := braid.Submit(t.Context(), open(t, cluster), which.Call(braid.V(0))).Get(t.Context())
	if err != nil || v != "the cluster's own" {
		t.Errorf("the cluster's own build: %q, %v", v, err)
	}
}
