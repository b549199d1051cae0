//go:build !linux

package block

import (
	"fmt"
	"net"
	"os"
)

// Peer is the arena of another process of this machine. There are none on this system.
type Peer struct{}

// OpenPeer closes f and says that there are no arenas here.
func OpenPeer(f *os.File) (*Peer, error) {
	f.Close()
	return nil, fmt.Errorf("block: %w", errNoArena)
}

// Bytes is never called.
func (*Peer) Bytes(Ref) ([]byte, error) { return nil, fmt.Errorf("block: %w", errNoArena) }

// Close is never called.
func (*Peer) Close() error { return nil }

// SendDescriptor says that there are no arenas here.
func SendDescriptor(*net.UnixConn, *os.File) error { return fmt.Errorf("block: %w", errNoArena) }

// ReceiveDescriptor says that there are no arenas here.
func ReceiveDescriptor(*net.UnixConn) (*os.File, error) {
	return nil, fmt.Errorf("block: %w", errNoArena)
}
