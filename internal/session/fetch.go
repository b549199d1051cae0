package session

import (
	"context"
	"fmt"
	"sync"

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

// Fetch gets the results that remote values stand for from the agents that hold them, many at once, in order. If a holder
// is lost meanwhile, it waits until the result was made again. ctx ends the waiting.
func (s *Session) Fetch(ctx context.Context, values []*Remote) ([]*exec.Encoded, error) {
	f := &fetch{results: make([]*exec.Encoded, len(values)), left: len(values), done: make(chan struct{})}
	if len(values) == 0 {
		return f.results, nil
	}
	for k, v := range values {
		if v.data != nil {
			f.results[k] = v.data
			f.left--
		}
	}
	if f.left == 0 {
		return f.results, nil
	}
	s.mu.Lock()
	if s.err != nil {
		defer s.mu.Unlock()
		return nil, s.err
	}
	for k, v := range values {
		if v.data == nil {
			v.waiting = append(v.waiting, wait{f, k})
		}
	}
	s.mu.Unlock()
	s.ask(values)
	if err := exec.WaitChannel(ctx, f.done, "results of other processes"); err != nil {
		f.fail(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.results, f.err
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

// delivered hands a block to those who wait for it.
func (s *Session) delivered(d *word.Delivery) {
	s.mu.Lock()
	v := s.valueOf(d.Block)
	if v == nil {
		s.mu.Unlock()
		return
	}
	waiting := v.waiting
	v.waiting, v.asked = nil, false
	s.mu.Unlock()
	e := &exec.Encoded{}
	if len(d.Outputs) > 0 {
		e.Data = d.Outputs[0]
	}
	for _, w := range waiting {
		w.fetch.put(w.at, e)
	}
}

// notHere fails those who wait for blocks that their holder, which is alive, does not have: they were released.
func (s *Session) notHere(n *word.NotHere) {
	for _, b := range n.Blocks {
		s.mu.Lock()
		v := s.valueOf(b)
		if v == nil || v.attempt != b.Attempt {
			s.mu.Unlock()
			continue
		}
		r := v.run
		v.asked = false
		s.mu.Unlock()
		s.lose(r, b.Task.Index, fmt.Errorf("%s: %w", r.handle.Name(b.Task.Index), exec.ErrReleased))
	}
}

// valueOf finds the value of a block. Called with mu held.
func (s *Session) valueOf(b word.Block) *Remote {
	r := s.byNumber[b.Task.Run]
	if r == nil {
		return nil
	}
	return r.values.at(b.Task.Index)
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
