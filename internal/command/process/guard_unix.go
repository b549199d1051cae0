//go:build unix

package process

import (
	"errors"
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
	fd      int
	memory  []byte // the mark, and an entry for each slot
	slots   int
	guard   int      // the process of the guard, or 0
	orphans *orphans // nil if this process does not take over what programs leave behind
}

// entry is the size of what is noted for a slot.
const entry = 4

// NewTable makes a table for so many slots.
func NewTable(slots int) (*Table, error) {
	fd, err := scratch()
	if err == nil {
		err = os.NewSyscallError("ftruncate", unix.Ftruncate(fd, int64(markLength+slots*entry)))
	}
	if err != nil {
		return nil, fmt.Errorf("make a table of processes: %w", err)
	}
	t, err := mapTable(fd, slots)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	copy(t.memory, newMark())
	return t, nil
}

func mapTable(fd, slots int) (*Table, error) {
	memory, err := unix.Mmap(fd, 0, markLength+slots*entry, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("make a table of processes: %w", os.NewSyscallError("mmap", err))
	}
	return &Table{fd: fd, memory: memory, slots: slots}, nil
}

// mark is what the environment of the table's programs has, and no other.
func (t *Table) mark() string { return string(t.memory[:markLength]) }

func (t *Table) at(slot int) *int32 {
	return (*int32)(unsafe.Pointer(&t.memory[markLength+slot*entry]))
}

func (t *Table) set(slot, pid int) { atomic.StoreInt32(t.at(slot), int32(pid)) }

func (t *Table) get(slot int) (pid int) { return int(atomic.LoadInt32(t.at(slot))) }

// Close frees the table.
func (t *Table) Close() error {
	t.orphans.close()
	err := unix.Munmap(t.memory)
	unix.Close(t.fd)
	return os.NewSyscallError("munmap", err)
}

// Guard is a process that kills the programs of a table, and what these have started, when this process is gone.
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
	t.guard = p.Pid
	return &Guard{p, alive}, nil
}

// Close ends the guard. It goes after the end of the last program.
func (g *Guard) Close() error {
	defer g.alive.Close()
	if err := g.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) { // it has nothing to do, and may not even have begun
		return err
	}
	_, err := g.process.Wait()
	return err
}

// Serve is the body of a guard: it waits for the end of the process that started it, and kills what that left: the groups in the table, and
// all whose environment says that they come from a program of it.
func Serve() error {
	alive := os.NewFile(guardAlive, "alive")
	var st unix.Stat_t
	if err := unix.Fstat(guardTable, &st); err != nil || alive == nil || st.Size < markLength+entry {
		return fmt.Errorf("process: this is started by braid itself, with descriptors %d and %d", guardAlive, guardTable)
	}
	t, err := mapTable(guardTable, int(st.Size-markLength)/entry)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, alive); err != nil {
		return err
	}
	for slot := range t.slots {
		if pid := t.get(slot); pid > 1 {
			unix.Kill(-pid, unix.SIGKILL)
		}
	}
	hunt(t.mark())
	return t.Close()
}
