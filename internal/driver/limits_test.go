package driver

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// narrow is the scheduler's end of a connection that takes words of so many bytes, and of which so many wait.
type narrow struct {
	Conn
	most   int
	queued atomic.Int64
}

func (n *narrow) Send(w any) error {
	b, err := word.Append(nil, w)
	if err == nil && n.most > 0 && len(b) > n.most {
		err = fmt.Errorf("%w: %d bytes", word.ErrBytes, len(b))
	}
	if err != nil {
		return err
	}
	return n.Conn.Send(w)
}

func (n *narrow) Queued() (int64, int64) { return n.queued.Load(), 0 }

// behind returns a driver with one agent behind a narrow connection, and a client.
func behind(t *testing.T, l limits, most int) (theirs *narrow, agent, client Conn) {
	t.Helper()
	d := open(Config{}, l)
	t.Cleanup(d.Close)
	agent, end := Pipe()
	theirs = &narrow{Conn: end, most: most}
	say(t, agent, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
	if err := d.Agent(theirs); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, agent)
	client, end = Pipe()
	if err := d.Client(end); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, client)
	hear[*word.Peer](t, client)
	return theirs, agent, client
}

// practise lets the scheduler learn that tasks are short, so that it assigns many at once.
func practise(t *testing.T, agent, client Conn) {
	t.Helper()
	say(t, client, &word.Submit{Sequence: 99, Graph: one(t, 99, 20), All: true})
	hear[*word.Accepted](t, client)
	for left := 20; left > 0; {
		a := hear[*word.Assign](t, agent)
		done := &word.Done{}
		for _, b := range a.Tasks {
			done.Tasks = append(done.Tasks, word.Finished{Block: b, Nanos: 1000})
		}
		left -= len(a.Tasks)
		say(t, agent, done)
		hear[*word.Settled](t, client)
	}
}

// chain is an encoded graph of tasks that take a literal of so many bytes each, and the one before if linked is set.
func chain(t *testing.T, linked bool, literals ...int) []byte {
	t.Helper()
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{}), Site: b.AddSite(graph.Site{File: "main.go", Line: 7})})
	for k, n := range literals {
		refs := []graph.Ref{b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Items: [][]byte{bytes.Repeat([]byte{'x'}, n)}}})}
		if linked && k > 0 {
			refs = append(refs, graph.OutputRef(graph.Index(k-1), 0))
		}
		b.Add(call, refs...)
	}
	b.Number(1, 1)
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	data, err := graph.Encode(g, graph.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestATaskWhoseArgumentsAreTooLongFailsAndTheOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, agent, client := behind(t, defaultLimits, 1000)
		practise(t, agent, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: chain(t, false, 10, 10, 2000, 10), All: true})
		hear[*word.Accepted](t, client)
		var ran []graph.Index
		for len(ran) < 3 {
			a := hear[*word.Assign](t, agent)
			if g, err := graph.Decode(a.Body); err != nil || g.Len() != len(a.Tasks) || !a.AllWanted {
				t.Fatalf("assigned %d tasks with a body of others (%v), all wanted: %v", len(a.Tasks), err, a.AllWanted)
			}
			for _, b := range a.Tasks {
				ran = append(ran, b.Task.Index)
			}
		}
		if slices.Sort(ran); !slices.Equal(ran, []graph.Index{0, 1, 3}) {
			t.Errorf("the tasks %v were sent, want 0, 1 and 3", ran)
		}
		s := hear[*word.Settled](t, client)
		if len(s.Tasks) != 1 || s.Tasks[0].Index != 2 || s.Tasks[0].Status != word.StatusFailed {
			t.Fatalf("settled %+v", s)
		}
		if text := word.DecodeFailure(s.Tasks[0].Data).Text; !strings.Contains(text, "arguments") || !strings.Contains(text, "read it from a file") {
			t.Errorf("it failed with %q", text)
		}
	})
}

func TestATaskThatTakesTooManyResultsFails(t *testing.T) {
	d := &Driver{limits: defaultLimits}
	d.in.init()
	a := &agent{conn: &narrow{}}
	w := &word.Assign{Tasks: make([]word.Block, 1), Inputs: make([]word.Input, word.MaxItems+1)}
	d.failed(a, w, fmt.Errorf("link: %w", word.ErrItems))
	f := d.in.take(true)[0].word.(*word.Failed)
	if !strings.Contains(string(f.Failure), "1048577 results") || !strings.Contains(string(f.Failure), "as a tree") {
		t.Errorf("it failed with %q", f.Failure)
	}
}

func TestAnArgumentThatNothingCanHoldIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := defaultLimits
		l.argument = 1000
		_, _, client := behind(t, l, 0)
		say(t, client, &word.Submit{Sequence: 1, Graph: chain(t, false, 1000, 1001), All: true})
		a := hear[*word.Accepted](t, client)
		for _, want := range []string{"f#1 (main.go:7)", "an argument", "read it from a file"} {
			if !strings.Contains(a.Refused, want) {
				t.Errorf("refused with %q, want %q", a.Refused, want)
			}
		}
	})
}

func TestAWindowWithLargeArgumentsIsSentInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := defaultLimits
		l.part = 250
		_, agent, client := behind(t, l, 0)
		practise(t, agent, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: chain(t, true, 100, 100, 100, 900, 100, 100), All: true})
		run := hear[*word.Accepted](t, client).Run
		prefix := fmt.Sprintf(" %d/", run)
		var seen []word.Block
		var lengths []int
		for len(seen) < 6 {
			a := hear[*word.Assign](t, agent)
			g, err := graph.Decode(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			for k, b := range a.Tasks {
				in := a.InputsOf(k)
				want := 0
				if k == 0 && len(seen) > 0 {
					want = 1
				}
				if len(in) != want || want == 1 && (in[0].Block != seen[len(seen)-1] || in[0].Holder != 1) {
					t.Errorf("task %v takes %+v from elsewhere", b.Task, in)
				}
				got := describe(g, run, graph.Index(k), func(i graph.Index) word.Task { return a.Tasks[i].Task })
				if n := strings.Count(got, prefix); n != min(1, int(b.Task.Index)) {
					t.Errorf("task %v is %s", b.Task, got)
				}
			}
			seen = append(seen, a.Tasks...)
			lengths = append(lengths, len(a.Tasks))
		}
		if !slices.Equal(lengths, []int{2, 1, 1, 2}) {
			t.Errorf("parts of %v tasks", lengths)
		}
	})
}

func TestWordsForAnAgentThatTakesNothingAreHeldBackInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		theirs, agent, client := behind(t, defaultLimits, 0)
		heard := make(chan any, 10)
		go func() {
			for {
				w, err := agent.Receive()
				if err != nil {
					close(heard)
					return
				}
				heard <- w
			}
		}()
		theirs.queued.Store(defaultLimits.full + 1)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		run := hear[*word.Accepted](t, client).Run
		say(t, client, &word.CancelTasks{Run: run, All: true})
		if s := hear[*word.Settled](t, client); s.Tasks[0].Status != word.StatusCancelled {
			t.Errorf("settled %+v", s)
		}
		<-time.After(time.Minute)
		if n := len(heard); n != 0 {
			t.Fatalf("the agent heard %d words", n)
		}
		theirs.queued.Store(0)
		if w, ok := (<-heard).(*word.Assign); !ok || len(w.Body) == 0 {
			t.Errorf("heard %+v first, want the assignment", w)
		}
		if w, ok := (<-heard).(*word.Cancel); !ok {
			t.Errorf("heard %+v then, want the cancellation", w)
		}
		_ = agent.Close()
		for range heard {
		}
	})
}

func TestManyLargeFailuresAreToldInParts(t *testing.T) {
	d := &Driver{limits: limits{settled: 100}, clients: make(map[word.Client]*client)}
	d.conns.init()
	ours, theirs := Pipe()
	d.clients[1] = &client{number: 1, conn: theirs}
	w := &word.Settled{Run: 1}
	for k, n := range []int{0, 60, 60, 500, 0, 10, 80} {
		w.Tasks = append(w.Tasks, word.Outcome{Index: graph.Index(k), Status: word.StatusInput, Data: make([]byte, n)})
	}
	d.settle(tellClient(1, w))
	var lengths []int
	next := graph.Index(0)
	for next < 7 {
		part := hear[*word.Settled](t, ours)
		for _, o := range part.Tasks {
			if o.Index != next || part.Run != 1 {
				t.Errorf("outcome of %d/%d, want 1/%d", part.Run, o.Index, next)
			}
			next++
		}
		lengths = append(lengths, len(part.Tasks))
	}
	if !slices.Equal(lengths, []int{2, 1, 1, 3}) {
		t.Errorf("parts of %v outcomes", lengths)
	}
}
