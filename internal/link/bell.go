package link

import (
	"runtime"
	"sync/atomic"
)

// A look at a socket is a system call of about a microsecond, and a worker looks at those of all that it is connected with, every few
// microseconds, mostly in vain. So the ends of a connection over a Unix socket, which are processes of one machine, share a piece of
// memory in which each counts what it has written: as long as a count stays, there is nothing to look for.
//
// A bell is a hint and nothing else. Who does not hear it, because the other side has ended between writing and ringing, is woken by
// the socket as ever; what is false costs a look, or the time until that. Nothing that is in this memory is used as a length or a place.

// bell is what one end has of the memory of both, which is mapped as long as the bell can be reached. A nil bell is that of a connection
// without: there is always something to look for.
type bell struct {
	ours   *atomic.Uint32 // what this end has written: twice as many times; one more while the writer is at it
	theirs *atomic.Uint32 // what the other one has
	heard  atomic.Uint32  // theirs before the last look that found the socket empty
}

// The counts are apart, so that each core has its own part of the cache.
const (
	bellSize   = 4096 // bytes of the memory
	bellDialed = 0    // where the count of the side is that dialled
	bellListed = 128  // and that of the other one
)

// bellName says where the memory of a bell is to be opened: descriptor and inode of who dialled. The inode tells it from another file that
// got the descriptor.
type bellName struct {
	descriptor uint32
	inode      uint64
}

// rung counts a write that has ended.
func (b *bell) rung() {
	if b != nil {
		b.ours.Add(2)
		runtime.KeepAlive(b)
	}
}

// ringing counts the begin, or the end, of a write that may take long. Until it ends there is always something to look for.
func (b *bell) ringing() {
	if b != nil {
		b.ours.Add(1)
		runtime.KeepAlive(b)
	}
}

// count returns what is to be handed to drained if a look that begins now finds the socket empty.
func (b *bell) count() uint32 {
	if b == nil {
		return 0
	}
	defer runtime.KeepAlive(b)
	return b.theirs.Load()
}

// drained notes that a look has found the socket empty, or left it so.
func (b *bell) drained(count uint32) {
	if b != nil {
		b.heard.Store(count)
	}
}

// silent reports whether nothing has been written since the socket was found empty.
func (b *bell) silent() bool {
	if b == nil {
		return false
	}
	n := b.theirs.Load()
	return n == b.heard.Load() && n%2 == 0
}
