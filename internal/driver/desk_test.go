package driver

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// silent is a connection whose words wake nobody: they are heard by who polls.
type silent struct {
	Conn
	mu    sync.Mutex
	hear  func(any)
	words []any
	end   chan struct{}
}

func (s *silent) Serve(hear func(any)) error {
	s.mu.Lock()
	s.hear = hear
	s.mu.Unlock()
	<-s.end
	return io.EOF
}

func (s *silent) Poll() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; s.hear != nil && len(s.words) > 0; s.words = s.words[1:] {
		s.hear(s.words[0])
	}
	return true
}

func (s *silent) says(w any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = append(s.words, w)
}

// desked is a driver with an agent that says what it says to those who poll, and a client inside the process.
type desked struct {
	*testing.T
	d      *Driver
	agent  Conn
	silent *silent
	client *clientEnd
	heard  chan any
	served chan error
}

func sit(t *testing.T) *desked {
	t.Helper()
	s := &desked{T: t, d: New(Config{}), heard: make(chan any, 100), served: make(chan error, 1)}
	ours, theirs := Pipe()
	s.agent, s.silent = ours, &silent{Conn: theirs, end: make(chan struct{})}
	say(t, ours, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
	if err := s.d.Agent(s.silent); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, ours)
	conn, err := s.d.Connect()
	if err != nil {
		t.Fatal(err)
	}
	s.client = conn.(*clientEnd)
	go func() { s.served <- s.client.Serve(func(w any) { s.heard <- w }) }()
	told[*word.Welcome](s)
	told[*word.Peer](s)
	synctest.Wait()
	return s
}

func (s *desked) leave() {
	s.Helper()
	_ = s.client.Close()
	if err := <-s.served; !errors.Is(err, io.EOF) {
		s.Errorf("the client's end ended with %v", err)
	}
	close(s.silent.end)
	s.d.Close()
}

// told returns the next word that the client hears.
func told[W any](s *desked) W {
	s.Helper()
	w, ok := (<-s.heard).(W)
	if !ok {
		s.Fatalf("heard another word than %T", *new(W))
	}
	return w
}

// has reports whether a word waits at the other end of a pipe.
func has(c Conn) bool {
	l := c.(*pipe).in
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first < len(l.words)
}

func (s *desked) submits(n uint64, tasks int) {
	s.Helper()
	if err := s.client.Put(&word.Submit{Sequence: n, Graph: one(s.T, n, tasks), All: true}); err != nil {
		s.Fatal(err)
	}
	s.client.Flush()
}

func TestWhoSubmitsAndWaitsInTheProcessWakesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sit(t)
		defer s.leave()
		end := s.client.Attend()
		s.submits(1, 1)
		if !has(s.agent) {
			t.Error("the task was not assigned when the submission had been flushed")
		}
		a := hear[*word.Assign](t, s.agent)
		s.silent.says(&word.Done{Tasks: []word.Finished{{Block: a.Tasks[0]}}})
		synctest.Wait()
		if len(s.heard) > 0 {
			t.Error("somebody heard the answer who was not to be woken")
		}
		s.client.Poll()
		if len(s.heard) != 2 {
			t.Fatalf("%d words were heard by who polled, want 2", len(s.heard))
		}
		told[*word.Accepted](s)
		if settled := told[*word.Settled](s); settled.Tasks[0].Status != word.StatusDone {
			t.Errorf("settled %+v", settled)
		}
		end()
	})
}

// What the driver says to one who waited and has gone away since is heard by the goroutine that serves.
func TestWhoStopsWaitingLeavesTheRestToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sit(t)
		defer s.leave()
		end := s.client.Attend()
		s.submits(1, 1)
		end()
		told[*word.Accepted](s)
	})
}

func TestWhatTakesLongIsForTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sit(t)
		defer s.leave()
		if w := (&word.Submit{Graph: make([]byte, smallGraph+1)}); (&note{word: w}).light() {
			t.Error("a large graph counts as little")
		}
		busy, enough := make(chan struct{}), make(chan struct{})
		go s.d.Do(func(*sched.State) { close(busy); <-enough })
		<-busy
		s.submits(1, 1) // which waits for nobody
		if has(s.agent) {
			t.Error("two have handled words at once")
		}
		close(enough)
		if a := hear[*word.Assign](t, s.agent); a.Tasks[0].Task.Index != graph.Index(0) {
			t.Errorf("assigned %+v", a)
		}
	})
}
