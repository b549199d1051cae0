package agent

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// own is a value of a type whose encoding is nobody's but the user's.
type own struct{ int }

func TestASmallResultRidesWithDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, map[string]*exec.Op{
			"number": constant(3, func() ([]byte, error) { return []byte("three"), nil }),
			"own":    constant(own{3}, func() ([]byte, error) { return []byte("own"), nil }),
			"huge":   constant(own{4}, func() ([]byte, error) { return make([]byte, 2*small), nil }),
		})
		for k, want := range []string{"three", "own", ""} {
			s.say(s.scheduler, s.assign(graph.Index(k), nil, []string{"number", "own", "huge"}[k]))
			d := hear[*word.Done](s, s.scheduler)
			if len(d.Tasks) != 1 || d.Tasks[0].Block != blockOf(graph.Index(k)) || string(d.Tasks[0].Data) != want {
				t.Errorf("done %+v, want task %d with %q", d.Tasks, k, want)
			}
			if k == 2 && d.Tasks[0].Bytes != 2*small {
				t.Errorf("a result whose encoding is larger than its value counts %d bytes, want %d", d.Tasks[0].Bytes, 2*small)
			}
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

var errEncode = errors.New("it has no bytes")

func TestAResultThatCannotBeEncodedFailsItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := func() ([]byte, error) { return nil, errEncode }
		big := constant(own{}, fails)
		big.Size = nil
		s := begin(t, map[string]*exec.Op{
			"number": constant(3, fails), "own": constant(own{}, func() ([]byte, error) { panic("own") }), "big": big,
		})
		for k, want := range map[int]string{0: errEncode.Error(), 1: "panicked: own"} {
			s.say(s.scheduler, s.assign(graph.Index(k), nil, []string{"number", "own"}[k]))
			f := hear[*word.Failed](s, s.scheduler)
			if text := word.DecodeFailure(f.Failure).Text; f.Block != blockOf(graph.Index(k)) || !strings.Contains(text, want) {
				t.Errorf("task %v failed: %s; want %q", f.Block, text, want)
			}
		}
		// What is not sent along shows it when somebody asks.
		w := s.assign(2, nil, "big")
		w.AllWanted = false
		s.say(s.scheduler, w)
		hear[*word.Done](s, s.scheduler)
		visitor := s.visit()
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(2)}})
		if f := hear[*word.Failed](s, s.scheduler); f.Block != blockOf(2) || !strings.Contains(word.DecodeFailure(f.Failure).Text, errEncode.Error()) {
			t.Errorf("failed %+v", f)
		}
		hear[*word.NotHere](s, visitor)
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(2)}})
		hear[*word.NotHere](s, visitor)
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// Nobody would take it, and it would be made again for ever.
func TestAResultThatIsTooLargeToBeSentFailsItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hidden := constant(own{}, func() ([]byte, error) { return make([]byte, 101), nil })
		hidden.Size = nil
		known := constant(own{}, func() ([]byte, error) {
			t.Error("a result that is known to be too large was encoded")
			return nil, nil
		})
		known.Size = func(any) (int64, bool) { return 102, true }
		s := begin(t, map[string]*exec.Op{
			"hidden": hidden, "known": known, "fits": constant(own{}, func() ([]byte, error) { return make([]byte, 100), nil }),
		})
		s.agent.encoder.large = 100
		for k, op := range []string{"hidden", "known", "fits"} {
			w := s.assign(graph.Index(k), nil, op)
			w.AllWanted = false
			s.say(s.scheduler, w)
			hear[*word.Done](s, s.scheduler)
		}
		visitor := s.visit()
		for k, want := range []string{"it has 101 bytes, and at most 100 are sent", "it has 102 bytes"} {
			s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(graph.Index(k))}})
			if f := hear[*word.Failed](s, s.scheduler); f.Block != blockOf(graph.Index(k)) || !strings.Contains(word.DecodeFailure(f.Failure).Text, want) {
				t.Errorf("failed %v: %s", f.Block, word.DecodeFailure(f.Failure).Text)
			}
			hear[*word.NotHere](s, visitor)
		}
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(2)}})
		if d := hear[*word.Delivery](s, visitor); len(d.Outputs[0]) != 100 {
			t.Errorf("%d bytes were delivered", len(d.Outputs[0]))
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// An encoding method that takes its time holds up neither other tasks nor other words.
func TestASlowEncoderHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, open := 0, make(chan struct{})
		s := begin(t, map[string]*exec.Op{
			"slow": constant(own{}, func() ([]byte, error) {
				calls++
				<-open
				return []byte("slow"), nil
			}),
			"number": constant(3, func() ([]byte, error) { return []byte("three"), nil }),
		})
		s.say(s.scheduler, s.assign(0, nil, "slow"))
		synctest.Wait()
		s.say(s.scheduler, &word.Explain{Question: 5, Task: blockOf(0).Task, Attempt: blockOf(0).Attempt})
		if x := hear[*word.Explained](s, s.scheduler); x.State != "running" || !strings.Contains(x.Why, "into bytes") {
			t.Errorf("explained %+v", x)
		}
		s.say(s.scheduler, s.assign(1, nil, "number"))
		if d := hear[*word.Done](s, s.scheduler); d.Tasks[0].Block != blockOf(1) {
			t.Errorf("done %+v", d)
		}
		visitor := s.visit()
		s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(0)}})
		synctest.Wait()
		close(open)
		if d := hear[*word.Done](s, s.scheduler); string(d.Tasks[0].Data) != "slow" {
			t.Errorf("done %+v", d)
		}
		if d := hear[*word.Delivery](s, visitor); string(d.Outputs[0]) != "slow" {
			t.Errorf("delivered %+v", d)
		}
		if calls != 1 {
			t.Errorf("it was encoded %d times", calls)
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// Closing does not wait longer than it may for an encoding method that does not return.
func TestAnEncoderThatDoesNotReturnIsNamedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		s := begin(t, map[string]*exec.Op{"stuck": constant(own{}, func() ([]byte, error) { <-open; return nil, nil })})
		s.say(s.scheduler, s.assign(0, nil, "stuck", "stuck", "stuck"))
		synctest.Wait()
		began := time.Now()
		if err := s.end(); err == nil || !strings.Contains(err.Error(), "encoded") {
			t.Errorf("the agent ends with %v", err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %v, want the time-out of a minute", took)
		}
		close(open)
	})
}

func TestManySubscribersOfABlockCostOneEncoding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		var mu sync.Mutex
		calls, open := 0, make(chan struct{})
		s := begin(t, map[string]*exec.Op{"shared": constant(own{}, func() ([]byte, error) {
			mu.Lock()
			calls++
			mu.Unlock()
			<-open
			return []byte("shared"), nil
		})})
		w := s.assign(0, nil, "shared")
		w.AllWanted = false
		s.say(s.scheduler, w)
		hear[*word.Done](s, s.scheduler)
		visitors := make([]Conn, n)
		for k := range visitors {
			visitors[k] = s.visit()
			s.say(visitors[k], &word.Subscribe{Blocks: []word.Block{blockOf(0)}})
		}
		synctest.Wait()
		s.say(s.scheduler, &word.Free{Blocks: []word.Block{blockOf(0)}}) // what was asked for before is delivered
		synctest.Wait()
		close(open)
		for k, v := range visitors {
			if d := hear[*word.Delivery](s, v); string(d.Outputs[0]) != "shared" {
				t.Fatalf("visitor %d got %+v", k, d)
			}
		}
		if calls != 1 {
			t.Errorf("the block was encoded %d times for %d subscribers", calls, n)
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}
