//go:build unix

package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// run runs a script in a slot, on a thread of its own, and returns what it wrote.
func run(t *testing.T, p Program, script string, args ...string) (r Result, stdout, stderr string) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here")
	}
	table, err := NewTable(1)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var captures [2]*Capture
	for i := range captures {
		if captures[i], err = NewCapture(1<<16, 1, i); err != nil {
			t.Fatal(err)
		}
		defer captures[i].Close()
	}
	if p.Path == "" {
		p.Path, p.Argv = sh, append([]string{"sh", "-c", script, "sh"}, args...)
	}
	p.Env = os.Environ()
	p.Stdin, p.Stdout, p.Stderr = int(null.Fd()), captures[0].FD(), captures[1].FD()
	done := make(chan Result)
	go func() {
		runtime.LockOSThread()
		done <- NewSlot(0, table).Run(&p, captures[:]...)
	}()
	r = <-done
	out, _, err := captures[0].Take()
	if err != nil {
		t.Error(err)
	}
	errs, _, err := captures[1].Take()
	if err != nil {
		t.Error(err)
	}
	return r, string(out), string(errs)
}

func TestHowProgramsEnd(t *testing.T) {
	for script, want := range map[string]Result{
		"exit 0":     {},
		"exit 7":     {Code: 7},
		"kill -9 $$": {Code: -1, Signal: 9},
		"sleep 100":  {Code: -1, Signal: 15, Why: TimeLimit},
		"trap 'exit 3' TERM; while :; do sleep 0.01; done": {Code: 3, Why: TimeLimit},
		"trap '' TERM; while :; do sleep 0.01; done":       {Code: -1, Signal: 9, Why: TimeLimit},
		"kill -STOP $$; exit 4":                            {Code: -1, Signal: 15, Why: TimeLimit},
	} {
		p := Program{Grace: time.Minute}
		if want.Why == TimeLimit {
			p.Time = 50 * time.Millisecond
		}
		if strings.HasPrefix(script, "trap") {
			p.Time = time.Second // for the trap to be set
		}
		if want.Signal == 9 {
			p.Grace = 50 * time.Millisecond
		}
		r, _, stderr := run(t, p, script)
		if r.Code != want.Code || r.Signal != want.Signal || r.Why != want.Why || r.Err != nil {
			t.Errorf("%s: %+v %q, want %+v", script, r, stderr, want)
		}
	}
}

func TestAProgramThatHasLeftItsGroupIsStopped(t *testing.T) {
	perl, err := exec.LookPath("perl")
	if err != nil {
		t.Skip("there is no perl here")
	}
	r, _, _ := run(t, Program{
		Path: perl, Argv: []string{"perl", "-e", "setpgrp(0, getpgrp(getppid)) and sleep 1000; exit 3"}, Time: time.Second, Grace: time.Minute,
	}, "")
	if r.Signal != 15 || r.Why != TimeLimit {
		t.Errorf("%+v", r)
	}
}

func TestArgumentsAndOutputAreKeptByteForByte(t *testing.T) {
	for _, arg := range []string{"", "a b", "it's\n\xff\"$x", strings.Repeat("x", 100_000)} {
		r, stdout, stderr := run(t, Program{}, `printf '<%s>' "$1"; printf '[%s]' "$1" >&2`, arg)
		if !r.OK() || len(arg) < 1<<15 && (stdout != "<"+arg+">" || stderr != "["+arg+"]") {
			t.Errorf("%.20q: %.40q %.40q %+v", arg, stdout, stderr, r)
		}
	}
}

func TestAProgramThatCannotBeStarted(t *testing.T) {
	r, _, _ := run(t, Program{Path: os.DevNull, Argv: []string{"x"}}, "")
	if r.Why != NotStarted || !errors.Is(r.Err, unix.EACCES) || r.Code != -1 {
		t.Errorf("%+v", r)
	}
}

func TestResourcesAreCounted(t *testing.T) {
	r, _, _ := run(t, Program{}, `i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done`)
	if r.CPU <= 0 || r.Wall <= 0 || r.CPU > 100*r.Wall {
		t.Errorf("%+v", r)
	}
}

// gone waits until a process has ended. A killed orphan is for somebody else to reap, so a zombie has ended too.
func gone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		_, after, _ := bytes.Cut(stat, []byte(") "))
		if unix.Kill(pid, 0) == unix.ESRCH || err == nil && (len(after) == 0 || after[0] == 'Z' || after[0] == 'X') {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("process %d is still there", pid)
		case <-ticker.C:
		}
	}
}

