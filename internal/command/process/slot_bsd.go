//go:build unix && !linux

package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxrssFromParent = false
	blockUnit        = 0 // operations are counted here, of whatever size
)

// CanLimitMemory reports whether programs can be given a limit of memory here.
const CanLimitMemory = false

// mainThread matters on Linux only.
func mainThread() bool { return false }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func limitMemory(int, int64) error {
	return errors.New("the memory of programs cannot be limited on this system")
}

// reap waits for the end of the program and ends what it left in its group. The number of a group with members is not
// given to a new process; that of an empty one would have to come round again within these lines.
func (s *Slot) reap(pid int) (unix.WaitStatus, unix.Rusage) {
	status, usage := wait4(pid)
	s.leave()
	return status, usage
}

// Usage is not told here.
func Usage(int) (cpu time.Duration, threads int, ok bool) { return 0, 0, false }

// orphans cannot be adopted here.
type orphans struct{}

func (o *orphans) close() {}

// Adopt does nothing on systems where processes cannot take over what others leave behind.
func (t *Table) Adopt(bool) error { return nil }

// hunt cannot know here what comes from a program.
func hunt(string) {}
