package conformance

import (
	"fmt"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// A client of a cluster keeps the same promises, with one worker and with several.
func TestInsideCluster(t *testing.T) {
	for workers, kind := range map[int]Kind{1: Far, 2: Spread} {
		check := RunSmall
		if kind == Spread {
			check = Run
		}
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			check(t, kind, func(t *testing.T, o braid.Options) *braid.Client {
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
			})
		})
	}
}
