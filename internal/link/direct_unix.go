//go:build unix

package link

import (
	"net"
	"syscall"
)

// direct writes to a socket what it takes at once and never waits. One goroutine uses it at a time.
type direct struct {
	raw  syscall.RawConn
	call func(fd uintptr) bool // made once
	data []byte
	n    int
	err  error
}

// newDirect returns nil for what is no socket.
func newDirect(nc net.Conn) *direct {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	d := &direct{raw: raw}
	d.call = func(fd uintptr) bool {
		for {
			d.n, d.err = syscall.Write(int(fd), d.data)
			if d.err != syscall.EINTR {
				return true
			}
		}
	}
	return d
}

func (d *direct) write(data []byte) (n int, err error) {
	d.data = data
	err = d.raw.Write(d.call)
	d.data = nil
	switch {
	case err != nil:
		return 0, err
	case d.err == syscall.EAGAIN:
		return 0, nil
	case d.err != nil:
		return 0, d.err
	}
	return d.n, nil
}
