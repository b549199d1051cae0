//go:build unix

package process

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Capture is a file that takes what one program writes. Of more than a stated number of bytes the beginning and the end are
// kept. One goroutine uses it, or several that see to it themselves.
type Capture struct {
	Task   int64 // whose output it is
	Stream int   // 0 standard output, 1 standard error

	fd   int
	keep int64
	hole int64 // the end of what was dropped while the program ran
	seen int64 // what Lines has returned
}

// NewCapture makes a capture that keeps so many bytes of a stream of a task.
func NewCapture(keep, task int64, stream int) (*Capture, error) {
	fd, err := scratch()
	if err != nil {
		return nil, fmt.Errorf("make a file for output: %w", err)
	}
	return &Capture{Task: task, Stream: stream, fd: fd, keep: keep}, nil
}

// NewCaptureFile is NewCapture with a file that others may read as it grows. There must be none of the name. Close leaves it.
func NewCaptureFile(name string, keep, task int64, stream int) (*Capture, error) {
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "make a file for output:", Path: name, Err: err}
	}
	return &Capture{Task: task, Stream: stream, fd: fd, keep: keep}, nil
}

// FD is the descriptor to give the program.
func (c *Capture) FD() int { return c.fd }

func (c *Capture) head() int64 { return c.keep / 2 }
func (c *Capture) tail() int64 { return c.keep - c.keep/2 }

func (c *Capture) size() (int64, error) {
	var st unix.Stat_t
	err := unix.Fstat(c.fd, &st)
	return st.Size, os.NewSyscallError("fstat", err)
}

// slack is how many bytes more than it keeps a capture may hold before Trim does something.
const slack = 1 << 20

// page is a multiple of the size of a page, for holes begin and end at pages.
const page = 1 << 16

// Trim drops from the middle of what has been written so far, while the program goes on writing.
func (c *Capture) Trim() {
	size, err := c.size()
	if err != nil || size < c.keep+slack {
		return
	}
	begin := max(c.hole, (c.head()+page-1)/page*page)
	if end := (size - c.tail()) / page * page; end > begin && punch(c.fd, begin, end-begin) == nil {
		c.hole = end
	}
}

// Take returns what is kept, and how many bytes are not. Where some are missing a line says so.
func (c *Capture) Take() (data []byte, cut int64, err error) {
	size, err := c.size()
	if err != nil || size == 0 {
		return nil, 0, err
	}
	if size <= c.keep {
		data, err = c.read(nil, 0, size)
		return data, 0, err
	}
	if data, err = c.read(nil, 0, c.head()); err != nil {
		return nil, 0, err
	}
	cut = size - c.keep
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data, '\n')
	}
	data = fmt.Appendf(data, "[braid: %d bytes left out here]\n", cut)
	data, err = c.read(data, size-c.tail(), size)
	return data, cut, err
}

// read appends the bytes of a range.
func (c *Capture) read(b []byte, from, to int64) ([]byte, error) {
	begin := len(b)
	b = append(b, make([]byte, to-from)...)
	for done := int64(0); done < to-from; {
		n, err := unix.Pread(c.fd, b[begin+int(done):], from+done)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, os.NewSyscallError("pread", err)
		case n == 0: // the program has cut its own output
			return b[:begin+int(done)], nil
		default:
			done += int64(n)
		}
	}
	return b, nil
}

// mostLines is how many bytes Lines returns at once.
const mostLines = 256 << 10

// Lines returns what was written since the last call up to the end of the last whole line, or all of it if last is set or
// there is much of it. If it was too much, the beginning of it is missing.
func (c *Capture) Lines(last bool) ([]byte, error) {
	size, err := c.size()
	if err != nil {
		return nil, err
	}
	if c.seen >= size {
		c.seen = size // the program may have cut its own output
		return nil, nil
	}
	var b []byte
	if size-c.seen > mostLines {
		b = fmt.Appendf(b, "[braid: %d bytes are not shown]\n", size-mostLines-c.seen)
		c.seen = size - mostLines
	}
	b, err = c.read(b, c.seen, size)
	if err != nil {
		return nil, err
	}
	if !last && len(b) < mostLines {
		b = b[:bytes.LastIndexByte(b, '\n')+1]
		size = c.seen + int64(len(b))
	}
	c.seen = size
	return b, nil
}

// Close frees the file. What a process that still has it writes goes nowhere.
func (c *Capture) Close() error { return os.NewSyscallError("close", unix.Close(c.fd)) }

var _ io.Closer = (*Capture)(nil)
