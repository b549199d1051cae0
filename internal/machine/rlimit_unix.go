//go:build linux || darwin

package machine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// addressSpace returns the limit on this process's address space in bytes; a huge number stands for none.
func addressSpace() (uint64, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &r); err != nil {
		return 0, fmt.Errorf("getrlimit(RLIMIT_AS): %w", err)
	}
	return r.Cur, nil
}
