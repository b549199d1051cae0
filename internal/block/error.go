package block

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the store is closed.
	ErrClosed = errors.New("block: the store is closed")
	// ErrReleased says that a block was used after its last reference was released.
	ErrReleased = errors.New("block: the block was released")
	// ErrLost is matched by the errors about blocks that cannot be had any more, so that they have to be made again.
	ErrLost = errors.New("block: the block is lost")
	// ErrTooLarge is matched by the errors about blocks that are larger than the memory limit.
	ErrTooLarge = errors.New("block: larger than the memory limit")
)

// LostError says why a block is lost. It matches [ErrLost].
type LostError struct {
	Number uint64 // of the block in its store
	Bytes  int64
	Path   string // of the spill file
	Offset int64  // of its record there
	Err    error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("block: block %d of %d bytes is lost, because it cannot be read back from the spill file %s at byte %d: %v. It has to be made again",
		e.Number, e.Bytes, e.Path, e.Offset, e.Err)
}

// Unwrap returns the cause, and that the block is lost.
func (e *LostError) Unwrap() []error { return []error{ErrLost, e.Err} }

// SpillError says why blocks could not be written to a file. They are still in memory.
type SpillError struct {
	Path string
	Err  error
}

func (e *SpillError) Error() string {
	return fmt.Sprintf("block: the spill file %s cannot be written: %v. Blocks stay in memory, and spilling is tried again when files are freed or after %v; free space there, or choose another scratch folder",
		e.Path, e.Err, retryAfter)
}

// Unwrap returns the cause.
func (e *SpillError) Unwrap() error { return e.Err }

// tooLarge is the error about a block that can never be in memory.
func (s *Store) tooLarge(n int64) error {
	return fmt.Errorf("%w: a block of %d bytes, and the limit is %d: make the chunks smaller, or give more memory", ErrTooLarge, n, s.options.Limit)
}
