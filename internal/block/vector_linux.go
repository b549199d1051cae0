package block

import (
	"io"
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"
)

// writeParts makes a [vector] of a file.
func (f osFile) writeParts(parts [][]byte, offset int64) error {
	for {
		n := 0
		err := retry(func() (err error) {
			n, err = unix.Pwritev(int(f.Fd()), parts, offset)
			return err
		})
		if err != nil {
			return &fs.PathError{Op: "write", Path: f.Name(), Err: err}
		}
		if parts = after(parts, n); len(parts) == 0 {
			return nil
		}
		if n == 0 {
			return &fs.PathError{Op: "write", Path: f.Name(), Err: io.ErrShortWrite}
		}
		offset += int64(n)
	}
}

// after returns what follows the first n bytes of parts.
func after(parts [][]byte, n int) [][]byte {
	for k, p := range parts {
		if n < len(p) {
			rest := slices.Clone(parts[k:])
			rest[0] = p[n:]
			return rest
		}
		n -= len(p)
	}
	return nil
}
