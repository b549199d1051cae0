package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// orphans ends what programs leave behind outside of their groups: daemons, and others with a group or a session of their own. The kernel
// makes them children of this process when their parents have ended (PR_SET_CHILD_SUBREAPER), of its main thread, which starts no programs.
type orphans struct {
	table   *Table
	alone   bool // this process has no other children than programs, orphans, and the guard of the table
	session int  // of this process
	list    int  // descriptor of the list of the main thread's children

	// mu is held while orphans are chosen and killed, so that no number is given to another process between these.
	mu      sync.Mutex
	claimed map[int]bool // orphans that a slot has killed and waits for
}

// Adopt makes this process end what programs of the table leave behind, also outside of their groups, with each of them. alone says that
// it starts no other processes than those and a guard, and that none of its other parts does. Then also those are found whose environment
// is not that of the program any more. Where the system does not allow it nothing is adopted.
func (t *Table) Adopt(alone bool) error {
	if t.orphans != nil || unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != nil {
		return nil
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return fmt.Errorf("adopt what programs leave behind: %w", os.NewSyscallError("getsid", err))
	}
	list, err := openFile("/proc/self/task/"+strconv.Itoa(os.Getpid())+"/children", unix.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a kernel without CONFIG_PROC_CHILDREN, or no /proc
	}
	if err != nil {
		return fmt.Errorf("adopt what programs leave behind: %w", err)
	}
	t.orphans = &orphans{table: t, alone: alone, session: session, list: list, claimed: map[int]bool{}}
	if os.Getpid() == 1 || len(t.orphans.children()) > 0 {
		t.orphans.alone = false // what others leave comes here too; or there are children of the program that became this one by exec
	}
	return nil
}

func (o *orphans) close() {
	if o != nil {
		unix.Close(o.list)
	}
}

// mostRounds bounds how often it is looked whether those that were killed have left others. What multiplies faster is found again when the
// next program of the slot ends.
const mostRounds = 1000

// sweep ends what the program of a slot, which has ended and is not waited for yet, has left behind. o may be nil.
func (o *orphans) sweep(slot, program int) {
	if o == nil {
		return
	}
	var immortal map[int]bool
	for range mostRounds {
		list := o.children()
		if len(list) == 0 {
			return // as nearly always
		}
		if immortal == nil {
			immortal = map[int]bool{}
		}
		mine := o.kill(list, slot, program, immortal)
		if len(mine) == 0 {
			return
		}
		for _, pid := range mine {
			wait4(pid)
		}
		o.mu.Lock()
		for _, pid := range mine {
			delete(o.claimed, pid)
		}
		o.mu.Unlock()
	}
}

// children are those of the main thread, or the first of many.
func (o *orphans) children() (list []int) {
	var room [4096]byte
	n, err := unix.Pread(o.list, room[:], 0)
	if err != nil || n <= 0 {
		return nil
	}
	text := room[:n]
	if n == len(room) {
		text = text[:bytes.LastIndexByte(text, ' ')+1] // the last may be cut
	}
	for word := range bytes.FieldsSeq(text) {
		if pid, err := strconv.Atoi(string(word)); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// kill kills those of the children that a slot's program has left, and returns whom to wait for. Those that may not be killed join immortal.
func (o *orphans) kill(children []int, slot, program int, immortal map[int]bool) (mine []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, pid := range children {
		if o.claimed[pid] || immortal[pid] || pid == o.table.guard || !o.left(pid, slot, program) {
			continue
		}
		if err := unix.Kill(pid, unix.SIGKILL); err == unix.EPERM {
			immortal[pid] = true // it belongs to another user
			continue
		}
		o.claimed[pid] = true
		mine = append(mine, pid)
	}
	return mine
}

// left reports whether a child is something that the program of a slot has left. The caller holds mu.
func (o *orphans) left(pid, slot, program int) bool {
	st, ok := statOf(pid)
	switch {
	case !ok:
		return false
	case st.group == program:
		return true
	case st.zombie(): // nobody else waits for it
		return o.alone || st.session != o.session
	}
	if of, ok := markIn(environOf(pid), o.table.mark()); ok {
		return of == strconv.Itoa(slot)
	}
	return o.alone && !o.older(st.started)
}

// older reports whether a program runs that began before, and so may have left what began then.
func (o *orphans) older(started uint64) bool {
	for slot := range o.table.slots {
		if pid := o.table.get(slot); pid != 0 {
			if st, ok := statOf(pid); !ok || st.started <= started {
				return true
			}
		}
	}
	return false
}

// mostEnviron bounds how much is read of the environment of a process.
const mostEnviron = 4 << 20

// environOf is the environment that a process was started with, as far as it may be read and is still there.
func environOf(pid int) []byte {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return nil
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, mostEnviron))
	return b
}

const (
	quietLooks = 3    // that find nobody, one after the other: a process that is just being started shows no environment
	mostLooks  = 5000 // in all; some cannot be killed
	huntEvery  = time.Millisecond
)

// hunt kills all processes that come from a program of a table, whoever their parents are.
func hunt(table string) {
	again := time.NewTicker(huntEvery)
	defer again.Stop()
	for look, quiet := 0, 0; look < mostLooks && quiet < quietLooks; look, quiet = look+1, quiet+1 {
		for _, pid := range processes() {
			if _, ok := markIn(environOf(pid), table); ok && unix.Kill(pid, unix.SIGKILL) == nil {
				quiet = -1
			}
		}
		<-again.C
	}
}

// processes are the numbers of those that there are.
func processes() (list []int) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			list = append(list, pid)
		}
	}
	return list
}
