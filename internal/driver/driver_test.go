package driver

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start returns a driver with one agent, whose end of the connection is returned, and a client.
func start(t *testing.T) (d *Driver, agent, client Conn) {
	t.Helper()
	d = New(Config{})
	t.Cleanup(d.Close)
	agent = joins(t, d, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
	client, theirs := Pipe()
	if err := d.Client(theirs); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, client)
	hear[*word.Peer](t, client)
	return d, agent, client
}

func joins(t *testing.T, d *Driver, j *word.Join) Conn {
	t.Helper()
	ours, theirs := Pipe()
	if err := ours.Send(j); err != nil {
		t.Fatal(err)
	}
	if err := d.Agent(theirs); err != nil {
		t.Fatal(err)
	}
	hear[*word.Welcome](t, ours)
	return ours
}

// hear returns the next word, which must be of type W.
func hear[W any](t *testing.T, c Conn) W {
	t.Helper()
	w, err := c.Receive()
	if err != nil {
		t.Fatalf("want a %T, and the connection ended: %v", *new(W), err)
	}
	v, ok := w.(W)
	if !ok {
		t.Fatalf("heard %T %+v, want a %T", w, w, *new(W))
	}
	return v
}

// say sends a word.
func say(t *testing.T, c Conn, w any) {
	t.Helper()
	if err := c.Send(w); err != nil {
		t.Fatal(err)
	}
}

// one is an encoded graph of n tasks that take nothing but what externals there are.
func one(t *testing.T, submission uint64, n int, externals ...graph.External) []byte {
	t.Helper()
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	var refs []graph.Ref
	for _, e := range externals {
		refs = append(refs, b.External(e))
	}
	for range n {
		b.Add(call, refs...)
	}
	b.Number(1, submission)
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

func TestATaskGoesToTheAgentAndItsSmallResultToTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, agent, client := start(t)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 3), Wanted: []graph.Index{1}})
		run := hear[*word.Accepted](t, client).Run
		a := hear[*word.Assign](t, agent)
		if len(a.Tasks) != 1 || a.Tasks[0].Task != (word.Task{Run: run, Index: 1}) || len(a.Wanted) != 1 {
			t.Fatalf("assigned %+v, want the one task that is wanted", a)
		}
		if g, err := graph.Decode(a.Body); err != nil || g.Len() != 1 {
			t.Errorf("the body: %v", err)
		}
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: a.Tasks[0], Bytes: 5, Data: []byte("bytes")}}})
		s := hear[*word.Settled](t, client)
		if len(s.Tasks) != 1 || s.Tasks[0].Status != word.StatusDone || string(s.Tasks[0].Data) != "bytes" {
			t.Errorf("settled %+v", s)
		}
		say(t, client, &word.Release{Run: run, Tasks: []graph.Index{1}})
		if f := hear[*word.Free](t, agent); len(f.Blocks) != 1 || f.Blocks[0] != a.Tasks[0] {
			t.Errorf("freed %+v", f)
		}
	})
}

func TestASubmissionThatCannotBeIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, client := start(t)
		for n, tc := range []struct {
			w    *word.Submit
			want string
		}{
			{&word.Submit{Graph: []byte("garbage")}, "cannot be read"},
			{&word.Submit{Graph: one(t, 7, 1), Wanted: []graph.Index{1}}, "task 1 is wanted of a graph of 1"},
			{&word.Submit{Graph: one(t, 8, 1, graph.External{Submission: 99}), All: true}, "that submission is over"},
		} {
			tc.w.Sequence = uint64(n + 1)
			say(t, client, tc.w)
			if a := hear[*word.Accepted](t, client); a.Sequence != tc.w.Sequence || !strings.Contains(a.Refused, tc.want) {
				t.Errorf("answer %+v, want a refusal that says %q", a, tc.want)
			}
		}
		say(t, client, &word.Submit{Sequence: 10, Graph: one(t, 9, 1), All: true})
		if a := hear[*word.Accepted](t, client); a.Refused != "" {
			t.Errorf("a good one afterwards: %s", a.Refused)
		}
		say(t, client, &word.Submit{Sequence: 11, Graph: one(t, 9, 1), All: true})
		if a := hear[*word.Accepted](t, client); !strings.Contains(a.Refused, "already") {
			t.Errorf("a number used twice: %+v", a)
		}
	})
}

func TestNobodyCancelsWhatIsAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, client := start(t)
		other, theirs := Pipe()
		if err := d.Client(theirs); err != nil {
			t.Fatal(err)
		}
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		run := hear[*word.Accepted](t, client).Run
		a := hear[*word.Assign](t, agent)
		say(t, other, &word.CancelTasks{Run: run, All: true})
		say(t, other, &word.Release{Run: run, All: true})
		synctest.Wait()
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: a.Tasks[0]}}})
		if s := hear[*word.Settled](t, client); s.Tasks[0].Status != word.StatusDone {
			t.Errorf("settled %+v", s)
		}
	})
}

func TestWhoSaysWhatItShouldNotIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, client := start(t)
		say(t, agent, &word.Submit{})
		if w, err := agent.Receive(); err != io.EOF {
			t.Errorf("an agent that submits heard %T, %v", w, err)
		}
		hear[*word.Peer](t, client) // the agent is gone
		say(t, client, &word.Done{})
		if w, err := client.Receive(); err != io.EOF {
			t.Errorf("a client that reports tasks heard %T, %v", w, err)
		}
		ours, theirs := Pipe()
		say(t, ours, &word.Done{})
		if err := d.Agent(theirs); err == nil {
			t.Error("an agent that does not join was taken")
		}
		ours, theirs = Pipe()
		say(t, ours, &word.Join{Name: "none"})
		if err := d.Agent(theirs); err == nil || !strings.Contains(err.Error(), "no slots") {
			t.Errorf("an agent without slots: %v", err)
		}
	})
}

func TestALostAgentsTasksGoToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, first, client := start(t)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Accepted](t, client)
		a := hear[*word.Assign](t, first)
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		second := joins(t, d, &word.Join{Name: "b", Slots: 1, Address: "elsewhere"})
		b := hear[*word.Assign](t, second)
		if b.Tasks[0].Task != a.Tasks[0].Task || !a.Tasks[0].Attempt.Less(b.Tasks[0].Attempt) {
			t.Errorf("first %v, then %v: want a later attempt at the same task", a.Tasks, b.Tasks)
		}
	})
}
