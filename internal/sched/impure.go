package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Two attempts of an impure task may differ, so whatever derives from one attempt is given up when another one has to be
// made: no wanted result mixes two.

// addDerived appends all assigned and done tasks that derive from an impure task.
func (s *State) addDerived(x ref, list []lost) []lost {
	seen := map[ref]struct{}{x: {}}
	stack := []ref{x}
	for len(stack) > 0 {
		u := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		u.r.eachConsumer(u.i, u.task(), func(r *run, i graph.Index) {
			v := ref{r, i}
			t := r.peek(i)
			if _, ok := seen[v]; ok || t == nil {
				return
			}
			seen[v] = struct{}{}
			if t.state == assigned || t.state == done {
				list = append(list, lost{x: v})
			}
			stack = append(stack, v)
		})
	}
	return list
}

// invalidate gives up what derives from an impure task that is about to be made again.
func (s *State) invalidate(x ref) { s.lose(s.addDerived(x, nil)) }

// usedCurrent reports whether the inputs that an attempt says it used are the current attempts of those tasks, as far as
// these are impure or derive from impure tasks.
func (s *State) usedCurrent(r *run, i graph.Index, used []word.Block) bool {
	if !r.isTainted(i) {
		return true
	}
	for _, b := range used {
		q := s.run(b.Task.Run)
		if q == nil || uint32(b.Task.Index) >= q.n || !q.isTainted(b.Task.Index) {
			continue
		}
		if u := q.peek(b.Task.Index); u == nil || u.attempt() != b.Attempt || !u.available(false) {
			return false
		}
	}
	return true
}
