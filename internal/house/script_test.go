package house

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// What people and CI start first must be startable and must refuse what it
// does not know.
func TestTheTestScriptExplainsItselfAndRefusesUnknownArguments(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("./test is a bash script: %v", err)
	}
	for _, c := range []struct {
		args string
		code int
		word string
	}{
		{"--help", 0, "usage: ./test"},
		{"-h", 0, "usage: ./test"},
		{"longer", 2, `unknown argument "longer"`},
		{"long long", 2, "one argument at most"},
	} {
		out, err := run(t, nil, "bash", append([]string{"test"}, strings.Fields(c.args)...)...)
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.code || !strings.Contains(out, c.word) || !strings.Contains(out, "usage: ./test") {
			t.Errorf("./test %s: exit code %d, want %d with %q and the usage; it said:\n%s", c.args, code, c.code, c.word, out)
		}
	}
}

func TestScriptsAreExecutable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such bit")
	}
	for _, name := range []string{"test", ".ci/run"} {
		info, err := os.Stat(filepath.Join(repo(t).root, name))
		if err != nil {
			t.Errorf("%s:1: %v. It is what people and CI start; restore it", name, err)
		} else if info.Mode()&0o111 == 0 {
			t.Errorf("%s:1: is not executable. Run: chmod +x %s", name, name)
		}
	}
}
