package process

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	maxrssUnit       = 1 << 10 // getrusage(2)
	blockUnit        = 512     // of ru_inblock and ru_oublock
	maxrssFromParent = true    // exec counts the memory that was there before it, which after vfork is the parent's
)

// CanLimitMemory reports whether programs can be given a limit of memory here.
const CanLimitMemory = true

// mainThread reports whether the calling goroutine is on the thread that the process began with.
func mainThread() bool { return unix.Gettid() == os.Getpid() }

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

// reap waits for the end of the program, ends what it left in its group and elsewhere, and only then gives its number free.
func (s *Slot) reap(pid int) (unix.WaitStatus, unix.Rusage) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	s.leave()
	s.table.orphans.sweep(s.number, pid)
	return wait4(pid)
}
