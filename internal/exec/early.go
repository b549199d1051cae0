package exec

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// early makes task i, which became ready when b was made, the slot's next one if that lets go of as much memory as it takes. The walker
// that comes to it finds it begun. So where a graph has one layer of large results behind the other, few of them exist at a time.
//
// It is called while the worker that made b holds it.
func (r *Run) early(i graph.Index, b *block.Block, maker *task, s *slot) {
	state := r.task(i).state.Load()
	if r.prioritised || statusOf(state) != StatusWaiting || state&flagPassed != 0 {
		return
	}
	c := &r.calls[r.g.Load().CallOf(i)]
	if c.gang || c.demand != nil {
		return
	}
	last := maker.uses.Load() <= 2 // the task and its maker
	if takes := c.expected(); takes < r.x.least || last && takes <= b.Size() {
		s.push(r, i)
	}
}
