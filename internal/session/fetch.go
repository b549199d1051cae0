package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// fetch is one call of Fetch: results by position, and a count of those still to come.
type fetch struct {
	mu      sync.Mutex
	results []*exec.Encoded
	left    int
	err     error
	done    chan struct{}
}

// wait is a position of a fetch.
type wait struct {
	fetch *fetch
	at    int
}

// FailedError is the error of asking for the result of a task that was done and has failed since: its result could not leave
// its worker, or was lost and could not be made again.
type FailedError struct{ Failure *exec.Failure }

func (e *FailedError) Error() string {
	name, _ := e.Failure.Names()
	return fmt.Sprintf("%s: %v", name, e.Failure.Root().Err)
}

// Unwrap returns what went wrong.
func (e *FailedError) Unwrap() error { return e.Failure.Root().Err }

// Fetch gets the results that remote values stand for from the agents that hold them, many at once, in order. If a holder
// is lost meanwhile, it waits until the result was made again. ctx ends the waiting.
func (s *Session) Fetch(ctx context.Context, values []*Remote) ([]*exec.Encoded, error) {
	f := &fetch{results: make([]*exec.Encoded, len(values)), left: len(values), done: make(chan struct{})}
	for k, v := range values {
		if v.data != nil {
			f.results[k] = v.data
			f.left--
		}
	}
	if f.left == 0 {
		return f.results, nil
	}
	if err := s.enter(f, values); err != nil {
		return nil, err
	}
	s.ask(values)
	if err := exec.WaitChannel(ctx, f.done, "results of other processes"); err != nil {
		f.fail(err)
		s.leave(f, values)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.results, f.err
}

// enter makes a fetch wait for the values that did not come along.
func (s *Session) enter(f *fetch, values []*Remote) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return unreadable(s.err)
	}
	for _, v := range values {
		if v.data == nil && v.gone != nil {
			return v.gone
		}
	}
	for k, v := range values {
		if v.data == nil {
			v.waiting = append(v.waiting, wait{f, k})
		}
	}
	return nil
}

// leave takes a fetch off the values that it waits for no longer.
func (s *Session) leave(f *fetch, values []*Remote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		v.waiting = slices.DeleteFunc(v.waiting, func(w wait) bool { return w.fetch == f })
	}
}

// unreadable says why results that workers hold cannot be had after the end of the session.
func unreadable(end error) error {
	if errors.Is(end, exec.ErrClosed) {
		return fmt.Errorf("worker processes held the result, and closing the client ends that: get results before Close: %w", end)
	}
	return end
}

// ask subscribes to values at their holders, unless that has happened already.
func (s *Session) ask(values []*Remote) {
	byHolder := make(map[word.Agent][]word.Block)
	s.mu.Lock()
	for _, v := range values {
		if v.asked || len(v.waiting) == 0 || v.holder == word.Nobody {
			continue
		}
		v.asked = true
		byHolder[v.holder] = append(byHolder[v.holder], v.block())
	}
	s.mu.Unlock()
	for holder, blocks := range byHolder {
		s.subscribe(holder, blocks)
	}
}

// delivered hands a block to those who wait for it. A block of an earlier attempt than the one that the scheduler spoke of
// last is not theirs.
func (s *Session) delivered(d *word.Delivery) {
	s.mu.Lock()
	v := s.valueOf(d.Block)
	if v == nil {
		s.mu.Unlock()
		return
	}
	waiting := v.waiting
	v.waiting, v.asked, v.denied = nil, false, false
	s.mu.Unlock()
	e := &exec.Encoded{}
	if len(d.Outputs) > 0 {
		e.Data = d.Outputs[0]
	}
	for _, w := range waiting {
		w.fetch.put(w.at, e)
	}
}

// patience is how long a holder may deny what the scheduler said it has before the scheduler is asked.
const patience = 5 * time.Second

// notHere notes that a holder, which is alive, does not have blocks. The scheduler's word about them is under way as a rule:
// that they were made again elsewhere or that their task has failed. What was released waits for nothing any more.
func (s *Session) notHere(p *peer, n *word.NotHere) {
	var denied []word.Block
	s.mu.Lock()
	for _, b := range n.Blocks {
		if v := s.valueOf(b); v != nil && v.asked {
			v.denied = true
			denied = append(denied, b)
		}
	}
	s.mu.Unlock()
	if len(denied) > 0 {
		time.AfterFunc(patience, func() { s.doubt(p, denied) })
	}
}

// doubt asks the scheduler about blocks that are still denied by their holder. What it believes to be there is lost.
func (s *Session) doubt(p *peer, blocks []word.Block) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	s.readers.Add(1)
	s.mu.Unlock()
	defer s.readers.Done()
	for _, b := range blocks {
		r := s.denied(b)
		if r == nil {
			continue
		}
		x, err := s.Explain(context.Background(), r.handle, b.Task.Index) // ends with the session at the latest
		if err == nil && x.State == "done" && s.denied(b) != nil {
			s.lose(r, b.Task.Index, fmt.Errorf("worker %q does not have the result of %s, which the scheduler says it has: submit the call again",
				p.name, r.handle.Name(b.Task.Index)))
		}
	}
}

// denied returns the run of a block that somebody waits for and that its holder denies, otherwise nil.
func (s *Session) denied(b word.Block) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.valueOf(b); v != nil && v.denied {
		return v.run
	}
	return nil
}

// valueOf finds the value of a block: nil if it was released, or is of another attempt. Called with mu held.
func (s *Session) valueOf(b word.Block) *Remote {
	r := s.byNumber[b.Task.Run]
	if r == nil {
		return nil
	}
	if v := r.values.at(b.Task.Index); v != nil && v.attempt == b.Attempt {
		return v
	}
	return nil
}

func (f *fetch) put(at int, e *exec.Encoded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.results[at] != nil {
		return
	}
	f.results[at] = e
	f.left--
	if f.left == 0 && f.err == nil {
		close(f.done)
	}
}

func (f *fetch) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || f.left == 0 {
		return
	}
	f.err = err
	close(f.done)
}
