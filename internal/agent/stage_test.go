package agent

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is an agent with a scheduler that the test plays.
type stage struct {
	*testing.T
	agent     *Agent
	scheduler Conn
	ops       map[string]*exec.Op
	dial      func(address string) (Conn, error)
	visits    sync.WaitGroup
	ended     chan error
}

const self word.Agent = 7

// begin starts an agent of two slots and welcomes it. The ops are what its tasks may call.
func begin(t *testing.T, ops map[string]*exec.Op) *stage {
	t.Helper()
	return beginWith(t, Config{}, ops)
}

// beginWith is begin with a bound on memory.
func beginWith(t *testing.T, c Config, ops map[string]*exec.Op) *stage {
	t.Helper()
	s := &stage{T: t, ops: ops, ended: make(chan error, 1)}
	s.agent = New(Config{
		Name: "a", Slots: 2, Address: "here", Memory: c.Memory, Store: c.Store,
		Dial: func(address string) (Conn, error) { return s.dial(address) },
		Op: func(op graph.Op) (*exec.Op, error) {
			if impl := s.ops[op.Name]; impl != nil {
				return impl, nil
			}
			return nil, fmt.Errorf("there is no %q", op.Name)
		},
	})
	ours, theirs := driver.Pipe()
	s.scheduler = ours
	go func() { s.ended <- s.agent.Run(t.Context(), theirs, time.Minute) }()
	hear[*word.Join](s, ours)
	s.say(ours, &word.Welcome{Agent: self, Term: 1})
	return s
}

// end closes the connection to the scheduler and returns what the agent ends with.
func (s *stage) end() error {
	_ = s.scheduler.Close()
	err := <-s.ended
	s.visits.Wait()
	return err
}

// visit connects to the agent as another agent or a client.
func (s *stage) visit() Conn {
	ours, theirs := driver.Pipe()
	s.visits.Go(func() { s.agent.Serve(theirs) })
	return ours
}

func (s *stage) say(c Conn, w any) {
	s.Helper()
	if err := c.Send(w); err != nil {
		s.Fatal(err)
	}
}

// hear returns the next word, which must be a W.
func hear[W any](s *stage, c Conn) W {
	s.Helper()
	w, err := c.Receive()
	if err != nil {
		s.Fatalf("want a %T, and the connection ended: %v", *new(W), err)
	}
	v, ok := w.(W)
	if !ok {
		s.Fatalf("heard %T %+v, want a %T", w, w, *new(W))
	}
	return v
}

// meet waits until the agent has handled what it was told, and lets the test look at its state until it is told more.
func (s *stage) meet() {
	s.Helper()
	s.say(s.scheduler, &word.Explain{})
	hear[*word.Explained](s, s.scheduler)
	synctest.Wait()
}

// blockOf names the first attempt at a task of run 1.
func blockOf(i graph.Index) word.Block {
	return word.Block{Task: word.Task{Run: 1, Index: i}, Attempt: word.Attempt{Term: 1, Count: 1}}
}

// assign makes an Assign of calls without arguments, the first of which is task first of run 1, or of calls that all take the
// same input.
func (s *stage) assign(first graph.Index, inputs []word.Input, ops ...string) *word.Assign {
	s.Helper()
	w := &word.Assign{AllWanted: true}
	b := graph.NewBuilder()
	var refs []graph.Ref
	for _, in := range inputs {
		refs = append(refs, b.External(graph.External{Submission: uint64(in.Block.Task.Run), Task: in.Block.Task.Index}))
	}
	for k, name := range ops {
		b.Add(b.Call(graph.Call{Op: b.Op(graph.Op{Name: name}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)}), refs...)
		w.Tasks = append(w.Tasks, blockOf(first+graph.Index(k)))
		w.Inputs = append(w.Inputs, inputs...)
		w.Ends = append(w.Ends, uint32(len(w.Inputs)))
	}
	g, err := b.Build()
	if err != nil {
		s.Fatal(err)
	}
	if w.Body, err = graph.Encode(g, graph.EncodeOptions{}); err != nil {
		s.Fatal(err)
	}
	return w
}

// constant is an op that returns a value, which encode turns into bytes.
func constant(v any, encode func() ([]byte, error)) *exec.Op {
	return &exec.Op{
		Call:   func(context.Context, []any) (any, error) { return v, nil },
		Size:   func(any) (int64, bool) { return 8, true },
		Encode: func(any) ([]byte, error) { return encode() },
	}
}
