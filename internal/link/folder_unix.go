//go:build unix

package link

import (
	"fmt"
	"os"
	"syscall"
)

// checkFolder checks that nobody but this user can reach the sockets in a folder.
func checkFolder(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("link: the folder of a socket: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("link: %s is not a folder, or a link to one: name the folder itself", folder)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("link: folder %s has mode %#o, so that others may reach the sockets in it: make it 0700", folder, mode)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("link: folder %s belongs to user %d, and this process runs as user %d: use a folder of your own", folder, owner.Uid, os.Geteuid())
	}
	return nil
}
