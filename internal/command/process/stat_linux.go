package process

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// stat is what the kernel says of a process.
type stat struct {
	state          byte
	group, session int
	cpu            time.Duration // with that of its children that have ended
	threads        int
	started        uint64 // in ticks since the machine was started
}

func (s *stat) zombie() bool { return s.state == 'Z' || s.state == 'X' }

const (
	ticks    = 100 // a second; USER_HZ is the same on all architectures that Go runs on
	startsAt = 19  // the index of the last field that is read
)

// statOf asks for a process. ok is false if there is none.
func statOf(pid int) (s stat, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return s, false
	}
	// The name, between brackets, may hold anything. (proc_pid_stat(5))
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= startsAt {
		return s, false
	}
	number := func(field int) uint64 {
		n, _ := strconv.ParseUint(string(fields[field]), 10, 64)
		return n
	}
	s = stat{state: fields[0][0], group: int(number(2)), session: int(number(3)), threads: int(number(17)), started: number(startsAt)}
	for field := 11; field < 15; field++ {
		s.cpu += time.Duration(number(field)) * (time.Second / ticks)
	}
	return s, true
}

// Usage returns the time that a running process has computed for, its children that have ended included, and how many
// threads it has.
func Usage(pid int) (cpu time.Duration, threads int, ok bool) {
	s, ok := statOf(pid)
	return s.cpu, s.threads, ok
}
