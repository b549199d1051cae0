package conformance

import (
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// A client of a cluster keeps the same promises, with several workers.
func TestInsideCluster(t *testing.T) { Run(t, Spread, openInside(2)) }

// It does with one worker, too.
func TestInsideClusterOfOneWorker(t *testing.T) { RunSmall(t, Far, openInside(1)) }

// openInside returns what opens clients of clusters of so many workers.
func openInside(workers int) func(*testing.T, braid.Options) *braid.Client {
	return func(t *testing.T, o braid.Options) *braid.Client {
		cluster, err := braidtest.Start(braidtest.Options{
			Workers: workers, Slots: o.Slots, MemoryLimit: o.MemoryLimit, Resources: o.Resources, CloseTimeout: o.CloseTimeout,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := cluster.Close(); err != nil {
				t.Error(err)
			}
		})
		o.Address, o.Resources = cluster.Address(), nil
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}
