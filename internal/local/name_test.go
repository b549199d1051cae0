//go:build unix

package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

// apart gives the test a directory for temporary files of its own.
func apart(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	return dir
}

func TestWhatIsKnownOfANameFromItsClaimToItsEnd(t *testing.T) {
	apart(t)
	if _, err := Find("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of what never was: %v", err)
	}
	n, err := takeName("x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach("x"); err == nil || !strings.Contains(err.Error(), "is being started") {
		t.Errorf("attaching while it starts: %v", err)
	}
	if _, err := takeName("x"); !errors.Is(err, ErrNameTaken) {
		t.Errorf("taking it twice: %v", err)
	}
	folder, err := launch.Folder()
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := n.started(folder); err != nil {
		t.Fatal(err)
	}
	if r, err := Find("x"); err != nil || !r.Lives || r.Name != "x" || r.Address != folder.Path(ClusterFile) || r.Pid != os.Getpid() {
		t.Errorf("while it lives: %+v, %v", r, err)
	}
	if names, err := Names(); !slices.Equal(names, []string{"x"}) || err != nil {
		t.Errorf("names are %v, %v", names, err)
	}
	if err := n.ended("it was tired"); err != nil {
		t.Error(err)
	}
	if r, err := Find("x"); err != nil || r.Lives || r.Why != "it was tired" || time.Since(r.Ended) > time.Minute {
		t.Errorf("after its end: %+v, %v", r, err)
	}
	if _, err := Attach("x"); err == nil || !strings.Contains(err.Error(), `the cluster "x" ended at 2`) || !strings.Contains(err.Error(), `: it was tired; "braid up --name x" starts another`) {
		t.Errorf("attaching after its end: %v", err)
	}
	if err := Forget("x"); err != nil {
		t.Error(err)
	}
	if _, err := Find("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it was forgotten: %v", err)
	}
}

func TestADamagedRecordIsSaidAndReplaced(t *testing.T) {
	dir := apart(t)
	n, err := takeName("x")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"{": "the record of the cluster \"x\"", `{"version":2}`: "it has version 2, and this program knows version 1"} {
		if err := n.claim.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if r, err := Find("x"); err == nil || !strings.Contains(err.Error(), want) || !r.Lives {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
	if err := n.claim.Release(); err != nil {
		t.Fatal(err)
	}
	if n, err = takeName("x"); err != nil {
		t.Fatal(err)
	}
	if err := n.ended(""); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestWhatIsANameAndWhatAPath(t *testing.T) {
	for text, want := range map[string]bool{
		"default": true, "a-b_9": true, "X": true, strings.Repeat("x", 32): true, strings.Repeat("x", 33): false, "": false, "./x": false,
		"x/y": false, "cluster.json": false, "-x": false, "inside:1": false, `c:\x`: false, "ä": false,
	} {
		if isName(text) != want {
			t.Errorf("%q is a name: %v, want %v", text, !want, want)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"name":"x","address":"/x/cluster.json","pid":7,"since":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{"version":1,"ended":"2026-01-02T03:04:05Z","why":"it was tired"}`))
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRecord(text)
		if (err == nil) != (r.Version == recordVersion) || r.Lives || !r.Seen.IsZero() {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
