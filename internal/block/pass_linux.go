package block

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// passed is the byte that a descriptor travels with, since one cannot travel alone.
const passed = 'A'

// SendDescriptor sends a descriptor over a Unix socket, on which nothing else may be under way; f stays open. (SCM_RIGHTS in
// unix(7). Opening /proc/PID/fd of the other process would need no socket, but it fails between containers, for processes that
// may not be traced and where /proc is hidden, and a process number can be another's by the time that it is used.)
func SendDescriptor(c *net.UnixConn, f *os.File) error {
	if _, _, err := c.WriteMsgUnix([]byte{passed}, unix.UnixRights(int(f.Fd())), nil); err != nil {
		return fmt.Errorf("block: send a descriptor: %w", err)
	}
	return nil
}

// ReceiveDescriptor receives one descriptor.
func ReceiveDescriptor(c *net.UnixConn) (*os.File, error) {
	var data [1]byte
	rights := make([]byte, unix.CmsgSpace(16*4)) // room for more than one, so that none are dropped unseen
	n, m, flags, _, err := c.ReadMsgUnix(data[:], rights)
	if err != nil {
		return nil, fmt.Errorf("block: receive a descriptor: %w", err)
	}
	fds := descriptors(rights[:m])
	if n != 1 || data[0] != passed || len(fds) != 1 || flags&unix.MSG_CTRUNC != 0 {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return nil, errors.New("block: what came over the socket is not one descriptor")
	}
	return os.NewFile(uintptr(fds[0]), "the arena of another process"), nil
}

// descriptors returns those in the control messages.
func descriptors(rights []byte) (fds []int) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for k := range messages {
		got, _ := unix.ParseUnixRights(&messages[k]) // other messages have none
		fds = append(fds, got...)
	}
	return fds
}
