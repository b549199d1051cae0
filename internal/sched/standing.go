package sched

import "github.com/braid-compute/braid/internal/word"

// Standing returns the state of a task in a word, and how many bytes its result has: 0 if there is none, or that is not known.
func (s *State) Standing(t word.Task) (state string, bytes int64) {
	r := s.runs[t.Run]
	if r == nil || uint32(t.Index) >= r.n {
		return "unknown", 0
	}
	x := r.task(t.Index)
	if x.state == done {
		bytes = x.bytes
	}
	return x.state.String(), bytes
}
