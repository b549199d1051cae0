//go:build invariants

package invariants

import (
	"fmt"
	"runtime"
	"sync"
)

// Enabled says whether the program was built with the tag "invariants".
const Enabled = true

// mangled is the byte that [Mangle] writes. As a float64 or an int64 made of
// it is a huge negative number, it shows up in sums; it is no valid UTF-8
// either.
const mangled = 0xDB

// Check panics with the formatted message if cond is false. Without the tag
// "invariants" it does nothing.
func Check(cond bool, format string, args ...any) {
	if !cond {
		panic("braid: broken invariant: " + fmt.Sprintf(format, args...) + " (a bug in braid; please report it with this stack)")
	}
}

// CloseOnce finds a second close of the same thing, and uses after the first.
// Its zero value is open. It may be used by several goroutines at once and
// must not be copied after first use. Without the tag "invariants" it has size
// zero; keep it away from the end of a struct, where Go pads a field of size
// zero.
type CloseOnce struct {
	mu     sync.Mutex
	closed string // where the first Close was called, "" while open
}

// Close notes that the thing was closed, and panics with the places of both
// calls if it had been closed before.
func (c *CloseOnce) Close() {
	here := callerOf(2)
	c.mu.Lock()
	first := c.closed
	if first == "" {
		c.closed = here
	}
	c.mu.Unlock()
	Check(first == "", "closed twice: at %s and before that at %s", here, first)
}

// CheckOpen panics with the place of the close if the thing was closed.
func (c *CloseOnce) CheckOpen() {
	c.mu.Lock()
	first := c.closed
	c.mu.Unlock()
	if first != "" {
		Check(false, "used at %s after it was closed at %s", callerOf(2), first)
	}
}

// Mangle overwrites b, so that a reader that kept b after giving it back sees
// nonsense at once instead of the next owner's bytes some day. Call it where a
// buffer is released. Without the tag "invariants" it does nothing.
func Mangle(b []byte) {
	for i := range b {
		b[i] = mangled
	}
}

// callerOf returns file:line of the call skip frames above it.
func callerOf(skip int) string {
	_, file, line, ok := runtime.Caller(skip)
	if !ok {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", file, line)
}
