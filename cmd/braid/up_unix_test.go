//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// terminal runs programs with a directory for temporary files of its own.
type terminal struct {
	t   *testing.T
	dir string // short, as sockets are in it
}

// opened returns a terminal, and the path of braid, which is this test binary. A cluster with the name t ends with the test.
func opened(t *testing.T) (c terminal, braid string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "up")
	if err != nil {
		t.Fatal(err)
	}
	c, braid = terminal{t, dir}, filepath.Join(dir, "braid") // TestMain goes by the name
	self, err := os.Executable()
	if err := errors.Join(err, os.Symlink(self, braid)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		down := exec.Command(braid, "down", "--name", "t", "--force")
		down.Env = append(os.Environ(), "TMPDIR="+dir)
		_ = down.Run() // mostly there is none any more
		os.RemoveAll(dir)
	})
	return c, braid
}

// rebuilt returns the path of another build of a program: another hash is what makes it one.
func (c terminal) rebuilt(path string) string {
	c.t.Helper()
	text, err := os.ReadFile(path)
	other := filepath.Join(c.dir, "other", filepath.Base(path))
	if err := errors.Join(err, os.Mkdir(filepath.Dir(other), 0o700), os.WriteFile(other, append(text, 0), 0o700)); err != nil {
		c.t.Fatal(err)
	}
	return other
}

// run runs a program and returns what it prints and its exit code.
func (c terminal) run(path string, args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+c.dir, "BRAID_ADDRESS=t", "GORACE=atexit_sleep_ms=0")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// must is run of what ends well.
func (c terminal) must(path string, args ...string) string {
	c.t.Helper()
	stdout, stderr, code := c.run(path, args...)
	if code != 0 {
		c.t.Fatalf("%s %q ended with %d:\n%s%s", path, args, code, stdout, stderr)
	}
	return stdout
}

// pids returns those of the cluster t: the scheduler's, and those of the workers by their numbers.
func (c terminal) pids(braid string) (scheduler int, workers map[string]int) {
	c.t.Helper()
	var d console.Document
	if err := json.Unmarshal([]byte(c.must(braid, "status", "--name", "t", "--json")), &d); err != nil {
		c.t.Fatal(err)
	}
	workers = make(map[string]int)
	for _, r := range d.Results {
		n, _ := r.Value.(float64)
		switch worker, ok := strings.CutSuffix(r.Case, "/pid"); {
		case r.Case == "t/pid":
			scheduler = int(n)
		case ok && strings.HasPrefix(worker, "t/worker/"):
			workers[worker] = int(n)
		}
	}
	return scheduler, workers
}

// lives reports whether a process is there, and no zombie of which somebody else has to take notice. (proc_pid_stat(5).)
func lives(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, ok := strings.Cut(string(stat), ") ")
	return !ok || !strings.HasPrefix(state, "Z")
}

// ended waits until processes are gone.
func (c terminal) ended(pids ...int) {
	c.t.Helper()
	for _, pid := range pids {
		for lives(pid) {
			select {
			case <-time.After(time.Millisecond):
			case <-c.t.Context().Done():
				c.t.Fatalf("process %d lives", pid)
			}
		}
	}
}

