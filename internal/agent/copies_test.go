package agent

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// take is an op that returns the bytes of its argument.
var take = &exec.Op{
	Call: func(_ context.Context, in []any) (any, error) { return string(in[0].(*exec.Encoded).Data), nil },
	Size: func(any) (int64, bool) { return 5, true }, Encode: func(v any) ([]byte, error) { return []byte(v.(string)), nil },
}

// from is a block of another agent.
func from(holder word.Agent) word.Input {
	return word.Input{Block: word.Block{Task: word.Task{Run: 2, Index: 5}, Attempt: word.Attempt{Term: 1, Count: 1}}, Holder: holder}
}

// done waits for n tasks, whose results must all be as given.
func (s *stage) done(n int, want string) {
	s.Helper()
	for n > 0 {
		for _, f := range hear[*word.Done](s, s.scheduler).Tasks {
			if n--; string(f.Data) != want {
				s.Errorf("done with %q, want %q", f.Data, want)
			}
		}
	}
	synctest.Wait()
}

// What several tasks share is fetched once, also for those that come later, and let go when nobody takes it for a while.
func TestACopyThatIsSharedStaysForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{"take": take})
		ours, holder := driver.Pipe()
		s.dial = func(string) (Conn, error) { return ours, nil }
		s.say(s.scheduler, &word.Peer{Agent: 8, Address: "there"})
		in := from(8)
		s.say(s.scheduler, s.assign(0, []word.Input{in}, "take", "take"))
		for wave := range 3 {
			first := graph.Index(10 * wave)
			if wave > 0 {
				<-time.After(shelfTime / 2)
				s.say(s.scheduler, s.assign(first, []word.Input{in}, "take"))
			} else {
				hear[*word.Subscribe](s, holder)
				s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{[]byte("bytes")}})
			}
			s.done(max(2-wave, 1), "bytes")
			if len(s.agent.shelf.byBlock) != 1 || len(s.agent.copies) != 0 || s.agent.shelf.bytes != 5 {
				t.Errorf("after wave %d: %d copies are kept and %d in use", wave, len(s.agent.shelf.byBlock), len(s.agent.copies))
			}
			s.meet()
		}
		<-time.After(2 * shelfTime)
		synctest.Wait()
		if len(s.agent.shelf.byBlock) != 0 || s.agent.cleaning != nil || s.agent.shelf.bytes != 0 {
			t.Errorf("%d copies that nobody took are still kept", len(s.agent.shelf.byBlock))
		}
		s.meet()
		s.say(s.scheduler, s.assign(40, []word.Input{in}, "take"))
		hear[*word.Subscribe](s, holder) // and not before: a wave that asked would have been heard here
		s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{[]byte("again")}})
		s.done(1, "again")
		if len(s.agent.shelf.byBlock) != 0 {
			t.Error("a copy that one task took is kept")
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestTheShelfKeepsToItsLimit(t *testing.T) {
	s, now := newShelf(shelfShare*100), time.Now()
	lay := func(n graph.Index, size int) {
		s.lay(blockOf(n), &replica{value: exec.Encoded{Data: make([]byte, size)}}, now)
	}
	lay(1, 101)
	lay(2, 60)
	lay(3, 30)
	lay(3, 30)
	if c := s.take(blockOf(1)); c != nil || s.bytes != 90 {
		t.Errorf("%d bytes are kept, and what is over the limit: %v", s.bytes, c != nil)
	}
	lay(4, 20)
	if c := s.take(blockOf(2)); c != nil || s.bytes != 50 {
		t.Errorf("%d bytes are kept, and what was laid down first: %v", s.bytes, c != nil)
	}
	if left := s.clean(now.Add(shelfTime - time.Second)); left != time.Second {
		t.Errorf("to be cleaned after %v", left)
	}
	if left := s.clean(now.Add(shelfTime)); left != 0 || s.bytes != 0 || s.order.Len()+s.trifles.Len() != 0 {
		t.Errorf("%d bytes are left", s.bytes)
	}
}

// Copies of a few bytes do not pile up, and push no large one off.
func TestTheShelfHasFewPlacesForTrifles(t *testing.T) {
	s, now := newShelf(shelfShare<<20), time.Now()
	large := &replica{value: exec.Encoded{Data: make([]byte, trifle)}}
	s.lay(blockOf(0), large, now)
	for k := range graph.Index(2 * trifles) {
		s.lay(blockOf(1+k), &replica{value: exec.Encoded{Data: make([]byte, 8)}}, now)
	}
	if n := len(s.byBlock); n != trifles+1 || s.bytes != trifle+8*trifles {
		t.Errorf("%d copies of %d bytes are kept", n, s.bytes)
	}
	if s.take(blockOf(0)) != large || s.take(blockOf(trifles)) != nil || s.take(blockOf(1+trifles)) == nil {
		t.Error("others are kept than the large one and the last trifles")
	}
	if left := s.clean(now.Add(shelfTime)); left != 0 || s.bytes != 0 || len(s.byBlock) != 0 {
		t.Errorf("%d bytes are left", s.bytes)
	}
}

// An input is subscribed to once for all tasks that take it, and asked for again when the scheduler says where else it is.
func TestInputsComeFromTheirHolders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{"take": take})
		holders := make(chan Conn, 1)
		s.dial = func(address string) (Conn, error) {
			if address != "there" {
				return nil, fmt.Errorf("nobody is at %q", address)
			}
			ours, theirs := driver.Pipe()
			holders <- theirs
			return ours, nil
		}
		in := from(8)
		s.say(s.scheduler, &word.Peer{Agent: 8, Address: "nowhere"})
		s.say(s.scheduler, &word.Peer{Agent: 9, Address: "there"})
		s.say(s.scheduler, s.assign(0, []word.Input{in}, "take", "take", "take"))
		if u := hear[*word.Unreachable](s, s.scheduler); u.Peer != 8 {
			t.Errorf("unreachable: %d", u.Peer)
		}
		in.Holder = 9
		for k := range 3 {
			m := hear[*word.InputMissing](s, s.scheduler)
			if m.Task != blockOf(graph.Index(k)).Task {
				t.Errorf("missing for task %v", m.Task)
			}
			s.say(s.scheduler, &word.Resolve{Task: m.Task, Attempt: m.Attempt, Input: in})
		}
		holder := <-holders
		if w := hear[*word.Subscribe](s, holder); len(w.Blocks) != 1 || w.Blocks[0] != in.Block {
			t.Errorf("subscribed to %v", w.Blocks)
		}
		s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{[]byte("bytes")}})
		s.done(3, "bytes")
		if n := s.agent.state.Stats().Copies; n != 0 || len(s.agent.copies) != 0 {
			t.Errorf("%d copies are kept, and %d values", n, len(s.agent.copies))
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}
