//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// jobTerminal is a terminal with a folder for jobs, and a cluster.
func jobTerminal(t *testing.T, up ...string) (c terminal, braid string) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), "state"))
	c, braid = opened(t)
	c.must(braid, append([]string{"up", "--name", "t", "--slots", "2"}, up...)...)
	return c, braid
}

// counts returns what a command about jobs says with --json.
func (c terminal) counts(braid string, args ...string) map[string]any {
	c.t.Helper()
	var d console.Document
	if err := json.Unmarshal([]byte(c.must(braid, append([]string{"--json"}, args...)...)), &d); err != nil {
		c.t.Fatal(err)
	}
	values := map[string]any{}
	for _, r := range d.Results {
		values[r.Case] = r.Value
	}
	return values
}

// awaitCount waits until a job has so many tasks of a status.
func (c terminal) awaitCount(braid, name string, least float64) {
	c.t.Helper()
	for {
		if n, ok := c.counts(braid, "job", "ls")[name].(float64); ok && n >= least {
			return
		}
		if c.t.Context().Err() != nil {
			c.t.Fatalf("%s does not come to %v", name, least)
		}
	}
}

// countLines counts equal lines of a file.
func countLines(t *testing.T, name string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	n := map[string]int{}
	for line := range strings.Lines(string(text)) {
		n[strings.TrimSpace(line)]++
	}
	return n
}

