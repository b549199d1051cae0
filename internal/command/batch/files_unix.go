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
	if p.Stderr, o.Err = w.openSpare(stderr); o.Err != nil {
		return
	}
	defer unix.Close(p.Stderr)
	o.Result = w.slot.Run(p)
	var st unix.Stat_t
	switch empty := unix.Fstat(p.Stderr, &st) == nil && st.Size == 0; { // most have nothing to say
	case !empty:
		o.StderrFile = stderr
	case w.sparing:
		w.spare = stderr
	default:
		_ = unix.Unlink(stderr)
	}
	if !o.OK() && o.Err == nil && process.IsFull(p.Stdout) { // it may have nowhere to say why
		o.Err = errFull
	}
}

// errFull is what may be the cause of a failure.
var errFull = errors.New("the disk of its output has no room left")

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

// openSpare opens a file for errors. If the task before left its own empty, it is that one under another name: to make a file costs some
// disks ten times as much, and as much as to start a program.
func (w *worker) openSpare(name string) (int, error) {
	if w.spare != "" {
		renamed := unix.Rename(w.spare, name) == nil // it may have gone meanwhile
		w.spare = ""
		if renamed {
			fd, err := open(name, output)
			if err != nil {
				return fd, err
			}
			alone, known := alone(fd)
			if alone {
				return fd, nil
			}
			unix.Close(fd)
			_ = unix.Unlink(name) // what has left the group of that task may still write into it
			w.sparing = known
		}
	}
	return open(name, output)
}

// removeSpare removes the file that was kept for the next task.
func (w *worker) removeSpare() {
	if w.spare != "" {
		_ = unix.Unlink(w.spare)
	}
}
