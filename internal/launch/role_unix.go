//go:build unix

package launch

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// bornOf reports whether a process is the parent of this one.
func bornOf(pid int) bool { return os.Getppid() == pid }

// end ends this process and everything it started in its process group. It is called when the process that started it
// is gone, so nobody is left to be told why.
func end() {
	if unix.Getpgrp() == os.Getpid() {
		unix.Kill(0, unix.SIGKILL)
	}
	os.Exit(exitRefused)
}

// canOutlive lets what is printed fail when nobody reads it any more, where otherwise a signal would end this process.
func canOutlive() bool {
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	return true
}

// disconnect lets what this process and its children print go nowhere.
func disconnect() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return // it fails then, as long as it is printed to nobody
	}
	defer null.Close()
	for fd := 1; fd <= 2; fd++ {
		_ = put(null, fd)
	}
}

// takeStreams keeps the streams from and to the starter for this package, and leaves tasks and the programs they start
// an empty standard input and, with a connection, standard error in place of standard output.
func takeStreams(talk bool) (in, out *os.File, err error) {
	if in, err = keep(0, "start words"); err != nil {
		return nil, nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	if err := put(null, 0); err != nil {
		return nil, nil, err
	}
	if !talk {
		return in, nil, nil
	}
	if out, err = keep(1, "answers"); err != nil {
		return nil, nil, err
	}
	return in, out, put(os.Stderr, 1)
}

// keep moves a descriptor to where no other program inherits it and the runtime's poller serves it.
func keep(fd int, name string) (*os.File, error) {
	kept, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl(F_DUPFD_CLOEXEC)", err)
	}
	// The starter made this end of the pipe for this process alone, so nobody else minds the mode.
	if err := unix.SetNonblock(kept, true); err != nil {
		return nil, os.NewSyscallError("fcntl(O_NONBLOCK)", err)
	}
	return os.NewFile(uintptr(kept), name), nil
}
