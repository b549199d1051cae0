//go:build !invariants

package invariants

// Enabled says whether the program was built with the tag "invariants".
const Enabled = false

// Check panics with the formatted message if cond is false. Without the tag
// "invariants", as here, it does nothing.
func Check(cond bool, format string, args ...any) {}

// CloseOnce finds a second close of the same thing, and uses after the first.
// Without the tag "invariants", as here, it has size zero and finds nothing;
// keep it away from the end of a struct, where Go pads a field of size zero.
type CloseOnce struct{}

// Close notes that the thing was closed. Without the tag it does nothing.
func (*CloseOnce) Close() {}

// CheckOpen panics if the thing was closed. Without the tag it does nothing.
func (*CloseOnce) CheckOpen() {}

// Mangle overwrites b. Without the tag it does nothing.
func Mangle(b []byte) {}
