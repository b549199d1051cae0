package session

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// Remote is the value of a task that is done on a cluster: where its result is. See [Session.Fetch].
type Remote struct {
	run     *run
	index   graph.Index
	bytes   int64
	data    *exec.Encoded // the result, if it is small and came along
	attempt word.Attempt  // this and what follows: guarded by the session's mu
	holder  word.Agent
	waiting []wait // who wants it
	asked   bool   // the holder was asked for it
	denied  bool   // and has answered that it is not there
	gone    error  // why it cannot be had any more
}

// Bytes returns the size of the result, or 0 while it is unknown.
func (v *Remote) Bytes() int64 { return v.bytes }

func (v *Remote) block() word.Block {
	return word.Block{Task: word.Task{Run: v.run.number, Index: v.index}, Attempt: v.attempt}
}

// values finds the remote values of a run by task: in a list where every task is wanted, otherwise in a map.
type values struct {
	list []*Remote
	few  map[graph.Index]*Remote
}

func newValues(n int, all bool) values {
	if all {
		return values{list: make([]*Remote, n)}
	}
	return values{few: make(map[graph.Index]*Remote)}
}

func (v *values) at(i graph.Index) *Remote {
	if v.list != nil {
		if int(i) >= len(v.list) {
			return nil
		}
		return v.list[i]
	}
	return v.few[i]
}

// each calls f with every value there is.
func (v *values) each(f func(*Remote)) {
	for _, r := range v.list {
		if r != nil {
			f(r)
		}
	}
	for _, r := range v.few {
		f(r)
	}
}

func (v *values) set(i graph.Index, r *Remote) {
	switch {
	case v.list == nil && r == nil:
		delete(v.few, i)
	case v.list == nil:
		v.few[i] = r
	case int(i) < len(v.list):
		v.list[i] = r
	}
}

// place enters a new value and reports whether it is the first of its task. Otherwise the result was made again elsewhere:
// the value that handles hold is moved there, and whoever waits for it asks again.
func (s *Session) place(v *Remote) (first bool) {
	s.mu.Lock()
	old := v.run.values.at(v.index)
	if old == nil {
		v.run.values.set(v.index, v)
		s.mu.Unlock()
		return true
	}
	old.attempt, old.holder, old.asked, old.denied, old.gone = v.attempt, v.holder, false, false, nil
	again := len(old.waiting) > 0
	s.mu.Unlock()
	if again {
		s.ask([]*Remote{old})
	}
	return false
}

// unplace forgets a value whose task has another outcome here: it was released or cancelled before.
func (s *Session) unplace(v *Remote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.run.values.at(v.index) == v {
		v.run.values.set(v.index, nil)
	}
}

// drop forgets the values of tasks that nobody reads any more, and the run with the last of them.
func (s *Session) drop(r *run, tasks []graph.Index) {
	s.mu.Lock()
	var waiting []wait
	for _, i := range tasks {
		if v := r.values.at(i); v != nil {
			waiting = append(waiting, v.end(exec.ErrReleased)...)
		}
		r.values.set(i, nil)
	}
	if r.unreleased -= len(tasks); r.unreleased <= 0 && r.number != 0 {
		delete(s.runs, r.submission)
		delete(s.byNumber, r.number)
	}
	s.mu.Unlock()
	for _, w := range waiting {
		w.fetch.fail(exec.ErrReleased)
	}
}

// lose tells those who wait for the value of a task, and those who ask for it from now on, that it will not come. Another
// attempt at the task may bring it back.
func (s *Session) lose(r *run, i graph.Index, err error) {
	s.mu.Lock()
	v := r.values.at(i)
	if v == nil {
		s.mu.Unlock()
		return
	}
	waiting := v.end(err)
	s.mu.Unlock()
	for _, w := range waiting {
		w.fetch.fail(err)
	}
}

// end notes why a value cannot be had and returns who waits for it, to be told. Called with the session's mu held.
func (v *Remote) end(err error) []wait {
	waiting := v.waiting
	v.waiting, v.asked, v.denied, v.gone = nil, false, false, err
	return waiting
}
