package launch

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const maxrssUnit = 1 << 10 // getrusage(2)

// attributes put a process into a group of its own, so that Ctrl-C on a terminal reaches this process only, and let the
// kernel end it with this process until it watches for that itself.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// reap waits for the end of the process, ends what it left in its group, and only then gives its id free.
func (p *Process) reap() (*os.ProcessState, error) {
	for unix.Waitid(unix.P_PID, p.proc.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	killTree(p.proc)
	p.reaped = true
	return p.proc.Wait() // at once, as it has ended
}

func canPin() error { return nil }

// pinThread sets the mask that processes started from this thread inherit.
func pinThread(cpus []int) error {
	var set unix.CPUSet
	for _, c := range cpus {
		set.Set(c)
	}
	if set.Count() == 0 || set.Count() != len(cpus) {
		return fmt.Errorf("CPUs %v are not a set of CPUs of this machine", cpus)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("sched_setaffinity to CPUs %v: %w", cpus, err)
	}
	return nil
}
