package braidtest

import (
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/local"
)

// Options say what kind of cluster to start. The zero value is one worker with one slot.
type Options struct {
	Workers      int
	Slots        int                // per worker
	MemoryLimit  int64              // bytes of results per worker above which tasks without inputs wait; 0 means no limit
	Resources    map[string]float64 // what each worker offers, as Options.Resources of package braid
	CloseTimeout time.Duration      // how long a worker that ends waits for running functions. 0 means 10 seconds
}

// Cluster is a cluster inside the test's process. Clients reach it by Options.Address of package braid.
type Cluster struct {
	inside *local.Inside
}

// Start starts a cluster. Close it when done.
func Start(o Options) (*Cluster, error) {
	if o.Workers < 0 || o.Slots < 0 {
		return nil, fmt.Errorf("braidtest: %d workers with %d slots: neither can be negative", o.Workers, o.Slots)
	}
	if o.CloseTimeout == 0 {
		o.CloseTimeout = 10 * time.Second
	}
	offered, err := local.Offer(o.Resources)
	if err != nil {
		return nil, fmt.Errorf("braidtest: %w", err)
	}
	inside, err := local.StartInside(local.InsideOptions{
		Agents: max(o.Workers, 1), Slots: max(o.Slots, 1), Memory: o.MemoryLimit, Resources: offered, CloseTimeout: o.CloseTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("braidtest: %w", err)
	}
	return &Cluster{inside}, nil
}

// Address is what clients give as Options.Address.
func (c *Cluster) Address() string { return c.inside.Address() }

// Add starts one more worker and waits until it has joined. Its name must be that of no other one that lives.
func (c *Cluster) Add(name string) error { return c.inside.Add(name) }

// Kill ends a worker as the death of its process would: what it runs is lost, and what it holds. Workers are named worker-0,
// worker-1 and so on, or as they were added. Killing one that is dead does nothing.
func (c *Cluster) Kill(name string) { c.inside.Kill(name) }

// Close ends the workers and the scheduler. The error names functions that did not return in time.
func (c *Cluster) Close() error { return c.inside.Close() }
