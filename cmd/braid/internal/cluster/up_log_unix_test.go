//go:build unix

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), logName)
	l := new(logFile)
	fmt.Fprintln(l, "early")
	if kept := l.kept(); !strings.HasSuffix(kept, " early\n") {
		t.Errorf("kept %q", kept)
	}
	for range 100 { // more than is kept until there is a file
		fmt.Fprintln(l, strings.Repeat("x", mostKeptLog/10))
	}
	if err := l.open(path); err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("y", 64<<10)
	for range 3 * mostLog / len(line) {
		fmt.Fprintln(l, line)
	}
	fmt.Fprintln(l, "last")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	var sizes []int64
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > mostLog || info.Mode() != 0o600 {
			t.Fatalf("%s: %v, %v", name, info, err)
		}
		sizes = append(sizes, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(text), " last\n") || sizes[1] < mostLog/2 {
		t.Errorf("the log ends with %.40q, %v, and the older half has %d bytes", text[max(0, len(text)-40):], err, sizes[1])
	}
}
