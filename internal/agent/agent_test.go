package agent

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// Of a window whose ops are not all known, the tasks of the others run.
func TestAnUnknownOpFailsItsTasksOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{"known": constant(3, func() ([]byte, error) { return nil, nil })})
		s.say(s.scheduler, s.assign(0, nil, "known", "unknown", "known"))
		done := 0
		for done < 2 {
			switch w, err := s.scheduler.Receive(); w := w.(type) {
			case *word.Done:
				done += len(w.Tasks)
			case *word.Failed:
				if text := word.DecodeFailure(w.Failure).Text; w.Block != blockOf(1) || !strings.Contains(text, `there is no "unknown"`) {
					t.Errorf("task %v failed: %s", w.Block, text)
				}
			default:
				t.Fatalf("heard %T, %v", w, err)
			}
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// A window that cannot be read fails all its tasks, and nothing else.
func TestAWindowThatCannotBeReadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{"known": constant(3, func() ([]byte, error) { return nil, nil })})
		w := s.assign(0, nil, "known", "known")
		w.Body = []byte("garbage")
		s.say(s.scheduler, w)
		for range 2 {
			hear[*word.Failed](s, s.scheduler)
		}
		s.say(s.scheduler, s.assign(2, nil, "known"))
		hear[*word.Done](s, s.scheduler)
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// An agent that has nothing to do does nothing: no timer runs unless somebody waits for a block that is not known yet.
func TestAnIdleAgentHasNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{"known": constant(3, func() ([]byte, error) { return []byte("three"), nil })})
		s.say(s.scheduler, s.assign(0, nil, "known"))
		hear[*word.Done](s, s.scheduler)
		synctest.Wait()
		if s.agent.ticking != nil {
			t.Error("a timer runs in an idle agent")
		}
		visitor := s.visit()
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(9)}})
		began := time.Now()
		hear[*word.NotHere](s, visitor)
		if took := time.Since(began); took != 2*tick {
			t.Errorf("a subscription to what nobody makes was denied after %v, want two ticks", took)
		}
		synctest.Wait()
		if s.agent.ticking != nil {
			t.Error("the timer runs on")
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// Questions about tasks that are over, aborted, freed or were never here are answered.
func TestQuestionsAtTheWrongTimeAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{
			"known": constant(3, func() ([]byte, error) { return []byte("three"), nil }),
			"waits": {Call: func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
		})
		question := uint64(0)
		ask := func(b word.Block, want string) {
			t.Helper()
			question++
			s.say(s.scheduler, &word.Explain{Question: question, Task: b.Task, Attempt: b.Attempt})
			if x := hear[*word.Explained](s, s.scheduler); x.Question != question || x.State != want {
				t.Errorf("explained %+v, want the answer to question %d that the state is %q", x, question, want)
			}
		}
		ask(blockOf(3), "")
		s.say(s.scheduler, s.assign(0, nil, "known"))
		hear[*word.Done](s, s.scheduler)
		ask(blockOf(0), "done")
		ask(word.Block{Task: blockOf(0).Task, Attempt: word.Attempt{Term: 1, Count: 2}}, "")
		s.say(s.scheduler, &word.Free{Blocks: []word.Block{blockOf(0)}})
		ask(blockOf(0), "")
		s.say(s.scheduler, s.assign(1, nil, "waits"))
		synctest.Wait()
		ask(blockOf(1), "running")
		s.say(s.scheduler, &word.Cancel{Tasks: []word.Block{blockOf(1)}})
		ask(blockOf(1), "")
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// Whoever comes while an agent ends is not left with an open connection.
func TestAVisitorOfAnAgentThatEndsIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nil)
		synctest.Wait()
		// The loop handles what it takes as one batch: this visitor's note is put while the last one is handled.
		late := make(chan Conn, 1)
		s.agent.cfg.Log = func(string, ...any) { late <- s.visit(); synctest.Wait() }
		w := s.assign(0, nil, "unknown")
		s.agent.in.mu.Lock()
		s.agent.in.notes = append(s.agent.in.notes, note{scheduler: true, word: w}, note{scheduler: true, err: io.EOF})
		s.agent.in.summon()
		s.agent.in.mu.Unlock()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if w, err := (<-late).Receive(); err != io.EOF {
			t.Errorf("the visitor heard %T, %v; want the end", w, err)
		}
		s.visits.Wait()
		after := s.visit()
		if w, err := after.Receive(); err != io.EOF {
			t.Errorf("one who came afterwards heard %T, %v; want the end", w, err)
		}
		s.visits.Wait()
	})
}

func TestWhoSaysWhatNoVisitorSaysIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nil)
		v := s.visit()
		s.say(v, &word.Done{})
		if w, err := v.Receive(); err != io.EOF {
			t.Errorf("heard %T, %v", w, err)
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheInboxKeepsNoLongLists(t *testing.T) {
	var b inbox
	b.init()
	b.open()
	for range 10_000 {
		b.put(note{event: workerstate.Tick{}})
	}
	if !b.begin() {
		t.Fatal("nobody is to handle what is there")
	}
	l, _ := b.next(lists{})
	if _, more := b.next(l); more || len(l.notes) != 10_000 {
		t.Errorf("%d notes, then %t", len(l.notes), more)
	}
	if n := cap(b.spare.notes); n > 4096 {
		t.Errorf("after a burst the inbox keeps room for %d notes", n)
	}
	b.put(note{conn: nil, err: io.EOF})
	if l := b.close(); len(l.notes) != 1 || b.put(note{}) {
		t.Errorf("closing returned %d notes", len(l.notes))
	}
}
