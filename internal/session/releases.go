package session

import (
	"sync"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// releases collects the tasks whose results nobody reads any more and tells the scheduler in batches: results are released
// one by one, often a million in a row.
type releases struct {
	s     *Session
	mu    sync.Mutex
	byRun map[*run][]graph.Index
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}
}

func (l *releases) start(s *Session) {
	l.s, l.byRun = s, make(map[*run][]graph.Index)
	l.wake, l.quit, l.ended = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go l.work()
}

func (l *releases) stop() {
	close(l.quit)
	<-l.ended
}

func (l *releases) add(r *run, i graph.Index) {
	l.mu.Lock()
	l.byRun[r] = append(l.byRun[r], i)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *releases) work() {
	defer close(l.ended)
	for {
		select {
		case <-l.wake:
			l.flush()
		case <-l.quit:
			l.flush()
			return
		}
	}
}

func (l *releases) flush() {
	l.mu.Lock()
	batch := l.byRun
	l.byRun = make(map[*run][]graph.Index)
	l.mu.Unlock()
	l.s.order.Lock()
	defer l.s.order.Unlock()
	for r, tasks := range batch {
		l.s.drop(r, tasks)
		r.say(&word.Release{Tasks: tasks})
	}
}
