package feed

import "sync"

// Feed keeps the latest values, as many as their weights allow. See [New]. It is safe for concurrent use.
type Feed[T any] struct {
	max    int
	weight func(T) int

	mu      sync.Mutex
	ring    []T // of which kept values are used, from place first on
	first   int
	kept    int
	weights int    // of the kept ones, summed
	count   uint64 // values ever put
	closed  bool
	changed chan struct{} // closed at the next Put or Close; nil if nobody waits
}

// New returns a feed that keeps the latest values whose weights sum up to at most max, and at least the latest one. A weight
// is at least 1.
func New[T any](max int, weight func(T) int) *Feed[T] {
	return &Feed[T]{max: max, weight: weight}
}

// Put adds a value and drops the oldest if there are too many. After Close it does nothing.
func (f *Feed[T]) Put(v T) {
	w := f.weightOf(v)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	for f.kept > 0 && f.weights+w > f.max {
		f.drop()
	}
	if f.kept == len(f.ring) {
		f.grow()
	}
	*f.at(f.kept) = v
	f.kept++
	f.weights += w
	f.count++
	f.wake()
}

func (f *Feed[T]) weightOf(v T) int { return max(f.weight(v), 1) }

// at returns the place of the k-th value that is kept.
func (f *Feed[T]) at(k int) *T { return &f.ring[(f.first+k)%len(f.ring)] }

// drop forgets the oldest value.
func (f *Feed[T]) drop() {
	var none T
	oldest := f.at(0)
	f.weights -= f.weightOf(*oldest)
	*oldest = none
	f.first = (f.first + 1) % len(f.ring)
	f.kept--
}

// grow makes room for more values.
func (f *Feed[T]) grow() {
	larger := make([]T, max(16, 2*len(f.ring)))
	for k := range f.kept {
		larger[k] = *f.at(k)
	}
	f.ring, f.first = larger, 0
}

// Close ends the feed: readers get what is there, and then its end.
func (f *Feed[T]) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.wake()
}

// wake ends the waiting of all readers. Called with mu held.
func (f *Feed[T]) wake() {
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// Reader is a position in a feed. One goroutine uses it. It holds nothing: a reader that is not used any more is just
// dropped.
type Reader[T any] struct {
	f    *Feed[T]
	next uint64
}

// Reader returns a reader that begins with the oldest value that is kept; what was dropped before counts as lost to it.
func (f *Feed[T]) Reader() *Reader[T] { return &Reader[T]{f: f} }

// Batch is what a reader finds.
type Batch[T any] struct {
	First  uint64 // number of the first value, counted from 1
	Values []T
	Lost   uint64          // values before First that were dropped since the last batch
	More   <-chan struct{} // closed when there is more; nil if there will be none
}

// maxBatch bounds how many values are copied at once, and so how long Put may have to wait.
const maxBatch = 64

// Next returns the next values, none if there are none yet. It does not wait.
func (r *Reader[T]) Next() Batch[T] {
	f := r.f
	f.mu.Lock()
	defer f.mu.Unlock()
	var b Batch[T]
	oldest := f.count - uint64(f.kept)
	if r.next < oldest {
		b.Lost = oldest - r.next
		r.next = oldest
	}
	b.First = r.next + 1
	n := min(f.count-r.next, maxBatch)
	b.Values = make([]T, n)
	for k := range b.Values {
		b.Values[k] = *f.at(int(r.next-oldest) + k)
	}
	r.next += n
	switch {
	case r.next < f.count:
		b.More = ready
	case f.closed:
	default:
		if f.changed == nil {
			f.changed = make(chan struct{})
		}
		b.More = f.changed
	}
	return b
}

// ready is a channel on which nobody waits.
var ready = func() <-chan struct{} {
	ch := make(chan struct{})
	close(ch)
	return ch
}()
