package exec

import (
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
)

// item is a queued task: the number of its run in the executor's table and its index.
type item uint64

func newItem(run, task uint32) item { return item(run)<<32 | item(task) }

func (it item) run() uint32       { return uint32(it >> 32) }
func (it item) task() graph.Index { return graph.Index(it) }

// deque is the work-stealing deque of Chase and Lev (SPAA 2005): its owner pushes and pops at the bottom, anybody
// steals at the top. It grows by doubling and never shrinks.
type deque struct {
	top    atomic.Int64
	_      [56]byte // thieves write top, the owner writes bottom: apart, they do not slow each other down
	bottom atomic.Int64
	ring   atomic.Pointer[ring]
	_      [48]byte
}

type ring struct {
	mask  int64
	items []atomic.Uint64
}

func newRing(size int64) *ring {
	return &ring{mask: size - 1, items: make([]atomic.Uint64, size)}
}

const firstRing = 64

// push adds an item. Owner only.
func (d *deque) push(it item) {
	b, t := d.bottom.Load(), d.top.Load()
	r := d.ring.Load()
	if r == nil || b-t > r.mask {
		r = d.grow(r, t, b)
	}
	r.items[b&r.mask].Store(uint64(it))
	d.bottom.Store(b + 1)
}

func (d *deque) grow(old *ring, t, b int64) *ring {
	size := int64(firstRing)
	if old != nil {
		size = 2 * (old.mask + 1)
	}
	r := newRing(size)
	for i := t; i < b; i++ {
		r.items[i&r.mask].Store(old.items[i&old.mask].Load())
	}
	d.ring.Store(r)
	return r
}

// pop takes the newest item. Owner only.
func (d *deque) pop() (item, bool) {
	b := d.bottom.Load() - 1
	if b < d.top.Load() {
		return 0, false
	}
	d.bottom.Store(b)
	t := d.top.Load()
	if t > b {
		d.bottom.Store(b + 1)
		return 0, false
	}
	r := d.ring.Load()
	it := item(r.items[b&r.mask].Load())
	if t == b {
		won := d.top.CompareAndSwap(t, t+1)
		d.bottom.Store(b + 1)
		return it, won
	}
	return it, true
}

// steal takes the oldest item. It may come back empty-handed because another thief was faster; empty then says whether
// there was nothing to take.
func (d *deque) steal() (it item, ok, empty bool) {
	t := d.top.Load()
	if t >= d.bottom.Load() {
		return 0, false, true
	}
	r := d.ring.Load()
	it = item(r.items[t&r.mask].Load())
	return it, d.top.CompareAndSwap(t, t+1), false
}

func (d *deque) empty() bool { return d.top.Load() >= d.bottom.Load() }

// fifo is a queue that is guarded by its owner's lock.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }
func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }
func (q *fifo[T]) first() T { return q.items[q.head] }
func (q *fifo[T]) pop() (v T) {
	var none T
	v, q.items[q.head] = q.items[q.head], none
	q.head++
	if q.head*2 >= len(q.items) { // keep the dead half bounded
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	return v
}
