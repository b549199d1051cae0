package exec

import (
	"runtime"
	"testing"
)

func TestWhoseAFrameIs(t *testing.T) {
	const goroot = "/usr/lib/go/src/"
	for _, c := range []struct {
		function, file, root string
		users                bool
	}{
		{"main.parse", "/src/sim/main.go", goroot, true},
		{"sim/grid.At", "/src/sim/grid/grid.go", goroot, true},
		{"main.parse", "sim/main.go", "", true},
		{"example.org/sim.(*Grid).At", "example.org/sim/grid.go", "", true},
		{"example.org/sim.At[...]", "/src/sim/grid.go", goroot, true},
		{modulePath + "_test.parse", "/src/sim/main_test.go", goroot, true},
		{modulePath + ".Func[...].func1", "/src/go/pkg/mod/braid/func.go", goroot, false},
		{modulePath + ".Func[example.org/sim.Grid].func1", "braid/func.go", "", false},
		{packagePath + ".(*call).invoke", "/src/go/pkg/mod/braid/internal/exec/worker.go", goroot, false},
		{"runtime.goPanicIndex", goroot + "runtime/panic.go", goroot, false},
		{"strings.Repeat", goroot + "strings/strings.go", goroot, false},
		{"encoding/json.(*Decoder).Decode", "encoding/json/stream.go", "", false},
	} {
		if got := isUsers(runtime.Frame{Function: c.function, File: c.file, Line: 1}, c.root); got != c.users {
			t.Errorf("%s in %s: %v", c.function, c.file, got)
		}
	}
}
