package block

import (
	"fmt"
	"os"
)

// Ref is where a flat block is in the arena of the process that holds it. It is valid as long as that process has a view of
// the block.
type Ref struct {
	Offset, Bytes int64
}

// Arena says where other processes of this machine and user find the file behind an arena: as a descriptor of the process that holds
// it. The inode tells it from what has got these numbers since.
type Arena struct {
	Process    uint32
	Descriptor uint32
	Inode      uint64
}

// Arena returns where the store's arena is.
func (s *Store) Arena() (Arena, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Arena{}, ErrClosed
	}
	s.calls.Add(1)
	s.mu.Unlock()
	defer s.calls.Done()
	if !s.arena.opened() {
		return Arena{}, fmt.Errorf("block: %w", errNoArena)
	}
	descriptor, inode, err := s.arena.space.identity()
	return Arena{Process: uint32(os.Getpid()), Descriptor: descriptor, Inode: inode}, err
}
