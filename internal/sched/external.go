package sched

import (
	"cmp"
	"slices"
	"sort"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// external is a result of another run, or a list of such results, that tasks of a run take.
type external struct {
	src       *run
	first     graph.Index
	count     uint32
	left      uint32        // references by pending tasks; while there are some, it is one use of each result
	consumers []graph.Index // a task stands here once for each reference
}

// bind resolves the externals of a new run and says which of them cannot be had: its run is over or unknown.
func (s *State) bind(r *run) (missing []bool) {
	table := r.g.Externals()
	if len(table) == 0 {
		return nil
	}
	r.exts = make([]external, len(table))
	missing = make([]bool, len(table))
	for n, e := range table {
		if e.List && e.Count == 0 {
			continue // a list of nothing names nobody
		}
		x := &r.exts[n]
		src, ok := s.runs[word.Run(e.Submission)]
		x.first, x.count = e.Task, 1
		if e.List {
			x.count = e.Count
		}
		if !ok || uint64(x.first)+uint64(x.count) > uint64(src.n) {
			missing[n], x.count = true, 0
			continue
		}
		x.src = src
		if e.List {
			r.lists = append(r.lists, uint32(n))
		} else {
			r.singles = append(r.singles, uint32(n))
		}
		if !slices.Contains(r.sources, src) {
			r.sources = append(r.sources, src)
			src.takers = append(src.takers, r)
		}
	}
	slices.SortFunc(r.singles, func(a, b uint32) int {
		x, y := &r.exts[a], &r.exts[b]
		return cmp.Or(cmp.Compare(x.src.id, y.src.id), cmp.Compare(x.first, y.first), cmp.Compare(a, b))
	})
	s.bindConsumers(r)
	return missing
}

// bindConsumers lists who takes each external, in rows of one slice.
func (s *State) bindConsumers(r *run) {
	ends := make([]uint32, len(r.exts)+1)
	r.eachExternal(func(i graph.Index, n uint32) { ends[n+1]++ })
	for n := range r.exts {
		ends[n+1] += ends[n]
	}
	to := make([]graph.Index, ends[len(r.exts)])
	for n := range r.exts {
		r.exts[n].consumers = to[ends[n]:ends[n]:ends[n+1]]
	}
	r.eachExternal(func(i graph.Index, n uint32) {
		e := &r.exts[n]
		e.consumers = append(e.consumers, i)
		if r.isNeeded(i) {
			e.left++
		}
	})
	for n := range r.exts {
		e := &r.exts[n]
		for j := range e.count {
			u := e.src.task(e.first + graph.Index(j))
			u.flags |= flagTaken
			if e.left > 0 {
				u.uses++
			}
		}
	}
}

// eachExternal calls f for every reference to an external.
func (r *run) eachExternal(f func(i graph.Index, n uint32)) {
	buf := make([]graph.Ref, 0, 64)
	for i := range graph.Index(r.n) {
		_, args := r.g.Task(i, buf)
		for _, a := range args {
			if a.Kind() == graph.RefExternal {
				f(i, a.Table())
			}
		}
	}
}

// eachTaker calls f for every reference to task i from other runs.
func (r *run) eachTaker(i graph.Index, f func(*run, graph.Index)) {
	for _, q := range r.takers {
		for _, n := range q.lists {
			if e := &q.exts[n]; e.src == r && i >= e.first && uint32(i-e.first) < e.count {
				for _, v := range e.consumers {
					f(q, v)
				}
			}
		}
		from := sort.Search(len(q.singles), func(n int) bool {
			e := &q.exts[q.singles[n]]
			return e.src.id > r.id || e.src.id == r.id && e.first >= i
		})
		for _, n := range q.singles[from:] {
			e := &q.exts[n]
			if e.src != r || e.first != i {
				break
			}
			for _, v := range e.consumers {
				f(q, v)
			}
		}
	}
}
