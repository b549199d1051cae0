//go:build unix

package launch

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// bases lists where folders may be made, best first. The runtime directory comes last, because it is removed when the
// user's last session ends, which a detached program outlives.
func bases() []string {
	b := []string{os.TempDir(), "/tmp"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" && checkPrivate(dir) == nil {
		b = append(b, dir)
	}
	return b
}

func homeName() string { return "braid-" + strconv.Itoa(os.Getuid()) }

// checkPrivate makes sure that a folder is one, belongs to this user, and lets nobody else in.
func checkPrivate(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that only this user may enter (%v)", path, info.Mode())
	}
	return nil
}

// lockNew makes a file and locks it for as long as it is open in this process. It gets its name when it is locked, so
// that nobody finds it unlocked while its owner lives.
func lockNew(path string) (io.Closer, error) {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = flock(f); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// tryLock takes over the lock of a dead process, and reports whether a living one holds it.
func tryLock(path string) (held bool, release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, nil, err
	}
	if err := flock(f); err != nil {
		f.Close()
		return err == unix.EWOULDBLOCK, nil, err
	}
	return false, func() { f.Close() }, nil
}

func flock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
