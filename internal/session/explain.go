package session

import (
	"context"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// Explain asks the scheduler where a task of a run of this session is, and why.
func (s *Session) Explain(ctx context.Context, h *exec.Run, i graph.Index) (word.Explained, error) {
	s.mu.Lock()
	r := s.runs[h.Submission()]
	if s.err != nil || r == nil {
		defer s.mu.Unlock()
		return word.Explained{State: "unknown", Why: "the cluster has forgotten its run"}, s.err
	}
	s.question++
	q, ch := s.question, make(chan word.Explained, 1)
	s.asked[q] = ch
	s.mu.Unlock()
	r.say(&word.Explain{Question: q, Task: word.Task{Index: i}})
	select {
	case x, ok := <-ch:
		if !ok {
			return x, ErrLost
		}
		return x, nil
	case <-ctx.Done():
		s.mu.Lock()
		delete(s.asked, q)
		s.mu.Unlock()
		return word.Explained{}, context.Cause(ctx)
	}
}
