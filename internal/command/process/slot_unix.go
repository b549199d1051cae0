//go:build unix

package process

import (
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Slot runs one program at a time. Run is for one goroutine; the other methods may be called by any.
type Slot struct {
	number int
	table  *Table
	entry  string // of the environment of its programs

	// mu is held while signals are sent, so that none reaches a process that was given the number of one that has ended.
	mu    sync.Mutex
	pid   int // of the program that runs, or 0
	turn  int // how many have been started
	began time.Time
	why   Reason
	halt  Reason // all programs from now on are to be stopped
	grace time.Duration
	late  *time.Timer // kills what SIGTERM did not end
	taken []*Capture  // what the running program writes to

	waiting chan struct{} // closed by Stop while Open waits; nil if it does not
}

// NewSlot makes a slot that notes in the table, under its number, what it runs.
func NewSlot(number int, table *Table) *Slot {
	return &Slot{number: number, table: table, entry: entryOf(table.mark(), number)}
}

// Run starts a program and waits for its end. The calling goroutine must be locked to its thread, and stay so as long as
// it lives: on Linux the program is killed when the thread that started it ends. It must not be the main thread, whose children are
// what programs left behind; see [OffMain]. Output to captures that are named can be followed by [Slot.Follow].
func (s *Slot) Run(p *Program, captures ...*Capture) Result {
	r := Result{Code: -1, Began: time.Now()}
	pid, err := syscall.ForkExec(p.Path, p.Argv, &syscall.ProcAttr{
		Dir: p.Dir, Env: marked(p.Env, s.entry), Sys: attributes(),
		Files: []uintptr{uintptr(p.Stdin), uintptr(p.Stdout), uintptr(p.Stderr)},
	})
	if err != nil {
		r.Why, r.Err = NotStarted, err
		return r
	}
	turn := s.enter(pid, r.Began, captures)
	if p.Memory > 0 {
		if r.Err = limitMemory(pid, p.Memory); r.Err != nil {
			s.end(turn, NotStarted, 0)
		}
	}
	var limit *time.Timer
	if p.Time > 0 {
		limit = time.AfterFunc(p.Time, func() { s.end(turn, TimeLimit, p.Grace) })
	}
	status, usage := s.reap(pid)
	if limit != nil {
		limit.Stop()
	}
	r.Wall = time.Since(r.Began)
	r.fill(status, usage)
	s.mu.Lock()
	r.Why = s.why
	s.mu.Unlock()
	return r
}

// enter notes a program that was started.
func (s *Slot) enter(pid int, began time.Time, captures []*Capture) (turn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	s.pid, s.began, s.why, s.taken = pid, began, "", captures
	s.table.set(s.number, pid)
	if s.halt != "" {
		s.terminate(s.halt, s.grace)
	}
	return s.turn
}

// leave ends what is left of the program's process group. After it nothing is sent to it any more.
func (s *Slot) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	unix.Kill(-s.pid, unix.SIGKILL)
	s.pid, s.taken = 0, nil
	s.table.set(s.number, 0)
	if s.late != nil {
		s.late.Stop()
		s.late = nil
	}
}

// end stops the program of a turn.
func (s *Slot) end(turn int, why Reason, grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == turn {
		s.terminate(why, grace)
	}
}

// terminate asks the running program to end, and kills it after a grace time. The caller holds mu.
func (s *Slot) terminate(why Reason, grace time.Duration) {
	if s.pid == 0 {
		return
	}
	if s.why == "" {
		s.why = why
	}
	if grace <= 0 {
		s.signal(unix.SIGKILL)
		return
	}
	s.signal(unix.SIGTERM)
	s.signal(unix.SIGCONT) // one that is stopped would not notice
	if s.late != nil {
		s.late.Stop()
	}
	turn := s.turn
	s.late = time.AfterFunc(grace, func() { s.end(turn, why, 0) })
}

// signal sends a signal to the running program's group, or to the program alone if it has left it. The caller holds mu.
func (s *Slot) signal(n unix.Signal) {
	if unix.Kill(-s.pid, n) == unix.ESRCH {
		unix.Kill(s.pid, n)
	}
}

// Stop ends the running program, if there is one, and all that are started later: by SIGTERM, and after a grace time
// by SIGKILL.
func (s *Slot) Stop(why Reason, grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halt, s.grace = why, grace
	s.wake()
	s.terminate(why, grace)
}

// Running returns the process that runs, and since when.
func (s *Slot) Running() (pid int, began time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid, s.began, s.pid != 0
}

// Follow calls f for each capture of the running program, which does not end meanwhile as far as Run is concerned. It must not
// take long.
func (s *Slot) Follow(f func(*Capture)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.taken {
		f(c)
	}
}

// fill takes over what the kernel says.
func (r *Result) fill(status unix.WaitStatus, usage unix.Rusage) {
	if status.Signaled() {
		r.Signal = int(status.Signal())
	} else {
		r.Code = status.ExitStatus()
	}
	r.CPU = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	r.Read, r.Written = int64(usage.Inblock)*blockUnit, int64(usage.Oublock)*blockUnit
	r.Peak = int64(usage.Maxrss) * maxrssUnit
	var own unix.Rusage
	const blur = 2 << 20 / maxrssUnit // the kernel counts pages in batches for each processor
	if maxrssFromParent && (unix.Getrusage(unix.RUSAGE_SELF, &own) != nil || usage.Maxrss <= own.Maxrss+blur) {
		r.Peak = 0
	}
}

// OffMain runs f on a thread that is locked for it and is not the main one, and waits for its end.
func OffMain(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if mainThread() {
		other := make(chan struct{})
		go func() { // on another one, as this one is taken
			defer close(other)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			f()
		}()
		<-other
		return
	}
	f()
}

// wait4 waits for the end of a process and frees its number.
func wait4(pid int) (status unix.WaitStatus, usage unix.Rusage) {
	for {
		if _, err := unix.Wait4(pid, &status, 0, &usage); err != unix.EINTR {
			return status, usage
		}
	}
}
