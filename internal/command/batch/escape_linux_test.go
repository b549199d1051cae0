package batch

import (
	"os"
	"path/filepath"
	"testing"
)

// A process that leaves the group of its task, as daemons do, keeps the files of its output. No other task gets these.
func TestWhatOutlivesATaskWritesIntoNoOther(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p := plan(t, "case {} in "+
		"leave) setsid sh -c 'touch left; until [ -e go ]; do sleep 0.01; done; echo late >&2; touch said' & until [ -e left ]; do sleep 0.01; done;; "+
		"*) touch go; until [ -e said ]; do sleep 0.01; done;; esac", "leave", "next")
	p.Slots, p.Files = 1, filepath.Join(dir, "out")
	if o := run(t, p); o.err != nil || o.Done != 2 {
		t.Fatalf("%+v %v", o.Summary, o.err)
	}
	if text, err := os.ReadFile(filepath.Join(p.Files, "2.err")); !os.IsNotExist(err) {
		t.Errorf("the task that said nothing has %q, %v", text, err)
	}
}
