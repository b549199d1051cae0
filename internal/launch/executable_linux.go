package launch

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// self is the file that this process runs, whatever happened to its name since.
const self = "/proc/self/exe"

// Executable returns a path by which this process's executable can be read and started by this process, now and after it was
// removed or rebuilt.
func Executable() (string, error) {
	if _, err := os.Stat(self); err == nil {
		return self, nil
	}
	// Without /proc, the name must do.
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("launch: the executable of this process: %w", err)
	}
	return path, nil
}

// Stamp returns what tells the file that this process runs from every other one of this machine and from what it was before it was
// changed, and when its inode was changed last, which nobody can choose. It returns "" where that is not known.
func Stamp() (stamp string, changed time.Time) {
	info, err := os.Stat(self)
	if err != nil {
		return "", time.Time{}
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}
	}
	changed = time.Unix(s.Ctim.Unix())
	return fmt.Sprintf("%x-%x-%x-%x-%x", s.Dev, s.Ino, s.Size, info.ModTime().UnixNano(), changed.UnixNano()), changed
}
