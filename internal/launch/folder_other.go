//go:build !unix

package launch

import (
	"fmt"
	"os"
)

// bases lists where folders may be made, best first. The directory for temporary files is the user's own here.
func bases() []string { return []string{os.TempDir()} }

func homeName() string { return "braid" }

func checkPrivate(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", path)
	}
	return err
}
