//go:build unix

package coord

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkPrivate makes sure that a folder belongs to this user and lets nobody else in.
func checkPrivate(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that only this user may enter (%v): chmod 700, or choose another one", path, info.Mode())
	}
	return nil
}

// takeLock locks a file for as long as it is open in this process. The lock ends with the process, however that ends; the file
// stays.
func takeLock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return f, nil
		case unix.EINTR:
		case unix.EWOULDBLOCK:
			_ = f.Close()
			return nil, errLocked
		default:
			_ = f.Close()
			return nil, err
		}
	}
}
