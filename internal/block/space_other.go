//go:build !linux

package block

// space does not exist on this system: blocks are in the Go heap, and other processes get copies. Everything else works as
// on Linux.
type space struct{}

func addressRoom() int64 { return 0 }

func openSpace(int64) (*space, error) { return nil, errNoArena }

func (*space) bytes(int64, int64) []byte          { return nil }
func (*space) discard(int64, int64) error         { return errNoArena }
func (*space) protect(int64, int64, access) error { return errNoArena }
func (*space) identity() (uint32, uint64, error)  { return 0, 0, errNoArena }
func (*space) close() error                       { return nil }
