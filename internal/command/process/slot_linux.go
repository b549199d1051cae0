package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxrssUnit       = 1 << 10 // getrusage(2)
	blockUnit        = 512     // of ru_inblock and ru_oublock
	maxrssFromParent = true    // exec counts the memory that was there before it, which after vfork is the parent's
)

// CanLimitMemory reports whether programs can be given a limit of memory here.
const CanLimitMemory = true

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// limitMemory bounds the private writable memory of a process and of those that it will start (getrlimit(2), RLIMIT_DATA).
// Address space would be the wrong measure: many language runtimes reserve far more of it than they use.
func limitMemory(pid int, bytes int64) error {
	limit := unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)}
	if err := unix.Prlimit(pid, unix.RLIMIT_DATA, &limit, nil); err != nil && err != unix.ESRCH {
		return fmt.Errorf("limit its memory: %w", os.NewSyscallError("prlimit", err))
	}
	return nil
}

// reap waits for the end of the program, ends what it left in its group, and only then gives its number free.
func (s *Slot) reap(pid int) (unix.WaitStatus, unix.Rusage) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	s.leave()
	return wait4(pid)
}

// Usage returns the time that a running process has computed for, its children that have ended included, and how many
// threads it has.
func Usage(pid int) (cpu time.Duration, threads int, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, false
	}
	// The name, between brackets, may hold anything. (proc_pid_stat(5))
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 18 {
		return 0, 0, false
	}
	const ticks = 100 // a second; USER_HZ is the same on all architectures that Go runs on
	for _, f := range fields[11:15] {
		n, _ := strconv.ParseInt(string(f), 10, 64)
		cpu += time.Duration(n) * (time.Second / ticks)
	}
	threads, _ = strconv.Atoi(string(fields[17]))
	return cpu, threads, true
}
