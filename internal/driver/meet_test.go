package driver

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
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
