package par

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// segmentSlots is the number of slots that are allocated together, a power of two.
const segmentSlots = 32

// ring holds the results between workers and consumer, in slots that are used again and again. A slot carries the
// number of the position that was put into it, which tells a full slot from one left over from the round before. Its
// segments are allocated when first used, so that a short input or a short look-ahead costs little.
type ring[R any] struct {
	segments []atomic.Pointer[segment[R]] // a power of two of them
}

type segment[R any] [segmentSlots]slot[R]

type slot[R any] struct {
	full atomic.Int64 // 1 + the position whose result this is
	r    R
	err  error
}

// init makes a ring of at least n slots.
func (g *ring[R]) init(n int64) {
	segments := (max(n, 1)-1)/segmentSlots + 1
	g.segments = make([]atomic.Pointer[segment[R]], 1<<bits.Len64(uint64(segments-1)))
}

func (g *ring[R]) segment(p int64) *atomic.Pointer[segment[R]] {
	return &g.segments[p/segmentSlots&int64(len(g.segments)-1)]
}

func (g *ring[R]) ready(p int64) bool {
	seg := g.segment(p).Load()
	return seg != nil && seg[p%segmentSlots].full.Load() == p+1
}

// put stores a result. The slot is free, because positions are bounded by the look-ahead.
func (g *ring[R]) put(p int64, r R, err error) {
	at := g.segment(p)
	seg := at.Load()
	if seg == nil {
		seg = new(segment[R])
		if !at.CompareAndSwap(nil, seg) {
			seg = at.Load()
		}
	}
	s := &seg[p%segmentSlots]
	s.r, s.err = r, err
	s.full.Store(p + 1)
}

// take returns a result that is ready, and forgets it.
func (g *ring[R]) take(p int64) (R, error) {
	s := &g.segment(p).Load()[p%segmentSlots]
	r, err := s.r, s.err
	s.r, s.err = *new(R), nil
	return r, err
}

const (
	// fastAhead is how far the look-ahead may grow by itself while items are fast, in items.
	fastAhead = 1024
	// mostAhead bounds the look-ahead that can be asked for, in items; it bounds the table of segments.
	mostAhead = 1 << 20
	// fast is the time from one yielded item to the next under which the look-ahead grows. Handing over an item costs
	// a small part of this, so a longer look-ahead would not help slower streams, and what was made so fast is small.
	fast = 10 * time.Microsecond
)

// lookAhead is how many items may be taken from the input and not yet yielded. Unless the user fixed it, it grows
// while items are so fast that starting and stopping workers would cost more than the items, and falls back when they
// are slow, because then results may be large.
type lookAhead struct {
	window      atomic.Int64
	least, most int64

	mu        sync.Mutex
	since     time.Time
	delivered int64 // at since
}

func (h *lookAhead) init(asked int, workers int64) {
	if asked > 0 {
		h.least = min(int64(asked), mostAhead)
		h.most = h.least
	} else {
		h.least = min(2*workers, mostAhead)
		h.most = max(h.least, fastAhead)
	}
	h.window.Store(h.least)
	h.since = time.Now()
}

// adapt is called when the look-ahead is used up, which happens at most once per quarter of it and worker.
func (h *lookAhead) adapt(delivered int64) {
	if h.least == h.most {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.window.Load()
	count := delivered - h.delivered
	if count < max(1, w/4) {
		return
	}
	now := time.Now()
	each := now.Sub(h.since) / time.Duration(count)
	h.since, h.delivered = now, delivered
	switch {
	case each < fast:
		h.window.Store(min(2*w, h.most))
	case each > 10*fast:
		h.window.Store(h.least)
	}
}
