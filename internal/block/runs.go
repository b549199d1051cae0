package block

import "math/bits"

// runs hands out stretches of consecutive pages of a space, and keeps book of which free pages still hold memory. It is
// arithmetic only: nothing is mapped here. It is not safe for concurrent use.
//
// Free pages are kept, when they hold memory from an earlier use, or cold. A kept run is joined with kept neighbours and a
// cold run with cold ones, never one with the other, since a request that is met by kept pages must not touch fresh ones
// unawares. Pages from top on have never been used.
type runs struct {
	pages int64 // of the space
	top   int64
	used  int64 // pages given out
	kept  int64 // free pages that hold memory

	first map[int64]*run // free runs by their first page
	last  map[int64]*run // and by their last
	bins  [2][64]*run    // cold and kept, by the logarithm of their length
}

// run is a free stretch.
type run struct {
	page, n    int64
	kept       bool
	prev, next *run // in its bin
}

// looked is how many runs of a bin are looked at for the best fit.
const looked = 32

func newRuns(pages int64) *runs {
	return &runs{pages: pages, first: make(map[int64]*run), last: make(map[int64]*run)}
}

// take returns the first of n consecutive pages: kept ones if there are as many together, otherwise cold ones. It reports
// whether they hold memory already; ok is false if the space has no such stretch.
func (r *runs) take(n int64) (page int64, kept, ok bool) {
	f := r.fit(1, n)
	if f == nil {
		f = r.fit(0, n)
	}
	switch {
	case f != nil:
		r.remove(f)
		if f.n > n {
			r.insert(&run{page: f.page + n, n: f.n - n, kept: f.kept})
		}
		page, kept = f.page, f.kept
	case r.top+n <= r.pages:
		page = r.top
		r.top += n
	default:
		return 0, false, false
	}
	r.used += n
	return page, kept, true
}

// fit returns a free run of at least n pages, about the shortest.
func (r *runs) fit(kind int, n int64) *run {
	for b := binOf(n); b < 64; b++ {
		var best *run
		seen := 0
		for f := r.bins[kind][b]; f != nil && seen < looked; f = f.next {
			if f.n >= n && (best == nil || f.n < best.n) {
				best = f
			}
			seen++
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// give takes pages back that hold memory.
func (r *runs) give(page, n int64) {
	r.used -= n
	r.join(&run{page: page, n: n, kept: true})
}

// retire takes pages back that do not hold memory any more.
func (r *runs) retire(page, n int64) {
	r.used -= n
	r.cool(page, n)
}

// trim takes up to n kept pages out of the free ones and returns them, as pages given out: their memory is to be
// discarded, and then they are retired. It returns nil if there are none.
func (r *runs) trim(n int64) (trimmed []run) {
	for b := 63; b >= 0 && n > 0; {
		f := r.bins[1][b]
		if f == nil {
			b--
			continue
		}
		r.remove(f)
		k := min(n, f.n)
		if f.n > k {
			r.insert(&run{page: f.page, n: f.n - k, kept: true})
		}
		trimmed = append(trimmed, run{page: f.page + f.n - k, n: k})
		r.used += k
		n -= k
	}
	return trimmed
}

// cool makes pages cold, or unused again if they are the last that were used.
func (r *runs) cool(page, n int64) {
	f := r.join(&run{page: page, n: n})
	if f.page+f.n == r.top {
		r.remove(f)
		r.top = f.page
	}
}

// join adds a free run, together with the neighbours of its kind.
func (r *runs) join(f *run) *run {
	if l := r.last[f.page-1]; l != nil && l.kept == f.kept {
		r.remove(l)
		f.page, f.n = l.page, l.n+f.n
	}
	if h := r.first[f.page+f.n]; h != nil && h.kept == f.kept {
		r.remove(h)
		f.n += h.n
	}
	r.insert(f)
	return f
}

func (r *runs) insert(f *run) {
	r.first[f.page], r.last[f.page+f.n-1] = f, f
	bin := &r.bins[kindOf(f)][binOf(f.n)]
	f.prev, f.next = nil, *bin
	if f.next != nil {
		f.next.prev = f
	}
	*bin = f
	if f.kept {
		r.kept += f.n
	}
}

func (r *runs) remove(f *run) {
	delete(r.first, f.page)
	delete(r.last, f.page+f.n-1)
	if f.next != nil {
		f.next.prev = f.prev
	}
	if f.prev != nil {
		f.prev.next = f.next
	} else {
		r.bins[kindOf(f)][binOf(f.n)] = f.next
	}
	if f.kept {
		r.kept -= f.n
	}
}

func kindOf(f *run) int {
	if f.kept {
		return 1
	}
	return 0
}

// binOf returns the bin of a length: n pages are in bin k if 2ᵏ ≤ n < 2ᵏ⁺¹.
func binOf(n int64) int { return bits.Len64(uint64(n)) - 1 }
