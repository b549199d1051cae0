package agent

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// late is a connection whose words nobody is woken for: they are heard by who polls.
type late struct {
	Conn
	mu    sync.Mutex
	hear  func(any)
	words []any
	end   chan struct{}
}

func (l *late) Serve(hear func(any)) error {
	l.mu.Lock()
	l.hear = hear
	l.mu.Unlock()
	<-l.end
	return context.Canceled
}

func (l *late) Poll() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hear != nil && len(l.words) > 0 {
		w := l.words[0]
		l.words = l.words[1:]
		l.hear(w)
	}
	return true
}

// A worker that is busy with tasks hears what other processes say, though nothing wakes the goroutine that waits for it.
func TestWorkersPollBetweenTasks(t *testing.T) {
	s := &stage{T: t}
	stop := make(chan struct{})
	var once sync.Once
	s.agent = New(Config{
		Name: "a", Slots: 1, Address: "here",
		Op: func(op graph.Op) (*exec.Op, error) { return s.ops[op.Name], nil },
	})
	s.ops = map[string]*exec.Op{
		"turn": constant(1, func() ([]byte, error) { return []byte{1}, nil }),
		"stop": {Call: func(context.Context, []any) (any, error) { once.Do(func() { close(stop) }); return nil, nil }},
	}
	ours, theirs := driver.Pipe()
	conn := &late{Conn: theirs, end: make(chan struct{})}
	s.scheduler = ours
	ended := make(chan error, 1)
	go func() { ended <- s.agent.Run(t.Context(), conn, time.Minute) }()
	hear[*word.Join](s, ours)
	s.say(ours, &word.Welcome{Agent: self, Term: 1})

	many := make([]string, 3000)
	for k := range many {
		many[k] = "turn"
	}
	conn.mu.Lock()
	conn.words = append(conn.words, s.assign(0, nil, many...), s.assign(3000, nil, "stop"))
	conn.mu.Unlock()
	s.agent.poller.expect() // nothing waits yet, so nobody polls
	for hearing := false; !hearing; {
		conn.mu.Lock()
		hearing = conn.hear != nil
		conn.mu.Unlock()
	}
	conn.Poll() // the first window; its tasks poll for the second
	<-stop
	close(conn.end)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAWorkerThatHasRunDryWaitsForTheNextTaskIfThatMostlyComesSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p poller
		// turns has tasks come and go, each time so long after the one before, and counts how often the next was waited for.
		turns := func(times int, pause time.Duration) (waited int) {
			for range times {
				p.have(true)
				p.have(false)
				if p.soon.Load() {
					waited++
				}
				<-time.After(pause)
			}
			return waited
		}
		if n := turns(20, soonTime/2); n != 20 {
			t.Errorf("%d of 20 that came soon were waited for", n)
		}
		if n := turns(80, time.Second); n < 5 || n > 20 {
			t.Errorf("%d of 80 that came late were waited for, want few", n)
		}
	})
}
