//go:build !linux

package machine

// InMemory reports whether the files of a folder are kept in memory. It is not known here.
func InMemory(string) bool { return false }