func TestAClusterOutlivesItsPrograms(t *testing.T) {
	c, braid := opened(t)
	mean := filepath.Join(c.dir, "mean")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", mean, "../../examples/mean/main")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // or, in a test under the race detector, everything is compiled once more
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build an example: %v\n%s", err, out)
	}
	c.must(braid, "up", "--name", "t", "--processes", "2", "--slots", "1")
	if out := c.must(mean); !strings.Contains(out, "mean") {
		t.Errorf("the first program: %s", out)
	}
	scheduler, before := c.pids(braid)
	if len(before) != 2 || !lives(scheduler) {
		t.Fatalf("scheduler %d and workers %v", scheduler, before)
	}
	all := []int{scheduler}
	var killed string
	for worker, pid := range before {
		killed, all = worker, append(all, pid)
	}
	if err := syscall.Kill(before[killed], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.ended(before[killed])
	if out := c.must(mean); !strings.Contains(out, "mean") {
		t.Errorf("the second program: %s", out)
	}
	var after map[string]int
	for len(after) != 2 || after[killed] != 0 { // another worker takes its place
		_, after = c.pids(braid)
	}
	for _, pid := range after {
		all = append(all, pid)
	}

	other := c.rebuilt(braid)
	if _, stderr, code := c.run(other, "worker", "start", "--slots", "1"); code != 1 || !strings.Contains(stderr, "the workers of this cluster run another program") {
		t.Errorf("a worker of another build ended with %d: %s", code, stderr)
	}
	if out := c.must(other, "status"); !strings.Contains(out, "workers  2 with 2 slots") { // BRAID_ADDRESS says which
		t.Errorf("another build of braid sees %s", out)
	}

	if out := c.must(braid, "down", "--name", "t"); !strings.HasPrefix(out, "cluster t: ended in ") {
		t.Errorf("down says %s", out)
	}
	for _, pid := range all {
		if lives(pid) {
			t.Errorf("process %d of %v lives", pid, all)
		}
	}
	if left, err := filepath.Glob(filepath.Join(c.dir, "braid-*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestAClusterThatIsKilledIsSeenToBeDead(t *testing.T) {
	c, braid := opened(t)
	c.must(braid, "up", "--name", "t", "--processes", "2", "--slots", "1", "--worker-timeout", "1ms")
	scheduler, workers := c.pids(braid)
	if err := syscall.Kill(scheduler, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.ended(scheduler)
	for _, pid := range workers {
		c.ended(pid)
	}
	stdout, stderr, code := c.run(braid, "status", "--name", "t")
	if code != console.ExitUnreachable || !strings.Contains(stdout, fmt.Sprintf("cluster t: it is dead: process %d ended without a word ", scheduler)) {
		t.Errorf("status ended with %d: %s%s", code, stdout, stderr)
	}
	if _, stderr, code := c.run(braid, "worker", "start"); code != 1 || !strings.Contains(stderr, `the cluster "t" is dead`) {
		t.Errorf("a worker ended with %d: %s", code, stderr)
	}
	c.must(braid, "up", "--name", "t", "--slots", "1") // in its place
	next, _ := c.pids(braid)
	if next == scheduler || !lives(next) {
		t.Errorf("the next scheduler is process %d", next)
	}
	if err := syscall.Kill(next, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.ended(next)
	if out := c.must(braid, "down", "--name", "t"); !strings.Contains(out, "what was left of it is removed") {
		t.Errorf("down says %s", out)
	}
	if left, err := filepath.Glob(filepath.Join(c.dir, "braid-*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestSIGTERMEndsAClusterInOrder(t *testing.T) {
	c, braid := opened(t)
	c.must(braid, "up", "--name", "t", "--slots", "1")
	scheduler, workers := c.pids(braid)
	if err := syscall.Kill(scheduler, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.ended(scheduler)
	for _, pid := range workers {
		c.ended(pid)
	}
	if _, stderr, code := c.run(braid, "status", "--name", "t"); code != console.ExitNotFound {
		t.Errorf("status ended with %d: %s", code, stderr)
	}
	if left, err := filepath.Glob(filepath.Join(c.dir, "braid-*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestAClusterIsNotEndedUnderItsPrograms(t *testing.T) {
	c, braid := opened(t)
	c.must(braid, "up", "--name", "t", "--slots", "1")
	program := exec.CommandContext(t.Context(), braid)
	program.Args = []string{"attached"} // TestMain goes by the name
	program.Env = append(os.Environ(), "TMPDIR="+c.dir, "BRAID_ADDRESS=t", "GORACE=atexit_sleep_ms=0")
	var problems bytes.Buffer
	program.Stderr = &problems
	stdout, err := program.StdoutPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(stdout); !lines.Scan() || lines.Text() != "begun" {
		t.Errorf("standard output begins with %q, want \"begun\"", lines.Text())
	}
	var out string
	for !strings.Contains(out, "test/forever") { // the tasks are on their way
		out = c.must(braid, "status", "--name", "t")
	}
	for _, want := range []string{
		"workers 1 with 1 slot, 3 tasks assigned", "programs 1 attached", fmt.Sprintf("attached pid %d 1 run attached for", program.Process.Pid),
		"test/forever 0 of 3 done 0 failed 0 cancelled",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("status does not say %q:\n%s", want, out)
		}
	}
	who := fmt.Sprintf("attached (pid %d)", program.Process.Pid)
	if _, stderr, code := c.run(braid, "down", "--name", "t"); code != 1 || !strings.Contains(stderr, who+" is attached; end that first, or use --force") {
		t.Errorf("down ended with %d: %s", code, stderr)
	}
	if out := c.must(braid, "down", "--name", "t", "--force"); !strings.Contains(out, "; cancelled: 3 tasks of "+who) {
		t.Errorf("by force: %s", out)
	}
	if err := program.Wait(); err == nil || !strings.Contains(problems.String(), "the cluster was ended from outside") {
		t.Errorf("the program ended with %v: %s", err, problems.String())
	}
}
