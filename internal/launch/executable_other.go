//go:build !linux

package launch

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// The file is looked at as early as possible, because it may be rebuilt while the program runs.
var path, info, infoErr = lookAtExecutable()

func lookAtExecutable() (string, os.FileInfo, error) {
	path, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	info, err := os.Stat(path)
	return path, info, err
}

// Executable returns a path by which this process's executable can be read and started by this process. The error says if
// the file was removed or replaced since the process began.
func Executable() (string, error) {
	now, err := os.Stat(path)
	if infoErr != nil || err != nil {
		return "", fmt.Errorf("launch: the executable of this process cannot be found any more: %w", errors.Join(infoErr, err))
	}
	if !os.SameFile(info, now) || info.Size() != now.Size() || !info.ModTime().Equal(now.ModTime()) {
		return "", fmt.Errorf("launch: %s was replaced while this program runs, and worker processes of another build must not join it; start the program again", path)
	}
	return path, nil
}

// Stamp would tell the file that this process runs from all others. Here another may have been put in its place while it runs.
func Stamp() (stamp string, changed time.Time) { return "", time.Time{} }
