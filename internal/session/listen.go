package session

import (
	"errors"
	"fmt"
	"io"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// listen takes the scheduler's words until the connection ends, and then settles what is left.
func (s *Session) listen() {
	defer close(s.done)
	var gone error // guarded by that calls do not overlap
	end := serve(s.o.Scheduler, func(w any) {
		if g, ok := w.(*word.Gone); ok && gone == nil {
			gone = errors.New(g.Why)
			s.readers.Go(func() { _ = s.o.Scheduler.Close() }) // which may wait for this
		}
		if gone == nil {
			s.hear(w)
		}
	})
	if gone != nil {
		end = gone
	}
	s.end(end)
}

func (s *Session) hear(w any) {
	switch w := w.(type) {
	case *word.Welcome:
		s.welcome(w)
	case *word.Accepted:
		s.accepted(w)
	case *word.Settled:
		s.settled(w)
	case *word.Peer:
		s.peerIs(w)
	case *word.Published:
		s.published(w)
	case *word.Explained:
		s.mu.Lock()
		ch := s.asked[w.Question]
		delete(s.asked, w.Question)
		s.mu.Unlock()
		if ch != nil {
			ch <- *w
		}
	}
}

// accepted gives a run its number, or ends it if it was refused.
func (s *Session) accepted(w *word.Accepted) {
	s.mu.Lock()
	r := s.runs[w.Sequence]
	if r == nil {
		s.mu.Unlock()
		return
	}
	if w.Refused != "" {
		delete(s.runs, w.Sequence)
		unanswered := s.questionsIn(r.early)
		s.mu.Unlock()
		r.handle.Cancel(r.refusal(w.Refused))
		for _, ch := range unanswered {
			ch <- word.Explained{State: "cancelled", Why: w.Refused}
		}
		return
	}
	r.number, r.takes = w.Run, nil
	if r.unreleased > 0 {
		s.byNumber[w.Run] = r
	} else {
		delete(s.runs, w.Sequence) // it was released before it was accepted
	}
	early := r.early
	r.early = nil
	s.mu.Unlock()
	for _, e := range early {
		s.send(w.Run, e)
	}
}

// questionsIn takes the questions out of words that will not be sent, and returns who waits for the answers. Called with mu
// held.
func (s *Session) questionsIn(words []any) (waiting []chan word.Explained) {
	for _, w := range words {
		q, ok := w.(*word.Explain)
		if !ok {
			continue
		}
		if ch := s.asked[q.Question]; ch != nil {
			delete(s.asked, q.Question)
			waiting = append(waiting, ch)
		}
	}
	return waiting
}

// refusal says why the scheduler refused a run: by the end of what the run takes, if that is why.
func (r *run) refusal(text string) error {
	for _, in := range r.takes {
		if in.run.Released(in.task) {
			return fmt.Errorf("%s: %w", in.run.Name(in.task), exec.ErrReleased)
		}
		if _, f, _ := in.run.Outcome(in.task); f != nil {
			return fmt.Errorf("it takes %s, which has no result: %w", in.run.Name(in.task), f.Root().Err)
		}
	}
	return errors.New(text)
}

// settled gives tasks their outcomes.
func (s *Session) settled(w *word.Settled) {
	s.mu.Lock()
	r := s.byNumber[w.Run]
	s.mu.Unlock()
	if r == nil {
		return
	}
	slab, small := make([]Remote, len(w.Tasks)), make([]exec.Encoded, len(w.Tasks))
	for k, o := range w.Tasks {
		if o.Status != word.StatusDone {
			s.failed(r, o)
			continue
		}
		v := &slab[k]
		*v = Remote{run: r, index: o.Index, attempt: o.Attempt, holder: o.Holder, bytes: o.Bytes}
		if len(o.Data) > 0 {
			v.data = &small[k]
			v.data.Data = o.Data
		}
		if s.place(v) && !r.handle.Settle(o.Index, v) {
			s.unplace(v)
		}
	}
}

// failed gives a task the outcome that it has no result.
func (s *Session) failed(r *run, o word.Outcome) {
	f := failureOf(o)
	if o.Status == word.StatusInput {
		if h := s.handleOf(o.Cause.Run); h != nil {
			f.Run, f.Task, f.Call = h, o.Cause.Index, h.CallNumber(o.Cause.Index)
			f = &exec.Failure{Reason: exec.ReasonInput, Cause: f}
		}
	}
	if !r.handle.Reject(o.Index, f) { // it was done before
		f.Run, f.Task, f.Call = r.handle, o.Index, r.handle.CallNumber(o.Index)
		s.lose(r, o.Index, &FailedError{f})
	}
}

func (s *Session) handleOf(n word.Run) *exec.Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.byNumber[n]; r != nil {
		return r.handle
	}
	return nil
}

// end settles everything that waits for the scheduler.
func (s *Session) end(err error) {
	why := exec.ErrClosed
	if !errors.Is(err, io.EOF) {
		why = fmt.Errorf("%w: %w", ErrLost, err)
	}
	s.mu.Lock()
	s.err = why
	runs := s.runs
	s.runs, s.byNumber = nil, nil
	for q, ch := range s.asked {
		close(ch)
		delete(s.asked, q)
	}
	for q, i := range s.replies {
		close(i.reply)
		delete(s.replies, q)
	}
	peers := s.peers
	s.peers = make(map[word.Agent]*peer)
	var waiting []wait
	for _, r := range runs {
		r.values.each(func(v *Remote) {
			waiting = append(waiting, v.waiting...)
			v.waiting = nil
		})
	}
	s.mu.Unlock()
	for _, w := range waiting {
		w.fetch.fail(unreadable(why))
	}
	for _, r := range runs {
		r.handle.Cancel(why)
	}
	for _, p := range peers {
		p.close()
	}
}
