package launch

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watched is a process that is not this one's child; its end can be waited for.
type watched struct{ pid, fd int }

func watch(t *testing.T, pid int) watched {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return watched{pid, fd}
}

// gone waits for the end.
func (w watched) gone(t *testing.T) {
	t.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}, 60_000)
		if err == unix.EINTR {
			continue
		}
		if n != 1 || err != nil {
			unix.PidfdSendSignal(w.fd, unix.SIGKILL, nil, 0)
			t.Fatalf("process %d lives on (%v)", w.pid, err)
		}
		return
	}
}

// state returns the letter of a process's state, "Z" of a zombie and "" of none. (proc_pid_stat(5).)
func state(pid int) string {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	return rest[:min(len(rest), 1)]
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool { return state(pid) != "Z" && state(pid) != "" }

func TestAKilledWorkerIsCertified(t *testing.T) {
	p, lines := act(t, "hang")
	until(t, lines, "ready")
	if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c := p.Wait()
	if c.Signal != 9 || c.Code != -1 || c.Ended != "" || c.OutOfMemory || c.PeakBytes == 0 || c.Ran <= 0 {
		t.Errorf("%+v", c)
	}
	if got := c.Text(); got != "killed by signal 9 (SIGKILL)" {
		t.Errorf("text %q", got)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(p.Pid())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("process %d is left as a zombie", p.Pid())
	}
	p.Kill("again") // nothing happens
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func TestKillTakesAlongWhatATaskStarted(t *testing.T) {
	for name, end := range map[string]func(*Group, *Process){
		"Kill":              func(_ *Group, p *Process) { p.Kill("the test wants it") },
		"Close":             func(g *Group, _ *Process) { g.Close() },
		"kill -9 of worker": func(_ *Group, p *Process) { p.Signal(syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			g, lines := start(t, Options{Count: 1, Payload: []byte("child hangs")})
			pid := pidsOf(t, until(t, lines, "ready"))[0]
			w := watch(t, pid)
			p := g.Processes()[0]
			end(g, p)
			w.gone(t)
			c := p.Wait()
			if want := map[string]string{"Kill": "the test wants it", "Close": "its group was closed"}[name]; c.Ended != want {
				t.Errorf("ended because %q, want %q", c.Ended, want)
			}
		})
	}
}

func TestWorkersEndWithTheirParent(t *testing.T) {
	for name, words := range map[string]string{
		"waiting":                 "parent 3 hang",
		"computing":               "parent 2 spin",
		"parents themselves":      "parent 1 parent 2 hang",
		"with programs of a task": "parent 1 child hangs",
	} {
		t.Run(name, func(t *testing.T) {
			p, lines := act(t, words)
			var ends []watched
			for _, pid := range pidsOf(t, until(t, lines, "ready")) {
				ends = append(ends, watch(t, pid))
			}
			if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			for _, w := range ends {
				w.gone(t)
			}
			p.Wait()
		})
	}
}

// The parent dies while its workers start: before they are forked, before they know what they are, or after.
func TestWorkersEndWithAParentThatDiesAtAnyMoment(t *testing.T) {
	// Orphans become children of this process, so that they can be found.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	seed := uint64(os.Getpid())
	random := rand.New(rand.NewPCG(seed, 0))
	found := 0
	for range 60 {
		p, _ := act(t, "parent 3 hang")
		delay := time.NewTimer(time.Duration(random.IntN(8000)) * time.Microsecond)
		select {
		case <-delay.C:
		case <-p.Done():
		}
		// The process alone, so that its workers have to see for themselves.
		if err := p.proc.Kill(); err != nil {
			t.Fatal(err)
		}
		p.Wait()
		for _, pid := range children(t) {
			found++
			watch(t, pid).gone(t)
			if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
				t.Errorf("wait for orphan %d: %v (seed %d)", pid, err, seed)
			}
		}
	}
	t.Logf("%d workers outlived their parent and ended by themselves", found)
}

// children lists the children of this process.
func children(t *testing.T) (pids []int) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(tasks) == 0 {
		t.Skip("this kernel does not list children")
	}
	for _, file := range tasks {
		list, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, word := range strings.Fields(string(list)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestAStoppedWorkerEndsWithItsParent(t *testing.T) {
	for _, subreaper := range []uintptr{0, 1} { // 1: the worker is left to this process, which is in its session
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, subreaper, 0, 0, 0); err != nil {
			t.Skip(err)
		}
		defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
		p, lines := act(t, "parent 1 hang")
		pid := pidsOf(t, until(t, lines, "ready"))[0]
		w := watch(t, pid)
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for state(pid) != "T" { // so that it is stopped when its parent dies, not later
			runtime.Gosched()
		}
		if err := syscall.Kill(p.Pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		w.gone(t)
		p.Wait() // only when all its threads have ended is the worker surely another's child
		if subreaper == 1 {
			if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
				t.Errorf("wait for orphan %d: %v", pid, err)
			}
		}
	}
}

func TestCloseKillsAProcessThatDoesNotEnd(t *testing.T) {
	// Something that is no worker and does not read its input.
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	g, _ := start(t, Options{Count: 2, Path: path, Args: []string{"1000"}, Grace: 1})
	g.Close()
	for _, p := range g.Processes() {
		if c := p.Wait(); c.Signal != 9 || c.Ended != "its group was closed" || alive(c.Pid) {
			t.Errorf("%+v", c)
		}
	}
}

func TestOutputHeldOpenByAProgramThatLeftTheGroup(t *testing.T) {
	path, err := exec.LookPath("setsid")
	if err != nil {
		t.Skip(err)
	}
	g, lines := start(t, Options{Count: 1, Path: "/bin/sh", Args: []string{"-c", path + ` sh -c 'echo pid $$; exec sleep 1000' & while ! read x; do :; done; exit 4`}})
	p := g.Processes()[0]
	line := <-lines
	pid := pidsOf(t, []string{line})[0]
	w := watch(t, pid)
	p.Kill("the test wants it")
	if c := p.Wait(); c.Signal != 9 { // it comes although the pipe is open
		t.Errorf("%+v", c)
	}
	if !alive(pid) {
		t.Error("the program that left the group was ended, so this test shows nothing")
	}
	unix.PidfdSendSignal(w.fd, unix.SIGKILL, nil, 0)
	w.gone(t)
}

func TestAffinity(t *testing.T) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	var cpus []int
	for i := 0; len(cpus) < all.Count(); i++ {
		if all.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	if len(cpus) < 2 {
		t.Skip("needs two CPUs")
	}
	s := look(t, Options{CPUs: [][]int{cpus[1:2]}})
	if s.CPUs != 1 {
		t.Errorf("the worker counts %d CPUs, want 1", s.CPUs)
	}
	if s = look(t, Options{}); s.CPUs != len(cpus) {
		t.Errorf("a worker without a mask counts %d CPUs, want %d: the mask leaked", s.CPUs, len(cpus))
	}
	for _, bad := range [][]int{{}, {-1}, {1 << 20}, {0, 0}, {1023}} {
		g, err := Start(t.Context(), Options{Role: "agent", Count: 1, CPUs: [][]int{bad}})
		if err == nil {
			g.Close()
			t.Errorf("CPUs %v were taken", bad)
		}
	}
}

// The kernel kills the process with most memory in a cgroup above its limit. The parent moves into one, its worker takes more.
func TestOutOfMemoryIsTold(t *testing.T) {
	cgroup := memoryCgroup(t, 64<<20)
	p, lines := act(t, "oom "+cgroup+" memory 200000000")
	p.Wait()
	text := <-lines
	for _, w := range []string{"agent 0 (pid ", "killed by signal 9 (SIGKILL); the kernel's out-of-memory killer was active", "MiB"} {
		if !strings.Contains(text, w) {
			t.Errorf("the certificate is %q, want %q in it", text, w)
		}
	}
}

// memoryCgroup makes a cgroup with a limit in bytes, where this may be done.
func memoryCgroup(t *testing.T, limit int) string {
	t.Helper()
	for _, c := range []struct{ root, limit string }{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		dir, err := os.MkdirTemp(c.root, "launch-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
		})
		if os.WriteFile(filepath.Join(dir, c.limit), []byte(strconv.Itoa(limit)), 0) == nil {
			return dir
		}
	}
	t.Skip("no cgroup with a memory limit can be made here")
	return ""
}
