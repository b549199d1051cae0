package block

import (
	"testing"

	"pgregory.net/rapid"
)

// check holds the books of runs against each other and against the state of every page.
func (r *runs) check(t *rapid.T, pages []byte) {
	t.Helper()
	free := map[int64]byte{}
	var used, kept int64
	for kind := range r.bins {
		for b, f := range r.bins[kind] {
			for ; f != nil; f = f.next {
				if binOf(f.n) != b || kindOf(f) != kind || r.first[f.page] != f || r.last[f.page+f.n-1] != f {
					t.Fatalf("run %d+%d of kind %d is in bin %d and %p, %p", f.page, f.n, kind, b, r.first[f.page], r.last[f.page+f.n-1])
				}
				if h := r.first[f.page+f.n]; h != nil && h.kept == f.kept {
					t.Fatalf("runs %d+%d and %d+%d are neighbours of one kind", f.page, f.n, h.page, h.n)
				}
				for p := f.page; p < f.page+f.n; p++ {
					free[p] = byte(kind)
				}
			}
		}
	}
	if len(r.first) != len(r.last) {
		t.Fatalf("%d first pages of runs, %d last ones", len(r.first), len(r.last))
	}
	for p, state := range pages {
		kind, isFree := free[int64(p)]
		switch {
		case state == pageUsed:
			used++
			if isFree || int64(p) >= r.top {
				t.Fatalf("page %d is in use, and free", p)
			}
		case state == pageKept:
			kept++
			if !isFree || kind != 1 {
				t.Fatalf("page %d is kept, and not in a kept run", p)
			}
		case isFree && kind != 0, !isFree && int64(p) < r.top:
			t.Fatalf("page %d is cold, and not in a cold run", p)
		}
	}
	if used != r.used || kept != r.kept {
		t.Fatalf("%d pages in use and %d kept, counted as %d and %d", used, kept, r.used, r.kept)
	}
}

const (
	pageCold byte = iota
	pageKept
	pageUsed
)

func TestRunsAgreeWithAMapOfPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages := make([]byte, 200)
		r := newRuns(int64(len(pages)))
		type stretch struct{ page, n int64 }
		var out []stretch
		set := func(s stretch, from, to byte) {
			for p := s.page; p < s.page+s.n; p++ {
				if pages[p] != from {
					t.Fatalf("page %d is in state %d, not %d", p, pages[p], from)
				}
				pages[p] = to
			}
		}
		longest := func(state byte) (longest int64) {
			n := int64(0)
			for _, p := range pages {
				if n++; p != state {
					n = 0
				}
				longest = max(longest, n)
			}
			return longest
		}
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				n := rapid.Int64Range(1, 60).Draw(t, "n")
				page, kept, ok := r.take(n)
				switch {
				case !ok && (longest(pageKept) >= n || longest(pageCold) >= n):
					t.Fatalf("no %d pages were found; there are %d kept and %d cold ones together", n, longest(pageKept), longest(pageCold))
				case !ok:
				case kept:
					set(stretch{page, n}, pageKept, pageUsed)
					out = append(out, stretch{page, n})
				default:
					if longest(pageKept) >= n {
						t.Fatalf("cold pages were taken for %d, and as many kept ones are together", n)
					}
					set(stretch{page, n}, pageCold, pageUsed)
					out = append(out, stretch{page, n})
				}
			},
			"give": func(t *rapid.T) {
				if len(out) == 0 {
					t.Skip("nothing is out")
				}
				k := rapid.IntRange(0, len(out)-1).Draw(t, "which")
				s := out[k]
				out = append(out[:k], out[k+1:]...)
				if rapid.Bool().Draw(t, "retire") {
					r.retire(s.page, s.n)
					set(s, pageUsed, pageCold)
				} else {
					r.give(s.page, s.n)
					set(s, pageUsed, pageKept)
				}
			},
			"trim": func(t *rapid.T) {
				n, before := rapid.Int64Range(-5, 80).Draw(t, "n"), r.kept
				for _, f := range r.trim(n) {
					set(stretch{f.page, f.n}, pageKept, pageUsed)
					out = append(out, stretch{f.page, f.n})
				}
				if got := before - r.kept; got != min(max(n, 0), before) {
					t.Fatalf("%d of %d kept pages were trimmed, not %d", got, before, n)
				}
			},
			"": func(t *rapid.T) { r.check(t, pages) },
		})
	})
}
