//go:build unix && !linux

package launch

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxrssUnit is the unit of ru_maxrss: bytes on macOS, KiB elsewhere.
var maxrssUnit = map[bool]int64{true: 1, false: 1 << 10}[runtime.GOOS == "darwin" || runtime.GOOS == "ios"]

// attributes put a process into a group of its own, so that Ctrl-C on a terminal reaches this process only.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for the end of the process and ends what it left in its group. The number of a group with members is not
// given to a new process; that of an empty one would have to come round again within these lines.
func (p *Process) reap() (*os.ProcessState, error) {
	state, err := p.proc.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaped = true
	unix.Kill(-p.proc.Pid, unix.SIGKILL)
	return state, err
}

func canPin() error {
	return errors.New("launch: processes cannot be bound to CPUs on this system; leave Options.CPUs empty")
}

func pinThread([]int) error { return canPin() }
