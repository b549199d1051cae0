//go:build unix

package process

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Table is memory, shared with a guard, in which the slots note the process groups that run.
type Table struct {
	fd     int
	memory []byte
	slots  int
}

// entry is the size of what is noted for a slot.
const entry = 4

// NewTable makes a table for so many slots.
func NewTable(slots int) (*Table, error) {
	fd, err := scratch()
	if err == nil {
		err = os.NewSyscallError("ftruncate", unix.Ftruncate(fd, int64(slots*entry)))
	}
	if err != nil {
		return nil, fmt.Errorf("make a table of processes: %w", err)
	}
	t, err := mapTable(fd, slots)
	if err != nil {
		unix.Close(fd)
	}
	return t, err
}

func mapTable(fd, slots int) (*Table, error) {
	memory, err := unix.Mmap(fd, 0, slots*entry, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("make a table of processes: %w", os.NewSyscallError("mmap", err))
	}
	return &Table{fd, memory, slots}, nil
}

func (t *Table) at(slot int) *int32 { return (*int32)(unsafe.Pointer(&t.memory[slot*entry])) }

func (t *Table) set(slot, pid int) { atomic.StoreInt32(t.at(slot), int32(pid)) }

// Close frees the table.
func (t *Table) Close() error {
	err := unix.Munmap(t.memory)
	unix.Close(t.fd)
	return os.NewSyscallError("munmap", err)
}

// Guard is a process that kills what a table names when this process is gone.
type Guard struct {
	process *os.Process
	alive   *os.File // its other end is read by the guard
}

// The descriptors of a guard.
const (
	guardAlive = 3
	guardTable = 4
)

// StartGuard starts a guard out of a program that calls [Serve] when it has these arguments.
func StartGuard(path string, argv []string, t *Table) (*Guard, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	theirs, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	table, err := unix.FcntlInt(uintptr(t.fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		alive.Close()
		return nil, os.NewSyscallError("fcntl", err)
	}
	shared := os.NewFile(uintptr(table), "table")
	defer shared.Close()
	p, err := os.StartProcess(path, argv, &os.ProcAttr{
		Env: os.Environ(), Files: []*os.File{null, null, null, guardAlive: theirs, guardTable: shared},
		Sys: &syscall.SysProcAttr{Setsid: true}, // signals of the terminal are not for it
	})
	if err != nil {
		alive.Close()
		return nil, fmt.Errorf("start a guard of processes: %w", err)
	}
	return &Guard{p, alive}, nil
}

// Close ends the guard, which kills what is still in the table, and waits for it.
func (g *Guard) Close() error {
	g.alive.Close()
	_, err := g.process.Wait()
	return err
}

// Serve is the body of a guard: it waits for the end of the process that started it, and kills what that left.
func Serve() error {
	alive := os.NewFile(guardAlive, "alive")
	var st unix.Stat_t
	if err := unix.Fstat(guardTable, &st); err != nil || alive == nil || st.Size < entry {
		return fmt.Errorf("process: this is started by braid itself, with descriptors %d and %d", guardAlive, guardTable)
	}
	t, err := mapTable(guardTable, int(st.Size/entry))
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, alive); err != nil {
		return err
	}
	for slot := range t.slots {
		if pid := atomic.LoadInt32(t.at(slot)); pid > 1 {
			unix.Kill(-int(pid), unix.SIGKILL)
		}
	}
	return t.Close()
}
