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

// Descriptor returns a descriptor of the arena's file for another process of this machine, which can read all flat blocks
// with it and change none. Its owner closes it.
func (s *Store) Descriptor() (*os.File, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.calls.Add(1)
	s.mu.Unlock()
	defer s.calls.Done()
	if !s.arena.opened() {
		return nil, fmt.Errorf("block: %w", errNoArena)
	}
	return s.arena.space.reader()
}
