package driver

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// gangOf is an encoded graph of n tasks that start together.
func gangOf(t *testing.T, n int) []byte {
	t.Helper()
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{Lifetime: graph.LifetimeGang}), Site: b.Site(0)})
	for range n {
		b.Add(call)
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

func strs(data [][]byte) string {
	var list []string
	for _, b := range data {
		list = append(list, string(b))
	}
	return strings.Join(list, " ")
}

func TestMembersMeetWhoseAttemptsAreCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		t.Cleanup(d.Close)
		a := joins(t, d, &word.Join{Name: "a", Slots: 2, Address: "nowhere"})
		b := joins(t, d, &word.Join{Name: "b", Slots: 2, Address: "elsewhere"})
		hear[*word.Peer](t, a)
		hear[*word.Peer](t, b)
		client, theirs := Pipe()
		if err := d.Client(theirs); err != nil {
			t.Fatal(err)
		}
		say(t, client, &word.Submit{Sequence: 1, Graph: gangOf(t, 4), All: true})
		atA, atB := hear[*word.Assign](t, a).Tasks, hear[*word.Assign](t, b).Tasks
		if len(atA) != 2 || len(atB) != 2 {
			t.Fatalf("%v and %v are assigned", atA, atB)
		}
		meet := func(c Conn, b word.Block, data string) { say(t, c, &word.Meet{Block: b, Data: []byte(data)}) }
		met := func(c Conn, tasks []word.Block, data, why string) {
			t.Helper()
			m := hear[*word.Met](t, c)
			if !slices.Equal(m.Tasks, tasks) || strs(m.Data) != data || !strings.Contains(m.Why, why) {
				t.Errorf("%v met as %q (%s), want %v and %q", m.Tasks, strs(m.Data), m.Why, tasks, data)
			}
		}
		stranger := atA[0]
		stranger.Attempt.Count++
		meet(a, stranger, "?")                                           // another attempt
		meet(b, atA[0], "?")                                             // another agent's
		meet(a, word.Block{Task: word.Task{Run: 9}}, "?")                // no task
		meet(b, word.Block{Task: word.Task{Run: 1, Index: 1 << 30}}, "") // nor that
		meet(a, atA[0], "lost")
		meet(a, atA[0], "one") // what counts is what was said last
		meet(b, atB[0], "three")
		meet(a, atA[1], "two")
		meet(b, atB[1], "four")
		met(a, atA, "one two three four", "")
		met(b, atB, "one two three four", "")

		// One that is lost has not come to the next meeting: all of them have other attempts.
		meet(a, atA[0], "early")
		meet(a, atA[1], "early")
		_ = b.Close()
		hear[*word.Peer](t, a)
		if w := hear[*word.Broken](t, a); !slices.Equal(w.Tasks, atA) || !strings.Contains(string(w.Failure), `worker "b" was lost`) {
			t.Errorf("heard %+v", w)
		}
		hear[*word.Cancel](t, a)
		b = joins(t, d, &word.Join{Name: "b", Slots: 2, Address: "elsewhere"})
		hear[*word.Peer](t, a)
		hear[*word.Peer](t, b)
		atA, atB = hear[*word.Assign](t, a).Tasks, hear[*word.Assign](t, b).Tasks
		meet(b, atB[0], "3")
		meet(b, atB[1], "4")
		meet(a, atA[0], "1")
		synctest.Wait()
		meet(a, atA[1], "2")
		met(a, atA, "1 2 3 4", "")
		met(b, atB, "1 2 3 4", "")

		// Nor does one come that has returned.
		meet(a, atA[0], "waits")
		synctest.Wait()
		say(t, b, &word.Done{Tasks: []word.Finished{{Block: atB[1]}}})
		met(a, atA[:1], "", "f#3, another task of the gang, has returned")
		meet(b, atB[0], "late")
		met(b, atB[:1], "", "f#3, another task of the gang, has returned")
		if n := meetings(d); n != 0 {
			t.Errorf("%d meetings are left", n)
		}
	})
}

func meetings(d *Driver) (n int) {
	done := make(chan struct{})
	d.in.put(note{do: func() { n = len(d.meetings); close(done) }})
	<-done
	return n
}

// alone is an agent of a driver to which a gang of n tasks is assigned.
func alone(t *testing.T, n int) (d *Driver, agent Conn, tasks []word.Block) {
	t.Helper()
	d = New(Config{})
	t.Cleanup(d.Close)
	agent = joins(t, d, &word.Join{Name: "a", Slots: uint32(n), Address: "nowhere"})
	client, theirs := Pipe()
	if err := d.Client(theirs); err != nil {
		t.Fatal(err)
	}
	say(t, client, &word.Submit{Sequence: 1, Graph: gangOf(t, n), All: true})
	for len(tasks) < n {
		tasks = append(tasks, hear[*word.Assign](t, agent).Tasks...)
	}
	return d, agent, tasks
}

func TestMembersThatBringTooMuchTogetherAreRefusedWhenAllHaveCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = mostMet/word.MaxBrought + 2
		d, agent, tasks := alone(t, n)
		data := make([]byte, word.MaxBrought)
		for k, b := range tasks {
			if k == n-1 {
				synctest.Wait()
				if kept := brought(d); kept != 0 {
					t.Errorf("%d bytes are kept though they are too many", kept)
				}
			}
			say(t, agent, &word.Meet{Block: b, Data: data})
		}
		m := hear[*word.Met](t, agent)
		if len(m.Tasks) != n || len(m.Data) > 0 || !strings.Contains(m.Why, "brought more than 64.0 MiB together") {
			t.Errorf("%d tasks met, with %d bytes: %q", len(m.Tasks), len(m.Data), m.Why)
		}
		for _, b := range tasks {
			say(t, agent, &word.Meet{Block: b, Data: data[:1]})
		}
		if m := hear[*word.Met](t, agent); len(m.Tasks) != n || len(m.Data) != n || m.Why != "" {
			t.Errorf("afterwards %d tasks met, with %d bytes: %q", len(m.Tasks), len(m.Data), m.Why)
		}
	})
}

// brought returns how many bytes are kept for meetings.
func brought(d *Driver) (n int) {
	d.Do(func(*sched.State) {
		for _, m := range d.meetings {
			for _, c := range m.came {
				n += len(c.data)
			}
		}
	})
	return n
}

func TestAnAgentWhoseTaskBringsTooMuchIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, tasks := alone(t, 2)
		say(t, agent, &word.Meet{Block: tasks[0], Data: make([]byte, word.MaxBrought+1)})
		for {
			if _, err := agent.Receive(); err != nil {
				break
			}
		}
		synctest.Wait() // the connection ends before its agent is forgotten
		if n, _ := d.Agents(); n != 0 {
			t.Errorf("there are %d agents", n)
		}
	})
}

func TestAMeetingOfAGangThatHasFailedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, tasks := alone(t, 3)
		say(t, agent, &word.Meet{Block: tasks[0]})
		say(t, agent, &word.Meet{Block: tasks[1]})
		synctest.Wait()
		if n := meetings(d); n != 1 {
			t.Errorf("there are %d meetings, want one", n)
		}
		say(t, agent, &word.Failed{Block: tasks[2], Failure: []byte("boom")})
		synctest.Wait()
		if n := meetings(d); n != 0 {
			t.Errorf("there are %d meetings afterwards", n)
		}
	})
}
