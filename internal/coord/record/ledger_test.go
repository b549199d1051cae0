package record

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// TestALedgerForgetsWhatIsOver holds a ledger against a list of all events.
func TestALedgerForgetsWhatIsOver(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	g := submission(t, 1, 2)
	var l Ledger
	var all []sched.Event
	owner := map[word.Run]word.Client{}
	over := map[word.Run]bool{}
	gone := map[word.Client]bool{}
	last := Numbers{}
	note := func(ev sched.Event) { l.Note(ev); all = append(all, ev) }
	longest := 0
	for n := range 5000 {
		c := word.Client(1 + r.IntN(6) + n/100)
		run := word.Run(1 + r.IntN(len(owner)+1))
		switch k := r.IntN(12); {
		case k < 3 && !gone[c]:
			run := word.Run(len(owner) + 1)
			owner[run] = c
			last.Run, last.Client = run, max(last.Client, c)
			note(sched.Submitted{Client: c, Run: run, Graph: g})
		case k < 5 && owner[run] != 0 && !over[run]:
			note(sched.ClientWord{Client: owner[run], Word: &word.Release{Run: run, Tasks: []graph.Index{graph.Index(n)}}})
		case k < 6 && owner[run] != 0 && !over[run]:
			last.Agent = max(last.Agent, word.Agent(n))
			note(sched.AgentWord{Agent: word.Agent(n), Word: &word.Failed{Block: word.Block{Task: word.Task{Run: run}}}})
		case k < 7:
			last.Agent = max(last.Agent, word.Agent(n))
			note(sched.AgentJoined{Agent: word.Agent(n)})
		case k < 8 && n%10 == 0:
			gone[c] = true
			last.Client = max(last.Client, c)
			note(sched.ClientGone{Client: c})
		case owner[run] != 0:
			over[run] = true
			l.Note(Over{run})
			l.Note(Over{run})
		}
		if n%500 != 0 {
			continue
		}
		alive := map[word.Client]bool{}
		for run, c := range owner {
			alive[c] = alive[c] || !over[run]
		}
		var want []any
		for _, ev := range all {
			switch e := ev.(type) {
			case sched.Submitted:
				if !over[e.Run] {
					want = append(want, ev)
				}
			case sched.ClientWord:
				if !over[e.Word.(*word.Release).Run] {
					want = append(want, ev)
				}
			case sched.AgentWord:
				if !over[e.Word.(*word.Failed).Block.Task.Run] {
					want = append(want, ev)
				}
			case sched.ClientGone:
				if alive[e.Client] && !slices.ContainsFunc(want, func(w any) bool { return reflect.DeepEqual(w, ev) }) {
					want = append(want, ev)
				}
			}
		}
		got := slices.CompactFunc(slices.Collect(l.Records()), func(a, b any) bool {
			x, ok := a.(sched.ClientGone)
			return ok && reflect.DeepEqual(x, b)
		})
		seen := map[word.Client]bool{}
		got = slices.DeleteFunc(got, func(ev any) bool { // that a client is gone may be said twice
			e, ok := ev.(sched.ClientGone)
			again := ok && seen[e.Client]
			if ok {
				seen[e.Client] = true
			}
			return again
		})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("after %d events: %d are kept, want %d", n, len(got), len(want))
		}
		if l.Last() != last {
			t.Errorf("last numbers %+v, want %+v", l.Last(), last)
		}
		longest = max(longest, len(l.lines)-2*l.alive)
	}
	if longest > slack+200 {
		t.Errorf("%d lines more than needed are kept", longest)
	}
}

func TestALedgerKeepsTheOrderOfWhatDepends(t *testing.T) {
	var l Ledger
	g := submission(t, 1, 1)
	events := []any{
		sched.Submitted{Client: 1, Run: 1, Graph: g},
		sched.Submitted{Client: 1, Run: 2, Graph: g},
		sched.ClientWord{Client: 1, Word: &word.Release{Run: 1, All: true}}, // run 2 takes from run 1
		sched.ClientWord{Client: 1, Word: &word.CancelTasks{Run: 2, All: true}},
		sched.ClientWord{Client: 1, Word: &word.CancelTasks{Run: 7}}, // never was
		sched.ClientWord{Client: 1, Word: &word.Leave{}},
	}
	for _, ev := range events {
		l.Note(ev)
	}
	l.Note(events[0]) // again
	want := append(events[:4:4], sched.ClientGone{Client: 1})
	if got := slices.Collect(l.Records()); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	l.Note(Over{2})
	if got := slices.Collect(l.Records()); len(got) != 3 {
		t.Errorf("%v", got)
	}
	l.Note(Over{1})
	if got := slices.Collect(l.Records()); len(got) != 0 {
		t.Errorf("%v", got)
	}
	l.Note(Numbers{Agent: 9})
	if l.Last() != (Numbers{Run: 2, Agent: 9, Client: 1}) {
		t.Errorf("%+v", l.Last())
	}
}

func TestALedgerKnowsWhoIsThereAndWhatHasAName(t *testing.T) {
	var l Ledger
	token := word.Token{1}
	for _, what := range []any{
		Attached{Client: 1, Token: token, Program: "mean"}, Attached{Client: 2}, Heard{Client: 1, Count: 7}, Heard{Client: 1, Count: 5}, Heard{Client: 9, Count: 1},
		sched.Submitted{Client: 0, Run: 1, Graph: submission(t, 1, 1)}, Named{Run: 1, Name: "a"}, Named{Run: 1, Name: "b"}, Unnamed{Name: "a"}, Unnamed{Name: "c"},
		sched.ClientGone{Client: 2},
	} {
		l.Note(what)
	}
	got := slices.Collect(l.Records())
	if len(got) != 3 || got[0] != (Attached{Client: 1, Token: token, Heard: 7, Program: "mean"}) || got[2] != (Named{Run: 1, Name: "b"}) {
		t.Errorf("%+v", got)
	}
	l.Note(sched.ClientGone{Client: 1})
	l.Note(Unnamed{Name: "b"})
	l.Note(Over{1})
	if got := slices.Collect(l.Records()); len(got) != 0 || l.alive != 0 {
		t.Errorf("%+v, %d lines", got, l.alive)
	}
	for n := range 1000 {
		l.Note(Attached{Client: word.Client(n)})
		l.Note(sched.ClientGone{Client: word.Client(n)})
	}
	if len(l.lines) > 200 {
		t.Errorf("%d lines are kept", len(l.lines))
	}
}