func TestNothingOfAProgramIsLeft(t *testing.T) {
	r, stdout, _ := run(t, Program{}, `sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!'`)
	pids := strings.Fields(stdout)
	if !r.OK() || len(pids) != 2 {
		t.Fatalf("%+v %q", r, stdout)
	}
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		gone(t, pid)
	}
}

func TestStopEndsWhatRunsAndWhatIsStartedLater(t *testing.T) {
	sh, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep here")
	}
	table, err := NewTable(1)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	s := NewSlot(0, table)
	results := make(chan Result)
	go func() {
		runtime.LockOSThread()
		for range 2 {
			results <- s.Run(&Program{Path: sh, Argv: []string{"sleep", "1000"}, Stdin: 0, Stdout: 1, Stderr: 2})
		}
	}()
	for _, _, ok := s.Running(); !ok; _, _, ok = s.Running() {
		runtime.Gosched()
	}
	s.Stop(Interrupted, time.Minute)
	for range 2 {
		if r := <-results; r.Signal != 15 || r.Why != Interrupted {
			t.Errorf("%+v", r)
		}
	}
}

func TestALimitOfMemory(t *testing.T) {
	if !CanLimitMemory {
		t.Skip("memory cannot be limited on this system")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	p := Program{Path: python, Argv: []string{"python3", "-S", "-c", "x = bytearray(200 << 20)"}}
	if r, _, stderr := run(t, p, ""); !r.OK() {
		t.Skipf("200 MiB cannot be had here at all: %+v %s", r, stderr)
	} else if r.Peak < 150<<20 {
		t.Errorf("a peak of %d bytes", r.Peak)
	}
	p.Memory = 100 << 20
	if r, _, stderr := run(t, p, ""); r.OK() || !strings.Contains(stderr, "MemoryError") {
		t.Errorf("%+v %s", r, stderr)
	}
}

func TestACaptureKeepsBeginningAndEnd(t *testing.T) {
	c, err := NewCapture(100, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := os.NewFile(uintptr(dup(t, c.FD())), "output")
	defer f.Close()
	w := bufio.NewWriter(f)
	total := 0
	for i := range 500_000 {
		n, _ := fmt.Fprintf(w, "line %d\n", i)
		total += n
		if i%50_000 == 0 {
			c.Trim()
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	c.Trim()
	var st unix.Stat_t
	if err := unix.Fstat(c.FD(), &st); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" && st.Blocks*512 > 2*slack {
		t.Errorf("%d bytes of memory are held of %d", st.Blocks*512, total)
	}
	data, cut, err := c.Take()
	want := fmt.Sprintf("[braid: %d bytes left out here]\n", total-100)
	if err != nil || cut != int64(total-100) || !strings.HasPrefix(string(data), "line 0\nline 1\n") ||
		!strings.HasSuffix(string(data), "line 499998\nline 499999\n") || !strings.Contains(string(data), want) {
		t.Errorf("%q, %d bytes cut, %v, want %q", data, cut, err, want)
	}
}

func dup(t *testing.T, fd int) int {
	t.Helper()
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLinesComeOnce(t *testing.T) {
	c, err := NewCapture(1<<20, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, step := range []struct {
		write string
		last  bool
		want  string
	}{
		{"", false, ""}, {"ab", false, ""}, {"c\nd", false, "abc\n"}, {"e\nf\ng", false, "de\nf\n"}, {"", false, ""}, {"h", true, "gh"}, {"", true, ""},
	} {
		if _, err := unix.Write(c.FD(), []byte(step.write)); err != nil {
			t.Fatal(err)
		}
		if b, err := c.Lines(step.last); err != nil || string(b) != step.want {
			t.Errorf("after %q: %q %v, want %q", step.write, b, err, step.want)
		}
	}
	if _, err := unix.Write(c.FD(), bytes.Repeat([]byte("x"), 3*mostLines)); err != nil {
		t.Fatal(err)
	}
	if b, err := c.Lines(false); err != nil || len(b) > mostLines+100 || !strings.HasPrefix(string(b), "[braid: ") {
		t.Errorf("%d bytes %.40q %v", len(b), b, err)
	}
}
