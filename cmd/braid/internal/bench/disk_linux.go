package bench

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropPages takes a file that was synced out of the system's cache.
func dropPages(f *os.File) error { return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
