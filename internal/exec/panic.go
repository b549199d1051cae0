package exec

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// panicError makes an error of a panic value. It is called while the panic unwinds the stack, and says where it began.
func panicError(v any) error {
	at := panicPlace()
	if err, ok := v.(error); ok {
		return fmt.Errorf("panic: %w%s", err, at)
	}
	return fmt.Errorf("panic: %v%s", v, at)
}

// maxFrames bounds how far down the stack the place of a panic is looked for.
const maxFrames = 64

// panicPlace returns the innermost line of the stack that is neither the Go runtime's nor the standard library's nor of those who
// call users' functions, as the end of a sentence.
func panicPlace() string {
	pcs := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking, root := false, ""
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" && !panicking:
			panicking, root = true, strings.TrimSuffix(filepath.ToSlash(f.File), "runtime/panic.go")
		case panicking && f.Line > 0 && isUsers(f, root):
			return fmt.Sprintf(", at %s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// packagePath is the path of this package, and modulePath that of the package that users import.
var (
	packagePath = reflect.TypeFor[Failure]().PkgPath()
	modulePath  = strings.TrimSuffix(packagePath, "/internal/exec")
)

// isUsers reports whether a frame is of users' code. root is the folder of the standard library's source, or nothing in programs
// that were built with -trimpath.
func isUsers(f runtime.Frame, root string) bool {
	name, _, _ := strings.Cut(f.Function, "[") // type arguments hold paths, too
	slash := strings.LastIndexByte(name, '/') + 1
	last, _, _ := strings.Cut(name[slash:], ".")
	path := name[:slash] + last
	switch {
	case path == "runtime" || path == packagePath || path == modulePath:
		return false
	case root != "":
		return !strings.HasPrefix(filepath.ToSlash(f.File), root)
	}
	first, _, _ := strings.Cut(path, "/")
	return path == "main" || strings.Contains(first, ".") // as no path of the standard library has
}
