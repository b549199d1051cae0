//go:build unix

package launch

import (
	"cmp"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// killTree ends a process and all of its process group that is left. The process must not have been waited for.
func killTree(p *os.Process) {
	unix.Kill(-p.Pid, unix.SIGKILL)
	p.Kill() // it may have left its group
}

// outcome reads how a process ended.
func outcome(s *os.ProcessState) (code, signal int, peak int64) {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		signal = int(w.Signal())
	}
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		peak = int64(u.Maxrss) * maxrssUnit
	}
	return s.ExitCode(), signal, peak
}

func signalName(n int) string {
	if name := unix.SignalName(syscall.Signal(n)); name != "" {
		return name
	}
	return syscall.Signal(n).String()
}

// readNow reads what a pipe holds, and does not wait for more.
func readNow(f *os.File, p []byte) (n int, err error) {
	// A deadline that has passed would refuse the attempt.
	if err := f.SetReadDeadline(time.Time{}); err != nil {
		return 0, err
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = conn.Read(func(fd uintptr) bool {
		for {
			if n, failed = unix.Read(int(fd), p); failed != unix.EINTR {
				return true
			}
		}
	})
	if n > 0 {
		return n, nil
	}
	return 0, cmp.Or(err, failed, io.EOF)
}
