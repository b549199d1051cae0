//go:build unix

package launch

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
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
