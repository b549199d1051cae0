//go:build unix

package work

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/job"
)

// claimed are the names of devices that were claimed, with commas between them.
func claimed(t *testing.T, folder string, need float64) (string, []*device) {
	t.Helper()
	list, err := claimDevices(folder, []string{"a", "b", "c"}, need)
	if err != nil {
		return err.Error(), nil
	}
	t.Cleanup(func() { releaseAll(list) })
	var names []string
	for _, d := range list {
		names = append(names, d.name)
	}
	return strings.Join(names, ","), list
}

func TestNoDeviceIsClaimedTwice(t *testing.T) {
	folder := t.TempDir()
	two, held := claimed(t, folder, 2)
	one, _ := claimed(t, folder, 1)
	if none, _ := claimed(t, folder, 1); two != "a,b" || one != "c" || !strings.Contains(none, "a, b, c") {
		t.Errorf("claimed %q, %q and %q", two, one, none)
	}
	releaseAll(held)
	var parts []string
	for range 3 {
		part, _ := claimed(t, folder, 0.5)
		parts = append(parts, part)
	}
	if got := strings.Join(parts, " "); got != "a a b" {
		t.Errorf("halves are of %q", got)
	}
	if whole, _ := claimed(t, folder, 1); !strings.Contains(whole, "others use") {
		t.Errorf("%q is claimed whole, of which a part is in use", whole)
	}
}

// Parts of different sizes fill a device, and no more than that.
func TestMixedPartsFillNoDeviceTwice(t *testing.T) {
	folder := t.TempDir()
	var got []string
	for _, need := range []float64{0.5, 0.25, 0.25, 0.25, 0.6, 0.1, 0.75, 0.25} {
		name, _ := claimed(t, folder, need)
		got = append(got, name)
	}
	if want := "a a a b b b c c"; strings.Join(got, " ") != want {
		t.Errorf("claimed %v, want %s", got, want)
	}
}

// What is free on two devices together is waited for on one of them.
func TestAPartThatIsFreeInPiecesIsWaitedFor(t *testing.T) {
	folder := t.TempDir()
	names := []string{"a", "b"}
	var first []*device
	for range names {
		list, err := waitForDevices(t.Context(), folder, names, 0.75)
		if err != nil {
			t.Fatal(err)
		}
		defer releaseAll(list)
		first = append(first, list...)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := waitForDevices(ctx, folder, names, 0.5); !errors.Is(err, context.Canceled) {
		t.Errorf("it was not waited for: %v", err)
	}
	if _, err := waitForDevices(t.Context(), folder, names, 0.6); err == nil || !strings.Contains(err.Error(), "others use") {
		t.Errorf("more than is free: %v", err)
	}
	got := make(chan []*device)
	go func() {
		list, err := waitForDevices(t.Context(), folder, names, 0.5)
		if err != nil {
			t.Error(err)
		}
		got <- list
	}()
	first[1].release()
	list := <-got
	defer releaseAll(list)
	if len(list) != 1 || list[0].name != "b" {
		t.Errorf("got %v", list)
	}
}

func TestAClaimEndsWithItsProcess(t *testing.T) {
	folder := t.TempDir()
	claims := filepath.Join(folder, "a.claims")
	if err := os.MkdirAll(claims, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(claims, "1_killed"), nil, 0o600); err != nil { // which nobody has locked any more
		t.Fatal(err)
	}
	if got, _ := claimed(t, folder, 1); got != "a" {
		t.Errorf("claimed %s", got)
	}
}

func TestDevicesAreThoseThatAreVisible(t *testing.T) {
	if got := strings.Join(devices("3, GPU-7f"), "|"); got != "3|GPU-7f" {
		t.Errorf("they are %s", got)
	}
	if got := devices(""); got[0] != "0" {
		t.Errorf("the first is %s", got[0])
	}
}

func TestATaskKnowsItsNodesAndDevices(t *testing.T) {
	t.Setenv(job.CUDAVariable, "4,5")
	folder := stored(t, `echo $BRAID_NODES $CUDA_VISIBLE_DEVICES $BRAID_GPUS; cat "$BRAID_NODE_FILE"`, func(s *job.Spec) { s.Needs.GPUs, s.Needs.Nodes = 2, 2 })
	o, err := runner().RunOn(t.Context(), Task{folder, 2}, []string{"one", "two"})
	if err != nil || string(o.Stdout) != "2 4,5 4,5\none\ntwo\n" {
		t.Errorf("it printed %q, %v", o.Stdout, err)
	}
	if _, err := os.Stat(job.NodeFile(folder, 2)); !os.IsNotExist(err) {
		t.Errorf("the file of its nodes is there afterwards: %v", err)
	}
}
