//go:build !unix

package link

import (
	"fmt"
	"os"
)

// checkFolder checks that a folder is there. Who may reach the sockets in it is not in its mode on this system: a folder of the
// user's own profile is private.
func checkFolder(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("link: the folder of a socket: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("link: %s is not a folder", folder)
	}
	return nil
}