func TestAJobGoesOnWhereAKilledClusterWas(t *testing.T) {
	tasks := many(300)
	const slots, kills = 2, 2
	c, braid := jobTerminal(t, "--worker-timeout", "1ms")
	t.Chdir(t.TempDir())
	gate := func(n int) { // tasks with greater numbers do not end
		t.Helper()
		if err := errors.Join(os.WriteFile("new", fmt.Appendln(nil, n), 0o600), os.Rename("new", "gate")); err != nil {
			t.Fatal(err)
		}
	}
	gate(tasks / (kills + 1))
	script := `echo $1 >> log; while test $1 -gt "$(cat gate)"; do sleep 0.01; done`
	if id := c.must(braid, "submit", "--array", fmt.Sprintf("1-%d", tasks), "--", "sh", "-c", script, "sh", "{}"); id != "1\n" {
		t.Errorf("the job is %q", id)
	}
	c.must(braid, "submit", "--after", "1", "--name", "next", "--", "wc", "-l", "log")
	for k := range kills {
		last := (k + 1) * tasks / (kills + 1)
		for countLines(t, "log")[strconv.Itoa(last+slots)] == 0 { // then all of the slots wait, and the last ends may be on their way
			if t.Context().Err() != nil {
				t.Fatal("tasks do not begin")
			}
		}
		scheduler, workers := c.pids(braid)
		if err := syscall.Kill(scheduler, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		c.ended(scheduler)
		for _, pid := range workers {
			c.ended(pid)
		}
		values := c.counts(braid, "job", "ls")
		if values["job/1/state"] != "suspended" || values["job/2/state"] != "suspended" {
			t.Errorf("without a cluster the jobs are %v and %v", values["job/1/state"], values["job/2/state"])
		}
		if _, stderr, code := c.run(braid, "submit", "true"); code != console.ExitUnreachable || !strings.Contains(stderr, "is dead") {
			t.Errorf("submit ended with %d: %s", code, stderr)
		}
		gate((k + 2) * tasks / (kills + 1))
		c.must(braid, "up", "--name", "t", "--slots", strconv.Itoa(slots), "--worker-timeout", "1ms")
	}
	c.must(braid, "job", "wait", "all")
	values := c.counts(braid, "job", "ls")
	if values["job/1/done"] != float64(tasks) || values["job/2/state"] != "done" {
		t.Errorf("in the end %v tasks are done, and the next job is %v", values["job/1/done"], values["job/2/state"])
	}
	runs, twice := countLines(t, "log"), 0
	for n := range tasks {
		switch r := runs[strconv.Itoa(n+1)]; {
		case r == 0:
			t.Errorf("task %d was not run", n+1)
		case r > 1:
			twice += r - 1
		}
	}
	if twice > kills*slots { // only what was running
		t.Errorf("%d tasks ran again after %d kills", twice, kills)
	}
	if out := c.must(braid, "job", "logs", "next"); !strings.HasPrefix(strings.TrimSpace(out), strconv.Itoa(tasks+twice)+" ") {
		t.Errorf("the next job counted %s, and there are %d", out, tasks+twice)
	}
}

func TestAFailureIsShownAndTriedAgain(t *testing.T) {
	c, braid := jobTerminal(t)
	flag := filepath.Join(t.TempDir(), "flag")
	c.must(braid, "submit", "--name", "fit", "--retries", "1", "--env", "WHO=task {#}", "--", "sh", "-c",
		"echo $WHO; test {} != b && exit 0; echo bad >&2; test -e "+flag, ":::", "a", "b", "c")
	c.must(braid, "submit", "--after", "fit", "--name", "plot", "true")
	_, stderr, code := c.run(braid, "job", "wait", "all")
	if code != 1 || !strings.Contains(stderr, "job 1 (fit) is failed: 1 task failed") || !strings.Contains(stderr, "job 2 (plot) is blocked: it comes after job 1 (fit), which is failed") {
		t.Errorf("wait ended with %d: %s", code, stderr)
	}
	if stdout, stderr, _ := c.run(braid, "job", "logs", "fit", "--failed"); stdout != "task 2\n" || stderr != "bad\n" {
		t.Errorf("what failed printed %q and %q", stdout, stderr)
	}
	if out := c.must(braid, "job", "info", "fit", "--task", "2"); !strings.Contains(out, "with exit code 1, at attempt 2") {
		t.Errorf("info says %s", out)
	}
	if out := c.must(braid, "job", "explain", "plot"); !strings.Contains(out, "job retry 1") {
		t.Errorf("explain says %s", out)
	}
	if err := os.WriteFile(flag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := c.must(braid, "job", "retry", "fit"); out != "job 1 (fit): 1 task to be run again\n" {
		t.Errorf("retry says %q", out)
	}
	c.must(braid, "job", "wait", "all")
	usage := c.counts(braid, "job", "usage", "fit")
	if usage["job/1/ended"] != 3.0 || usage["job/1/cores_asked"] != 1.0 || usage["job/1/cpu"].(float64) <= 0 {
		t.Errorf("usage says %v", usage)
	}
	if out := c.must(braid, "job", "info", "fit"); !strings.Contains(out, "3 done, 0 failed") || !strings.Contains(out, "sh -c") {
		t.Errorf("info says %s", out)
	}
	c.must(braid, "job", "rm", "all")
	if out := c.must(braid, "job", "ls"); out != "no jobs\n" {
		t.Errorf("there is %s", out)
	}
}

func TestCancellingAJobEndsItsProcesses(t *testing.T) {
	c, braid := jobTerminal(t)
	pid := filepath.Join(t.TempDir(), "pid")
	c.must(braid, "submit", "--array", "1-3", "--", "sh", "-c", "echo $$ >> "+pid+"; exec sleep 1000", "{}")
	c.awaitCount(braid, "job/1/running", 1)
	var first int
	for first == 0 {
		text, _ := os.ReadFile(pid)
		line, _, whole := strings.Cut(string(text), "\n")
		if first, _ = strconv.Atoi(line); !whole {
			first = 0
		}
	}
	if _, stderr, code := c.run(braid, "job", "wait", "--timeout", "10ms"); code != console.ExitTimeout || !strings.Contains(stderr, "not over after 10ms") {
		t.Errorf("wait ended with %d: %s", code, stderr)
	}
	if _, stderr, code := c.run(braid, "down", "--name", "t"); code != 1 || !strings.Contains(stderr, "attached") {
		t.Errorf("down ended with %d: %s", code, stderr)
	}
	if out := c.must(braid, "job", "explain", "1", "--task", "1"); !strings.Contains(out, "worker-0") {
		t.Errorf("explain says %s", out)
	}
	if out := c.must(braid, "job", "cancel", "1"); out != "job 1 (sh): 3 tasks cancelled\n" {
		t.Errorf("cancel says %q", out)
	}
	c.ended(first)
	if _, stderr, code := c.run(braid, "job", "wait"); code != 1 || !strings.Contains(stderr, "job 1 (sh) is cancelled") {
		t.Errorf("wait ended with %d: %s", code, stderr)
	}
}

func TestOutputIsFollowedAsItComes(t *testing.T) {
	c, braid := jobTerminal(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c.must(braid, "submit", "--stdin-file", pipe, "--", "sh", "-c", "echo begun; cat")
	logs := exec.CommandContext(t.Context(), braid, "job", "logs", "-f")
	logs.Env = append(os.Environ(), "TMPDIR="+c.dir, "BRAID_ADDRESS=t", "GORACE=atexit_sleep_ms=0")
	out, err := logs.StdoutPipe()
	if err == nil {
		err = logs.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for _, want := range []string{"begun", "more"} {
		if !lines.Scan() || lines.Text() != want {
			t.Errorf("it prints %q, want %q", lines.Text(), want)
		}
		if want == "begun" {
			fmt.Fprintln(w, "more")
		}
	}
	w.Close()
	if lines.Scan() {
		t.Errorf("it goes on with %q", lines.Text())
	}
	if err := logs.Wait(); err != nil {
		t.Error(err)
	}
}

func TestTheJobFileOfThePageRuns(t *testing.T) {
	page, err := os.ReadFile("../../docs/jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("docs/jobs.md has no job file")
	}
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("there is no awk here")
	}
	c, braid := jobTerminal(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("pi.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := c.must(braid, "submit", "--file", "pi.yaml", "--wait"); out != "1\n2\n3\n" {
		t.Errorf("the jobs are %q", out)
	}
	report, err := os.ReadFile("report.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(report)) {
		fields := strings.Fields(line)
		pi, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil || pi < 3 || pi > 3.3 {
			t.Errorf("the report says %s", line)
		}
	}
	if n := len(countLines(t, "report.txt")); n != 2 {
		t.Errorf("the report has %d lines: %s", n, report)
	}
}

func TestAClusterOnWhichAJobRanIsIdleAfterwards(t *testing.T) {
	c, braid := jobTerminal(t)
	_, stderr, _ := c.run(braid, "submit", "--name", "nothing", "--wait", "true")
	if want := regexp.MustCompile(`(?m)^job \d+, nothing: 1 task done in .+; \d\.\d at once, each with \d\.\d\d of 1 cores used \(\d+ %\)$`); !want.MatchString(stderr) {
		t.Errorf("at the end it said\n%s", stderr)
	}
	for c.counts(braid, "status", "--name", "t")["t/programs"] != 0.0 {
		if t.Context().Err() != nil {
			t.Fatal("a program is attached for ever")
		}
	}
	c.must(braid, "down", "--name", "t")
	if out := c.must(braid, "job", "ls"); !strings.Contains(out, "done") { // from the files
		t.Errorf("without a cluster the jobs are %s", out)
	}
	if _, stderr, code := c.run(braid, "job", "cancel", "1"); code != console.ExitNotFound {
		t.Errorf("cancel ended with %d: %s", code, stderr)
	}
}

func TestATaskOnSeveralNodes(t *testing.T) {
	c, braid := jobTerminal(t, "--processes", "2", "--slots", "1", "--resources", "gpu=1")
	c.must(braid, "submit", "--nodes", "2", "--gpus", "1", "--array", "1-2", "--wait", "--", "sh", "-c", "echo $BRAID_NODES $CUDA_VISIBLE_DEVICES; wc -l <$BRAID_NODE_FILE")
	for task := range 2 {
		if out := strings.Fields(c.must(braid, "job", "logs", "last", "--task", strconv.Itoa(task+1))); strings.Join(out, " ") != "2 0 2" {
			t.Errorf("task %d printed %q", task+1, out)
		}
	}
	if out := c.must(braid, "job", "info", "last"); !strings.Contains(out, "1 core, 1 GPUs, each on 2 nodes") {
		t.Errorf("info says %s", out)
	}
	if _, stderr, code := c.run(braid, "submit", "--nodes", "3", "--wait", "true"); code != 1 || !strings.Contains(stderr, "needs 3 slots at once, and there are 2, on 2 workers") {
		t.Errorf("a task on more nodes than there are ended with %d: %s", code, stderr)
	}
	if _, stderr, code := c.run(braid, "submit", "--nodes", "0", "true"); code != console.ExitUsage || !strings.Contains(stderr, "--nodes=0 is impossible") {
		t.Errorf("a task on no node ended with %d: %s", code, stderr)
	}
}

func TestATaskOnSeveralNodesBeginsAnewWithoutOneOfThem(t *testing.T) {
	c, braid := jobTerminal(t, "--processes", "2", "--slots", "1")
	log := filepath.Join(t.TempDir(), "log")
	c.must(braid, "submit", "--nodes", "2", "--", "sh", "-c", `echo $PPID >>"$1"; test $(wc -l <"$1") -gt 1 || exec sleep 1000`, "sh", log)
	for len(countLines(t, log)) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("it does not begin")
		}
	}
	first := countLines(t, log)
	_, workers := c.pids(braid)
	for _, pid := range workers {
		if first[strconv.Itoa(pid)] == 0 { // it only keeps free what the task needs
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.must(braid, "job", "wait", "1")
	if text, err := os.ReadFile(log); err != nil || strings.Count(string(text), "\n") != 2 {
		t.Errorf("its program was started by %q, %v", text, err)
	}
}
