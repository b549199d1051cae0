package session

import (
	"context"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// NameError is why the scheduler refused something about the name of a result.
type NameError struct {
	Problem word.Problem
	Why     string
}

func (e *NameError) Error() string { return e.Why }

// Publish gives a result a name on the cluster. The graph has one task, which takes the result of a live run of this session.
func (s *Session) Publish(ctx context.Context, g *graph.Graph, name, typ string) error {
	r := &run{s: s, takes: takenBy(g)}
	data, err := graph.Encode(g, graph.EncodeOptions{Literal: new(literals).encode})
	if err != nil {
		return err
	}
	s.order.Lock()
	if err := r.released(); err != nil {
		s.order.Unlock()
		return err
	}
	q, reply, err := s.inquire(func(q uint64) any { return &word.Publish{Question: q, Name: name, Type: typ, Graph: data} })
	s.order.Unlock()
	if err != nil {
		return err
	}
	_, err = s.hearOf(ctx, q, reply)
	return err
}

// Unpublish takes the name of a result back.
func (s *Session) Unpublish(ctx context.Context, name string) error {
	q, reply, err := s.inquire(func(q uint64) any { return &word.Unpublish{Question: q, Name: name} })
	if err != nil {
		return err
	}
	_, err = s.hearOf(ctx, q, reply)
	return err
}

// Publications returns the results that have names.
func (s *Session) Publications(ctx context.Context) ([]word.Publication, error) {
	q, reply, err := s.inquire(func(q uint64) any { return &word.Publications{Question: q} })
	if err != nil {
		return nil, err
	}
	w, err := s.hearOf(ctx, q, reply)
	if err != nil {
		return nil, err
	}
	return w.List, nil
}

// Take returns a run whose only task is the result of a name. The graph is what its handle is made for: one task that takes nothing.
func (s *Session) Take(ctx context.Context, g *graph.Graph, name, typ string) (*exec.Run, error) {
	r := &run{s: s, submission: g.Submission, values: newValues(1, true), unreleased: 1}
	var err error
	if r.handle, err = s.o.Executor.Promise(g, exec.Want{All: true}, func(i graph.Index) { s.releases.add(r, i) }); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if err = s.err; err == nil {
		s.runs[r.submission] = r
	}
	s.mu.Unlock()
	if err == nil {
		err = s.take(ctx, r, name, typ)
	}
	if err != nil {
		r.handle.Cancel(err)
		r.handle.Release(0) // if it comes all the same
		return nil, err
	}
	return r.handle, nil
}

func (s *Session) take(ctx context.Context, r *run, name, typ string) error {
	q, reply, err := s.inquire(func(q uint64) any {
		return &word.Take{Question: q, Sequence: r.submission, Name: name, Type: typ}
	})
	if err != nil {
		return err
	}
	w, err := s.hearOf(ctx, q, reply)
	if err != nil && w != nil { // it was refused
		s.mu.Lock()
		delete(s.runs, r.submission)
		s.mu.Unlock()
	}
	return err
}

// inquire sends a word that is answered with Published, and returns where the answer comes.
func (s *Session) inquire(w func(question uint64) any) (question uint64, reply chan *word.Published, err error) {
	s.mu.Lock()
	if s.err != nil {
		defer s.mu.Unlock()
		return 0, nil, s.err
	}
	s.question++
	q, reply := s.question, make(chan *word.Published, 1)
	if s.replies == nil {
		s.replies = make(map[uint64]*inquiry)
	}
	i := &inquiry{reply: reply, word: w(q)}
	s.replies[q] = i
	s.mu.Unlock()
	err = s.o.Scheduler.Send(i.word) // losing the scheduler ends the session, which answers
	if tooLong(err) {
		s.forgetReply(q)
		return 0, nil, err
	}
	return q, reply, nil
}

// hearOf waits for the answer to a question. The answer is returned with the error if it is a refusal.
func (s *Session) hearOf(ctx context.Context, question uint64, reply chan *word.Published) (*word.Published, error) {
	select {
	case w := <-reply:
		switch {
		case w == nil:
			s.mu.Lock()
			defer s.mu.Unlock()
			return nil, s.err
		case w.Problem != word.ProblemNone:
			return w, &NameError{w.Problem, w.Why}
		}
		return w, nil
	case <-ctx.Done():
		s.forgetReply(question)
		return nil, context.Cause(ctx)
	}
}

func (s *Session) forgetReply(question uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.replies, question)
}

// published hands an answer to who asked.
func (s *Session) published(w *word.Published) {
	s.mu.Lock()
	i := s.replies[w.Question]
	delete(s.replies, w.Question)
	s.mu.Unlock()
	if i != nil {
		i.reply <- i.answered(w)
	}
}
