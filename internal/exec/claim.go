package exec

import (
	"errors"
	"slices"

	"github.com/braid-compute/braid/graph"
)

// MemoryError is the error of an attempt that was ended because it took more memory than [Context.Memory].
type MemoryError interface {
	error
	MemoryLimit() int64 // bytes that it might take
}

// Exceeded reports whether an attempt was ended because it took more memory than it might.
func Exceeded(err error) bool {
	_, ok := errors.AsType[MemoryError](err)
	return ok
}

// claim is what a task demands that gets more memory than its call says.
type claim struct {
	demand *demand
	bytes  uint64
	times  uint32 // that it has grown
}

// claimMore doubles the memory that a task may take, up to all there is, and reports whether that is more than it had. Such attempts
// are not among the call's retries, which would end in the same way.
func (r *Run) claimMore(i graph.Index, c *call) bool {
	d := r.demandOf(i, c)
	if !r.x.config.Grow || d == nil || c.gang {
		return false
	}
	k := slices.IndexFunc(d.needs, func(n need) bool { return n.name == "memory" })
	if k < 0 || d.needs[k].amount >= d.needs[k].have {
		return false
	}
	more := &demand{needs: slices.Clone(d.needs), cores: d.cores}
	n := &more.needs[k]
	n.amount = min(2*n.amount, n.have)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claims == nil {
		r.claims = make(map[graph.Index]*claim)
	}
	times := uint32(1)
	if old := r.claims[i]; old != nil {
		times += old.times
	}
	r.claims[i] = &claim{more, n.amount, times}
	return true
}

// demandOf returns what a task needs besides a slot, nil if it is nothing.
func (r *Run) demandOf(i graph.Index, c *call) *demand {
	if c.demand == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.claims[i]; m != nil {
		return m.demand
	}
	return c.demand
}

// claimOf returns the bytes that a task may take if these are more than its call says, else 0.
func (r *Run) claimOf(i graph.Index) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.claims[i]; m != nil {
		return int64(m.bytes)
	}
	return 0
}

// regrown returns how many attempts of a task were made with more memory.
func (r *Run) regrown(i graph.Index) uint32 {
	if !r.needy {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.claims[i]; m != nil {
		return m.times
	}
	return 0
}
