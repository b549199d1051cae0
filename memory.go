package braid

import (
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/progress"
)

// openStore finds the folder for results that do not fit into memory, and makes what keeps them below the limit if tasks run in
// this process.
func (c *Client) openStore(o Options) (err error) {
	if o.Address != "" {
		c.noScratch = "the workers are somebody else's"
		return nil
	}
	if c.scratch, c.noScratch, err = local.FindScratch(c.memoryLimit, o.Scratch); err != nil || o.Processes > 0 {
		return err
	}
	c.store, err = local.OpenStore(c.memoryLimit, c.scratch, o.Scratch == "", c.say)
	return err
}

// scratchLine says where results go that do not fit into memory, and how much went.
func (c *Client) scratchLine() string {
	if c.scratch == "" {
		return "none: " + c.noScratch
	}
	if c.store == nil {
		return c.scratch
	}
	st := c.store.Stats()
	s := c.scratch + ", " + progress.Bytes(st.FileBytes) + " in files; " + progress.Bytes(st.SpilledBytes) + " written so far"
	if st.Stalled != nil {
		s += "\n           " + st.Stalled.Error()
	}
	return s
}

// SpilledBytes returns how many bytes of results this client has written to disk since it was opened, because they did not fit
// into memory. A client of worker processes has written nothing itself.
//
// The client that a task on a worker finds in its context returns what that worker has written.
func (c *Client) SpilledBytes() int64 {
	switch {
	case c.store != nil:
		return c.store.Stats().SpilledBytes
	case c.cluster != nil && c.cluster.processes == nil:
		return local.SpilledHere()
	}
	return 0
}

// stored reports whether a result is in the store, so that it may have to be read back from disk.
func stored(v any) bool {
	_, ok := v.(*block.Block)
	return ok
}
