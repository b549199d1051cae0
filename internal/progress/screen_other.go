//go:build !windows

package progress

// enableSequences has nothing to do: terminals obey control sequences.
func enableSequences(int) (restore func(), ok bool) { return func() {}, true }
