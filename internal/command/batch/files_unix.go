//go:build unix

package batch

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/process"
)

// runInFiles runs a program that writes into files of its own.
func (w *worker) runInFiles(p *process.Program, o *Outcome) {
	var stderr string
	o.StdoutFile, stderr = w.plan.outputNames(o.Task)
	if p.Stdout, o.Err = open(o.StdoutFile, output); o.Err != nil {
		return
	}
	defer unix.Close(p.Stdout)
	w.spare.become(stderr)
	if p.Stderr, o.Err = open(stderr, output); o.Err != nil {
		return
	}
	defer unix.Close(p.Stderr)
	o.Result = w.slot.Run(p)
	var st unix.Stat_t
	if unix.Fstat(p.Stderr, &st) == nil && st.Size == 0 {
		w.spare = spare(stderr) // most have nothing to say
	} else {
		o.StderrFile = stderr
	}
	if !o.OK() && o.Err == nil && isFull(p.Stdout) { // it may have nowhere to say why
		o.Err = errFull
	}
}

// errFull is what may be the cause of a failure.
var errFull = errors.New("the disk of its output has no room left")

// isFull reports whether the disk of a file is full.
func isFull(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Bavail == 0
}

// output is how a file is opened that a program writes.
const output = unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC

// open opens a file for a program.
func open(name string, flags int) (int, error) {
	for {
		fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0o666)
		if err == nil {
			return fd, nil
		}
		if err != unix.EINTR {
			return -1, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// spare is the path of a file that was made for a task which left it empty; "" if there is none. The next task gets it under another
// name: to make a file costs some disks ten times that, and as much as to start a program.
type spare string

// become gives the file another name, if there is one. Where it has gone meanwhile another one is to be made.
func (s *spare) become(name string) {
	if *s != "" {
		_ = unix.Rename(string(*s), name)
	}
	*s = ""
}

func (s *spare) remove() {
	if *s != "" {
		_ = unix.Unlink(string(*s))
	}
}
