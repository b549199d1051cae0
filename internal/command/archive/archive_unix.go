//go:build unix

package archive

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/lock"
)

// Archive is an open journal with its outputs. Its methods may be called by several goroutines.
type Archive struct {
	file    *os.File // whose end is where every write goes
	outputs *Outputs
	index   *journal.Index
}

// Suffix is what the name of the file of outputs has after that of the journal.
const Suffix = ".output"

// ErrInUse is the error of a journal that another process has open.
var ErrInUse = errors.New("another run of braid map uses this journal; wait for it, or name another file")

// Open opens a journal, and makes it if there is none.
func Open(path string) (*Archive, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	a := &Archive{file: f}
	if err := a.load(path); err != nil {
		a.discard()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// load locks and reads the files.
func (a *Archive) load(path string) (err error) {
	if err := lock.Take(a.file); errors.Is(err, lock.ErrHeld) {
		return ErrInUse
	} else if err != nil {
		return err
	}
	if a.index, err = journal.Read(a.file); err != nil {
		return err
	}
	out, err := os.OpenFile(path+Suffix, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	a.outputs = &Outputs{file: out}
	size, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	a.outputs.size.Store(size)
	return a.mend()
}

// mend takes off what a killed process has left at the end, and begins a new journal.
func (a *Archive) mend() error {
	if err := a.file.Truncate(a.index.Size); err != nil || a.index.Size > 0 {
		return err
	}
	_, err := a.file.WriteString(journal.Header)
	return err
}

func (a *Archive) discard() {
	a.file.Close()
	if a.outputs != nil {
		a.outputs.Close()
	}
}

// Begin notes the beginning of a run: when, in ms since 1970, and of what.
func (a *Archive) Begin(began int64, command string) error {
	_, err := a.file.Write(journal.AppendRun(nil, began, command))
	return err
}

// Done returns where the output of a task is that did what it should in an earlier run.
func (a *Archive) Done(k journal.Key) (out journal.Output, ok bool) {
	out, ok = a.index.Done[k]
	return out, ok
}

// Damaged is the number of lines that could not be read when the journal was opened.
func (a *Archive) Damaged() int { return a.index.Damaged }

// Forget leaves out the tasks whose outputs are not there any more, as after their file was removed, and returns how many
// these are. It goes before the first Done.
func (a *Archive) Forget() (lost int) {
	for k, out := range a.index.Done {
		if !a.outputs.has(out.Stdout) || !a.outputs.has(out.Stderr) {
			delete(a.index.Done, k)
			lost++
		}
	}
	return lost
}

// usualLine is room for most records.
const usualLine = 320

// Append writes down how a task ended, and its outputs. The record is one write, so that of another goroutine cannot get into it.
func (a *Archive) Append(r *journal.Record, stdout, stderr []byte) error {
	out, err := a.outputs.Append(r.Task, stdout, stderr)
	if err != nil {
		return fmt.Errorf("keep the output of task %d: %w", r.Task, err)
	}
	r.Stdout, r.Stderr = out.Stdout, out.Stderr
	if _, err := a.file.Write(r.AppendLine(make([]byte, 0, usualLine))); err != nil {
		return fmt.Errorf("write the record of task %d: %w", r.Task, err)
	}
	return nil
}

// Read returns an output.
func (a *Archive) Read(s journal.Span) ([]byte, error) { return a.outputs.Read(s) }

// Close makes the files safe and closes them.
func (a *Archive) Close() error {
	var errs []error
	for _, f := range []*os.File{a.outputs.file, a.file} { // a record must not be there before what it points to
		if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, err)
		}
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
