//go:build unix

package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
	inside "github.com/braid-compute/braid/internal/local"
)

// apart gives the test a directory for temporary files of its own, so that it shares no names with others.
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

func TestAClusterIsFoundByItsName(t *testing.T) {
	dir := apart(t)
	if _, err := braid.Open(t.Context(), braid.Options{Address: "mine"}); err == nil || !strings.Contains(err.Error(), `there is no cluster with the name "mine"`) {
		t.Errorf("before it is started: %v", err)
	}
	cluster := start(t, local.Options{Slots: 1, Name: "mine"})
	t.Setenv("BRAID_ADDRESS", "mine")
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); v != 9 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if other, err := local.Start(t.Context(), local.Options{Slots: 1, Name: "mine"}); !errors.Is(err, inside.ErrNameTaken) {
		t.Errorf("another of the name: %v, %v", other, err)
	}
	if r, err := inside.Find("mine"); err != nil || !r.Lives || r.Address != cluster.Address() || r.Pid != os.Getpid() {
		t.Errorf("its record is %+v, %v", r, err)
	}
	if err := cluster.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left, %v", left, err)
	}
	start(t, local.Options{Slots: 1, Name: "mine"})
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"a b", "a.b", "../a", "a/b", "-a", strings.Repeat("x", 33), "ä", "a\n"} {
		if _, err := local.Start(t.Context(), local.Options{Name: name}); err == nil || !strings.Contains(err.Error(), "cannot be the name of a cluster") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAClusterEndsWhenItIsIdleOrAskedTo(t *testing.T) {
	apart(t)
	cluster := start(t, local.Options{Slots: 1, Name: "idle", IdleTimeout: time.Millisecond})
	if err := cluster.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if r, err := inside.Find("idle"); err != nil || r.Lives || r.Why != "no program was attached for 1ms" {
		t.Errorf("its record is %+v, %v", r, err)
	}
	if err := inside.Forget("idle"); err != nil {
		t.Error(err)
	}

	cluster = start(t, local.Options{Slots: 1})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := cluster.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for the end: %v", err)
	}
	c := open(t, cluster)
	task := braid.Submit(t.Context(), c, nap.Call(braid.V(time.Hour)))
	o, err := inside.Observe(t.Context(), cluster.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for taken := false; !taken; { // the client's task was handed in, and may be on its way
		x, err := o.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		taken = len(x.Programs) == 1 && x.Programs[0].Runs == 1
	}
	x, err := o.Shutdown(t.Context(), false)
	if err != nil || !strings.Contains(x.Refused, "is attached") || !strings.Contains(x.Refused, filepath.Base(os.Args[0])) {
		t.Errorf("a shutdown while a program is attached: %+v, %v", x, err)
	}
	if x, err = o.Shutdown(t.Context(), true); err != nil || x.Refused != "" {
		t.Errorf("by force: %+v, %v", x, err)
	}
	if err := cluster.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := task.Get(t.Context()); err == nil || !strings.Contains(err.Error(), `the cluster was ended from outside, as "braid down --force" does`) {
		t.Errorf("its task: %v", err)
	}
}
