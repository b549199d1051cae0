package array

import (
	"runtime"
	"strings"
)

// home is what names of functions of this package begin with.
const home = "github.com/braid-compute/braid/array."

// caller returns the program counter of the user's line: the innermost call that is not of this package.
func caller() uintptr {
	var pcs [8]uintptr
	n := runtime.Callers(3, pcs[:])
	for _, pc := range pcs[:max(1, n)] {
		if f := runtime.FuncForPC(pc - 1); f == nil || !strings.HasPrefix(f.Name(), home) {
			return pc
		}
	}
	return pcs[0]
}
