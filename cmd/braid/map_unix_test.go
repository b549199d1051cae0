//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mapProcess is braid map in a process of its own, whose standard output is read line by line.
type mapProcess struct {
	*exec.Cmd
	out    *bufio.Scanner
	stderr bytes.Buffer
}

func startMap(t *testing.T, args ...string) *mapProcess {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &mapProcess{Cmd: exec.CommandContext(ctx, self)}
	p.Args = append([]string{"braid", "map"}, args...)       // TestMain goes by the name
	p.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // the race detector would wait a second for other threads
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	return p
}

// line reads the next line.
func (p *mapProcess) line(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		p.Wait()
		t.Fatalf("standard output has ended (%v); standard error:\n%s", p.out.Err(), p.stderr.String())
	}
	return p.out.Text()
}

// end reads what is left and returns the exit code.
func (p *mapProcess) end(t *testing.T) int {
	t.Helper()
	for p.out.Scan() {
	}
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// many is how many tasks are run in a test of kills: BRAID_LONG=1 runs 10,000.
func many(quick int) int {
	if os.Getenv("BRAID_LONG") != "" {
		return 10_000
	}
	return quick
}

func TestAKilledMapGoesOnWhereItWas(t *testing.T) {
	tasks := many(500)
	const slots = 3
	dir := t.TempDir()
	log, list, journal := filepath.Join(dir, "log"), filepath.Join(dir, "list"), filepath.Join(dir, "journal")
	var numbers strings.Builder
	for i := range tasks {
		fmt.Fprintln(&numbers, i)
	}
	if err := os.WriteFile(list, []byte(numbers.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", strconv.Itoa(slots), "--ndjson", "--journal", journal, "-a", list, "echo {} >> " + log}
	const kills = 3
	for range kills {
		p := startMap(t, args...)
		for fresh := 0; fresh < tasks/(kills+2); {
			line := p.line(t)
			if strings.Contains(line, `"ok":true`) && !strings.Contains(line, `"earlier":true`) {
				fresh++
			}
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.end(t)
	}
	before, began := doneTasks(t, journal), 0
	for _, n := range countLines(t, log) {
		began += n
	}
	if code := startMap(t, args...).end(t); code != 0 {
		t.Errorf("the last run ended with %d", code)
	}
	runs := countLines(t, log)
	all := 0
	for _, n := range runs {
		all += n
	}
	if all-began != tasks-before {
		t.Errorf("the last run has run %d tasks, and %d were missing", all-began, tasks-before)
	}
	twice := 0
	for i := range tasks {
		switch n := runs[strconv.Itoa(i)]; {
		case n == 1:
		case n > 1:
			twice += n - 1
		default:
			t.Errorf("task %d was never run", i)
		}
	}
	// A task that was running when its run was killed is missing, though it may have done its work.
	if len(runs) != tasks || twice > kills*slots {
		t.Errorf("%d tasks were run, and %d more times than once; want %d and at most %d", len(runs), twice, tasks, kills*slots)
	}
	if after := doneTasks(t, journal); before == 0 || after != tasks {
		t.Errorf("the journal has %d tasks before the last run and %d after it", before, after)
	}
}

// doneTasks counts the records of tasks that succeeded, each key once.
func doneTasks(t *testing.T, journal string) int {
	t.Helper()
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 3 && fields[0] == "end" && fields[3] == "exit=0" && strings.HasSuffix(line, "\n") {
			keys[fields[1]] = true
		}
	}
	return len(keys)
}

// gone waits until a process has ended; a zombie has.
func gone(t *testing.T, pid string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		_, after, _ := bytes.Cut(stat, []byte(") "))
		if err != nil || len(after) == 0 || after[0] == 'Z' || after[0] == 'X' {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("process %s is still there: %s", pid, stat)
		case <-ticker.C:
		}
	}
}

func onLinux(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("asks /proc who is still there")
	}
}

func TestNothingOutlivesAKilledMap(t *testing.T) {
	onLinux(t)
	// By the time it prints, the guard has been started.
	p := startMap(t, "--live", "sleep 1000 & sleep 1; echo $$ $!; wait; : {}", ":::", "x")
	pids := strings.Fields(strings.TrimPrefix(p.line(t), "[1] "))
	if len(pids) != 2 {
		t.Fatalf("%q", pids)
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		gone(t, pid)
	}
	p.end(t)
}

func TestAnInterruptedMapSaysHowToGoOn(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "j")
	p := startMap(t, "-n", "2", "--journal", journal, "[ {} = 0 ] || sleep 1000; echo {}", ":::", "0", "1", "2", "3")
	if line := p.line(t); line != "0" {
		t.Errorf("%q", line)
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := p.end(t)
	stderr := p.stderr.String()
	if !strings.Contains(stderr, "no more tasks start, and those that run are asked to end; interrupt once more") {
		t.Errorf("nothing is said of the interrupt:\n%s", stderr)
	}
	if code != 130 || !strings.Contains(stderr, "1 of 4 tasks done, 3 not run") || !strings.Contains(stderr, "the same command again runs what is missing; what is done stands in "+journal) {
		t.Errorf("exit code %d, standard error:\n%s", code, stderr)
	}
	if n := doneTasks(t, journal); n != 1 {
		t.Errorf("the journal has %d tasks that are done, want 1", n)
	}
}

func TestASecondSignalKillsAMap(t *testing.T) {
	onLinux(t)
	p := startMap(t, "--live", "trap 'echo stubborn' TERM; sleep 1000 & echo $$ $!; while :; do wait; sleep 0.1; done; : {}", ":::", "x")
	pids := strings.Fields(strings.TrimPrefix(p.line(t), "[1] "))
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(p.line(t), "stubborn") {
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 130 || !strings.Contains(p.stderr.String(), "interrupted once more, so the program ends at once") {
		t.Errorf("exit code %d, standard error:\n%s", code, p.stderr.String())
	}
	for _, pid := range pids {
		gone(t, pid)
	}
}

func TestAMillionArguments(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, bytes.Repeat([]byte("x\n"), 1_000_000), 0o644); err != nil {
		t.Fatal(err)
	}
	p := startMap(t, "-n", "1", "--halt", "now,done=1", "-a", list, "true {}")
	if code := p.end(t); code != 0 || !strings.Contains(p.stderr.String(), "1 of 1,000,000 tasks done, 999,999 not run") {
		t.Errorf("exit code %d: %s", code, p.stderr.String())
	}
}

func TestTheSweepOfTheExamples(t *testing.T) {
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("there is no awk here")
	}
	dir := filepath.Join("..", "..", "examples", "sweep")
	p := startMap(t, "-k", "--csv", filepath.Join(dir, "runs.csv"), "--",
		"awk", "-v", "name={name}", "-v", "gamma={gamma}", "-v", "time={3}", "-f", filepath.Join(dir, "oscillator.awk"), ":::", "1", "5", "10")
	for _, c := range []struct {
		name  string
		gamma float64
	}{{"free", 0}, {"weak", 0.1}, {"half", 0.5}, {"strong", 0.9}, {"almost critical", 0.99}} {
		for _, at := range []float64{1, 5, 10} {
			line := p.line(t)
			rest, ok := strings.CutPrefix(line, fmt.Sprintf("%s %v ", c.name, at))
			got, err := strconv.ParseFloat(rest, 64)
			omega := math.Sqrt(1 - c.gamma*c.gamma)
			want := math.Exp(-c.gamma*at) * (math.Cos(omega*at) + c.gamma/omega*math.Sin(omega*at))
			if !ok || err != nil || math.Abs(got-want) > 1e-8 {
				t.Errorf("%q, want %s at %v: %.9f", line, c.name, at, want)
			}
		}
	}
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr.String())
	}
}

func TestTheFolderOfTheExamples(t *testing.T) {
	if _, err := exec.LookPath("gzip"); err != nil {
		t.Skip("there is no gzip here")
	}
	pages, err := filepath.Abs(filepath.Join("..", "..", "docs", "decisions", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(pages)
	if err != nil || len(files) == 0 {
		t.Fatal(err, "there are no pages")
	}
	t.Chdir(t.TempDir())
	p := startMap(t, "-k", "--glob", pages, "gzip -c {} >{/.}.gz && gzip -dc {/.}.gz | wc -c")
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if line := p.line(t); strings.TrimSpace(line) != strconv.FormatInt(info.Size(), 10) {
			t.Errorf("%s has %q bytes, and is %d", file, line, info.Size())
		}
	}
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr.String())
	}
}
