package launch

import (
	"fmt"
	"os"
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
