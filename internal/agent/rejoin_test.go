package agent

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// breakable is a connection that breaks without a farewell.
type breakable struct {
	driver.Conn
	broken atomic.Bool
}

func (b *breakable) Receive() (any, error) {
	w, err := b.Conn.Receive()
	if b.broken.Load() {
		return nil, errors.New("it broke")
	}
	return w, err
}

// An agent whose scheduler is gone keeps its results for the next one, which gives it another number.
func TestAnAgentBringsItsResultsToTheNextScheduler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, theirs := driver.Pipe()
		old := &breakable{Conn: theirs}
		second, successor := driver.Pipe()
		open := make(chan struct{})
		s := &stage{T: t, scheduler: first, ended: make(chan error, 1)}
		cancelled := make(chan struct{})
		ops := map[string]*exec.Op{
			"known": constant(3, func() ([]byte, error) { return []byte("three"), nil }),
			"waits": {Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); close(cancelled); return nil, ctx.Err() }},
		}
		s.agent = New(Config{
			Name: "a", Slots: 2, Address: "here", Op: func(op graph.Op) (*exec.Op, error) { return ops[op.Name], nil },
			Rejoin: func(context.Context) (Conn, error) { <-open; return successor, nil },
		})
		go func() { s.ended <- s.agent.Run(t.Context(), old, time.Minute) }()
		hear[*word.Join](s, first)
		s.say(first, &word.Welcome{Agent: self, Term: 1})
		s.say(first, s.assign(0, nil, "known", "waits"))
		hear[*word.Done](s, first)
		visitor := s.visit()
		old.broken.Store(true)
		_ = first.Close()
		synctest.Wait()

		// Meanwhile others get what it holds, under the number that it had.
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(0)}})
		if d := hear[*word.Delivery](s, visitor); d.Block != blockOf(0) {
			t.Errorf("without a scheduler it delivers %v", d.Block)
		}
		close(open)
		join := hear[*word.Join](s, second)
		if join.Name != "a" || join.Slots != 2 || len(join.Blocks) != 1 || join.Blocks[0].Block != blockOf(0) {
			t.Errorf("it joins with %+v", join)
		}
		<-cancelled // nobody waits for what it ran
		if _, err := visitor.Receive(); err == nil {
			t.Error("the connection of a visitor who knows the old number is open")
		}
		early := s.visit() // knows the next number before the agent does
		s.say(early, &word.Subscribe{Blocks: []word.Block{blockOf(0)}})
		synctest.Wait()
		s.say(second, &word.Welcome{Agent: self + 1, Term: 2})
		if d := hear[*word.Delivery](s, early); d.Block != blockOf(0) {
			t.Errorf("it delivers %v", d.Block)
		}
		s.say(second, s.assign(2, nil, "known"))
		if d := hear[*word.Done](s, second); len(d.Tasks) != 1 || d.Tasks[0].Block != blockOf(2) {
			t.Errorf("for the next scheduler it has done %+v", d)
		}
		_ = second.Close() // in order: there will be no other one
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		s.visits.Wait()
	})
}

func TestAnAgentThatFindsNoOtherSchedulerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, theirs := driver.Pipe()
		old := &breakable{Conn: theirs}
		s := &stage{T: t, scheduler: first, ended: make(chan error, 1)}
		s.agent = New(Config{Name: "a", Slots: 1, Address: "here", Rejoin: func(context.Context) (Conn, error) { return nil, errors.New("it is gone") }})
		go func() { s.ended <- s.agent.Run(t.Context(), old, time.Minute) }()
		hear[*word.Join](s, first)
		s.say(first, &word.Welcome{Agent: self, Term: 1})
		synctest.Wait()
		old.broken.Store(true)
		_ = first.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}
