package machine

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Scratch returns the folder for files that serve this run only: what the environment variable BRAID_SCRATCH names, else the
// system's folder for temporary files, or /var/tmp if that is kept in memory. given says that it was the variable. It returns
// nothing where all are kept in memory.
func Scratch() (folder string, given bool) {
	if named := os.Getenv("BRAID_SCRATCH"); named != "" {
		return named, true
	}
	return temporary(), false
}

// temporary is looked for once: that takes as long as ten tasks.
var temporary = sync.OnceValue(func() string {
	for _, folder := range []string{os.TempDir(), "/var/tmp"} {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && !InMemory(folder) {
			return folder
		}
	}
	return ""
})

// Shared reports whether a folder is in /dev/shm, where processes share memory.
func Shared(folder string) bool {
	path, err := filepath.EvalSymlinks(folder)
	if err != nil {
		path = folder
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	return path == "/dev/shm" || strings.HasPrefix(path, "/dev/shm/")
}
