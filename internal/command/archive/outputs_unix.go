//go:build unix

package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/journal"
)

// Outputs is a file of outputs. Its methods may be called by several goroutines.
type Outputs struct {
	file *os.File
	size atomic.Int64 // of what was written, or is being written
}

// Spool makes a temporary file of outputs, which nobody else sees and which is gone when it is closed.
func Spool() (*Outputs, error) {
	f, err := os.CreateTemp("", "braid-map-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return &Outputs{file: f}, nil
}

// OpenOutputs opens a file of outputs, and makes it if there is none. What is appended comes behind what is there.
func OpenOutputs(path string) (*Outputs, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Close()
		return nil, err
	}
	o := &Outputs{file: f}
	o.size.Store(size)
	return o, nil
}

// Size returns how many bytes there are.
func (o *Outputs) Size() int64 { return o.size.Load() }

// Append writes the outputs of a task, each below a line that says what it is, and returns where they are.
func (o *Outputs) Append(task int64, stdout, stderr []byte) (out journal.Output, err error) {
	var text []byte
	text, out.Stdout = stage(text, task, "stdout", stdout)
	text, out.Stderr = stage(text, task, "stderr", stderr)
	if len(text) == 0 {
		return out, nil
	}
	// A place of its own for each; what fails leaves a hole that nothing points to.
	begin := o.size.Add(int64(len(text))) - int64(len(text))
	if _, err := o.file.WriteAt(text, begin); err != nil {
		return journal.Output{}, err
	}
	out.Stdout.Offset += begin
	out.Stderr.Offset += begin
	return out, nil
}

// stage appends an output to a text, and returns where in it it is.
func stage(text []byte, task int64, stream string, data []byte) ([]byte, journal.Span) {
	if len(data) == 0 {
		return text, journal.Span{}
	}
	text = slices.Grow(text, len(data)+64)
	text = fmt.Appendf(text, "== task %d, %s, %d bytes\n", task, stream, len(data))
	s := journal.Span{Offset: int64(len(text)), Length: int64(len(data))}
	text = append(text, data...)
	if data[len(data)-1] != '\n' {
		text = append(text, '\n')
	}
	return text, s
}

// Read returns an output.
func (o *Outputs) Read(s journal.Span) ([]byte, error) {
	b, err := s.Read(o.file, o.size.Load())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.file.Name(), err)
	}
	return b, nil
}

// has reports whether the file is as long as a span says.
func (o *Outputs) has(s journal.Span) bool { return s.Within(o.size.Load()) }

// Sync makes what was written safe against a crash of the machine.
func (o *Outputs) Sync() error {
	if err := o.file.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// Close frees the file.
func (o *Outputs) Close() error { return o.file.Close() }
