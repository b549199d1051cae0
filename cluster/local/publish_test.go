package local_test

import (
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
	inside "github.com/braid-compute/braid/internal/local"
)

// What a program has published is there for another one, and for one of another build; if its worker dies, the code of the program
// that has gone makes it again.
func TestPublishedResultsOutliveTheirPrograms(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	said(t, cluster, "one", "publish")
	for round := range 2 {
		if v := said(t, cluster, "other", "published")["published"]; v != "one" {
			t.Errorf("round %d: another program finds %q", round, v)
		}
		kill(t, pids(cluster)[0])
	}
	c := open(t, cluster)
	f, err := braid.Published[string](t.Context(), c, "who")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Get(t.Context()); err != nil || v != "one" {
		t.Errorf("the cluster's own program finds %q, %v", v, err)
	}
	o, err := inside.Observe(t.Context(), cluster.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	x, err := o.Inspect(t.Context())
	if err != nil || len(x.Results) != 1 || x.Results[0].Name != "who" || x.Results[0].Program != "one" || x.Results[0].State != "done" {
		t.Errorf("an observer sees %+v, %v", x, err)
	}
}
