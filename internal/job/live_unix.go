//go:build unix

package job

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// memoryFolder is where Linux has files in memory. A few of them come and go with each task, which costs a disk more than
// starting a program does. They have to outlive processes and not the machine.
const memoryFolder = "/dev/shm"

// What there must be of it, and what a job may keep of a stream so that its tasks do not fill it.
const (
	leastMemory   = 1 << 30
	mostKeptInMem = 16 << 20
)

// makeLive makes the folder for the files of tasks that run, in memory if there is room: it is a link then.
func makeLive(folder string, keep int64) error {
	live := filepath.Join(folder, liveFolder)
	if info, err := os.Stat(live); err == nil && info.IsDir() {
		return nil
	}
	if err := removeLive(folder); err != nil { // a link to what is not there any more
		return err
	}
	var st unix.Statfs_t
	if keep > mostKeptInMem || unix.Statfs(memoryFolder, &st) != nil || uint64(st.Bavail)*uint64(st.Bsize) < leastMemory {
		return os.MkdirAll(live, 0o700)
	}
	target, err := os.MkdirTemp(memoryFolder, "braid-job-")
	if err != nil {
		return os.MkdirAll(live, 0o700)
	}
	if err := os.Symlink(target, live); err != nil {
		_ = os.Remove(target)
		return err
	}
	return nil
}

// removeLive removes the folder for the files of tasks that run.
func removeLive(folder string) error {
	live := filepath.Join(folder, liveFolder)
	target, err := os.Readlink(live)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && filepath.Dir(target) == memoryFolder:
		err = os.RemoveAll(target)
	default:
		err = nil
	}
	return errors.Join(err, os.RemoveAll(live))
}
