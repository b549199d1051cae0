package local_test

import (
	"testing"

	"github.com/braid-compute/braid/cluster/local"
)

// Functions of another build look at large arguments where the worker has them. What they change there is their own, and what they keep is a
// copy; their results are where the next call finds them.
func TestLargeArgumentsOfRunnersAreMapped(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	lines := said(t, cluster, "one", "large")
	for name, want := range map[string]string{
		"seen0":   `8.589869056e+09 in "/memfd:braid-blocks (deleted)"`,
		"seen1":   `1.7179738112e+10 in "/memfd:braid-blocks (deleted)"`,
		"seen2":   `2.5769607168e+10 in "/memfd:braid-blocks (deleted)"`,
		"hoard0":  "[8.589869056e+09]",
		"hoard1":  "[8.589869056e+09 1.7179738112e+10]",
		"hoard2":  "[8.589869056e+09 1.7179738112e+10 2.5769607168e+10]",
		"fetched": "8.589869056e+09",
	} {
		if lines[name] != want {
			t.Errorf("%s: %q, want %q", name, lines[name], want)
		}
	}
}
