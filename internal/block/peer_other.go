//go:build !linux

package block

import "fmt"

// Peer is the arena of another process of this machine. There are none on this system.
type Peer struct{}

// OpenPeer says that there are no arenas here.
func OpenPeer(Arena) (*Peer, error) {
	return nil, fmt.Errorf("block: %w", errNoArena)
}

// Bytes is never called.
func (*Peer) Bytes(Ref) ([]byte, error) { return nil, fmt.Errorf("block: %w", errNoArena) }

// Done is never called.
func (*Peer) Done(Ref) {}

// Close is never called.
func (*Peer) Close() error { return nil }
