//go:build !linux

package bench

import (
	"errors"
	"os"
)

// dropPages says that it cannot be done. Nobody calls it: the reductions are not measured on such systems.
func dropPages(*os.File) error { return errors.ErrUnsupported }
