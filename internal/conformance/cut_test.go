package conformance

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/local"
)

// A cluster whose connections between the scheduler, a client and workers break again and again, after any number of words, keeps the
// same promises.
func TestConnectionsThatBreak(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var clients, connections atomic.Int64
	open := func(t *testing.T, o braid.Options) *braid.Client {
		clients.Add(1)
		r := rand.New(rand.NewPCG(seed, 0)) // the same for each case
		offered, err := local.Offer(o.Resources)
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := local.StartInside(local.InsideOptions{
			Agents: 1, Slots: max(o.Slots, 1), Memory: o.MemoryLimit, Resources: offered, CloseTimeout: o.CloseTimeout,
			ClientTimeout: time.Minute, AgentTimeout: time.Minute,
			Lasts: func() int {
				connections.Add(1)
				return 3 + r.IntN(20) // so many that it can begin
			},
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
	for _, th := range []theme{values, graphs, lists, futures, maps, failures, retries, cancels, inside, holding, keys, sharing, streams, explaining, publishing} {
		for _, tc := range th.cases {
			if !tc.near {
				t.Run(th.name+"/"+tc.name, func(t *testing.T) { tc.run(t, open) })
			}
		}
	}
	if clients, all := clients.Load(), connections.Load(); all < 2*clients {
		t.Errorf("%d clients had %d connections", clients, all)
	}
}
