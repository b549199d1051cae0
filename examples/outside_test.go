package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The program in the folder outside is a module of its own, so that "go test ./..." would leave it out.
func TestAProgramOfAnotherModuleBuildsAndRuns(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "outside.exe") // the ending is for Windows; elsewhere it is a name like others
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir = "outside"
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly") // or, in a test under the race detector, all is compiled once more
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("examples/outside does not build (%v); if braid's dependencies changed, run \"go mod tidy\" there:\n%s", err, out)
	}
	program := exec.CommandContext(t.Context(), binary)
	var report strings.Builder
	program.Stderr = &report
	out, err := program.Output()
	if err != nil || string(out) != "[3 5 6]\n" {
		t.Errorf("prints %q (%v), want the lengths of three words", out, err)
	}
	if !strings.HasPrefix(report.String(), "braid: 3 tasks in ") {
		t.Errorf("standard error does not close with what was done:\n%s", report.String())
	}
}
