//go:build unix

package process

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Open opens the file that is to be a program's standard input. Opening a named pipe waits until somebody writes to it: that
// ends, with a reason, when the slot is stopped or the limit is over; 0 is none.
func (s *Slot) Open(name string, limit time.Duration) (fd int, why Reason, err error) {
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		fd, err := openFile(name, unix.O_RDONLY)
		return fd, "", err
	}
	stopped := make(chan struct{})
	s.mu.Lock()
	s.waiting = stopped
	if s.halt != "" {
		s.wake()
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waiting = nil
	}()
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		fd, err = openFile(name, unix.O_RDONLY)
	}()
	var late <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-opened:
		return fd, "", err
	case <-stopped:
		s.mu.Lock()
		why = s.halt
		s.mu.Unlock()
	case <-late:
		why = TimeLimit
	}
	release(name, opened)
	if err == nil {
		unix.Close(fd)
	}
	return -1, why, nil
}

// releaseEvery is how often a named pipe is opened for writing until that has ended a wait for a writer.
const releaseEvery = time.Millisecond

// release ends the wait for a writer to a named pipe, by being one.
func release(name string, opened <-chan struct{}) {
	tick := time.NewTicker(releaseEvery)
	defer tick.Stop()
	for {
		if w, err := openFile(name, unix.O_WRONLY|unix.O_NONBLOCK); err == nil {
			unix.Close(w)
		}
		select {
		case <-opened:
			return
		case <-tick.C:
		}
	}
}

// wake ends Open. The caller holds mu.
func (s *Slot) wake() {
	if s.waiting != nil {
		close(s.waiting)
		s.waiting = nil
	}
}

// openFile opens a file for a program.
func openFile(name string, flags int) (int, error) {
	for {
		fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0)
		if err == nil {
			return fd, nil
		}
		if err != unix.EINTR {
			return -1, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}
