//go:build unix

package coord

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/lock"
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
	if err = lock.Take(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
