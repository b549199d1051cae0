//go:build unix

package work

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
)

// files are where a program writes.
type files struct {
	captures    []*process.Capture // or none, with files of the user's
	descriptors [2]int
}

// open makes the files of a task. An earlier attempt, also one on a worker that was lost, keeps those that it has.
func open(c *job.Compiled, t Task) (*files, error) {
	if c.Output != "" {
		return openOwn(c, t)
	}
	f := &files{}
	stdout, stderr := job.LiveNames(t.Folder, t.Number)
	for stream, name := range []string{stdout, stderr} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			f.close()
			return nil, err
		}
		capture, err := process.NewCaptureFile(name, c.Keep, int64(t.Number), stream)
		if err != nil {
			f.close()
			return nil, err
		}
		f.captures = append(f.captures, capture)
		f.descriptors[stream] = capture.FD()
	}
	return f, nil
}

// openOwn makes the files of a task whose output is not kept in the store.
func openOwn(c *job.Compiled, t Task) (*files, error) {
	f := &files{descriptors: [2]int{-1, -1}}
	stdout, stderr := c.OutputNames(t.Number)
	for stream, name := range []string{stdout, stderr} {
		fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o666)
		if err != nil {
			f.close()
			return nil, &os.PathError{Op: "make a file for output:", Path: name, Err: err}
		}
		f.descriptors[stream] = fd
	}
	return f, nil
}

// clockStep is how much earlier than it was made a file may say that it was.
const clockStep = 20 * time.Millisecond

// Begun reports whether a task that was handed out at a time has begun, by the files that it writes to.
func Begun(c *job.Compiled, t Task, handedOut time.Time) bool {
	if c.Output == "" {
		stdout, _ := job.LiveNames(t.Folder, t.Number)
		_, err := os.Lstat(stdout)
		return err == nil
	}
	stdout, _ := c.OutputNames(t.Number) // which may be there from an earlier attempt
	info, err := os.Stat(stdout)
	return err == nil && !info.ModTime().Before(handedOut.Add(-clockStep))
}

// take takes over what is kept of the output. If it cannot be read the task has not done what it should.
func (f *files) take(o *Outcome) {
	said := o.Stderr
	for k, c := range f.captures {
		data, cut, err := c.Take()
		if err != nil && o.Record.OK() {
			o.Record.Why = string(process.NotKept)
			said = fmt.Appendf(said, "braid: what the program wrote cannot be read: %v\n", err)
		}
		o.Record.Cut += cut
		if k == 0 {
			o.Stdout = data
		} else {
			o.Stderr = data
		}
	}
	if len(f.captures) > 0 {
		o.Stderr = append(o.Stderr, said...)
		return
	}
	if r := &o.Record; !r.OK() && r.Why == "" && process.IsFull(f.descriptors[0]) {
		r.Why = job.DiskFull
	}
	if len(said) > 0 {
		_, _ = unix.Write(f.descriptors[1], said) // the record says it too
		o.Stderr = nil
	}
}

func (f *files) close() {
	for _, c := range f.captures {
		_ = c.Close()
	}
	if len(f.captures) > 0 {
		return
	}
	for _, fd := range f.descriptors {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}
