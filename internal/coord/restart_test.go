package coord

import (
	"fmt"
	"slices"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// scheduler is the shell of a scheduler as small as it can be.
type scheduler struct {
	t     *testing.T
	state *sched.State
	keep  *Keeper
}

// begin leads, and gives a new state what earlier terms have kept.
func begin(t *testing.T, c *Cluster) (*scheduler, *Lease) {
	t.Helper()
	l, j := lead(t, c)
	s := &scheduler{t: t, state: sched.New(sched.Config{Term: l.Term()}), keep: Keep(within(t), j)}
	for what, err := range s.keep.Replay() {
		if err != nil {
			t.Fatal(err)
		}
		if ev, ok := what.(sched.Event); ok {
			s.said(s.state.Step(0, ev, nil))
		}
	}
	return s, l
}

// turn steps events, plans, keeps the events, and returns what is to be said then, as texts.
func (s *scheduler) turn(events ...sched.Event) (out []sched.Effect) {
	s.t.Helper()
	for _, ev := range events {
		out = s.state.Step(0, ev, out)
	}
	out = s.state.Plan(0, out)
	var records []any
	for _, ev := range events {
		records = append(records, ev)
	}
	if err := s.keep.Append(records); err != nil {
		s.t.Fatal(err)
	}
	s.said(out)
	return out
}

// said notes which runs are over.
func (s *scheduler) said(out []sched.Effect) {
	s.t.Helper()
	for _, e := range out {
		if e, ok := e.(sched.RunOver); ok {
			if err := s.keep.Append([]any{record.Over{Run: e.Run}}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	if err := s.state.Check(); err != nil {
		s.t.Fatal(err)
	}
}

// assigned returns the attempts that are assigned by effects.
func assigned(out []sched.Effect) (blocks []word.Block) {
	for _, e := range out {
		if e, ok := e.(sched.Send); ok {
			if w, ok := e.Word.(*word.Assign); ok {
				blocks = append(blocks, w.Tasks...)
			}
		}
	}
	return blocks
}

// settled returns the tasks of which a client was told that they are done.
func settled(out []sched.Effect) (tasks []graph.Index) {
	for _, e := range out {
		if e, ok := e.(sched.Tell); ok {
			for _, o := range e.Word.(*word.Settled).Tasks {
				if o.Status == word.StatusDone {
					tasks = append(tasks, o.Index)
				}
			}
		}
	}
	return tasks
}

// TestASchedulerGoesOnWhereItsPredecessorEnded lets schedulers die and begin, with an agent that lives on.
func TestASchedulerGoesOnWhereItsPredecessorEnded(t *testing.T) {
	c := open(t, Options{SnapshotBytes: 500})
	agent := word.Join{Name: "a", Slots: 8}
	var held []word.Held
	made := map[graph.Index]int{}
	const tasks, terms = 12, 4
	for term := range terms {
		s, l := begin(t, c)
		var events []sched.Event
		if term == 0 {
			events = append(events,
				sched.Submitted{Client: 1, Run: 1, Graph: submission(t, 1, tasks, 50), All: true},
				sched.Submitted{Client: 1, Run: 2, Graph: submission(t, 2, 3, 50), All: true},
				sched.ClientWord{Client: 1, Word: &word.Release{Run: 2, All: true}},
				sched.ClientWord{Client: 1, Word: &word.CancelTasks{Run: 1, Tasks: []graph.Index{7}}},
			)
		}
		agent.Blocks = held
		number := word.Agent(term + 1)
		out := s.turn(append(events, sched.AgentJoined{Agent: number, Join: agent})...)
		blocks := assigned(out)
		for _, b := range blocks {
			if b.Attempt.Term != l.Term() || b.Task.Run != 1 || b.Task.Index == 7 {
				t.Errorf("term %d: %v is assigned", l.Term(), b)
			}
		}
		if want := tasks - 1 - len(held); len(blocks) != want {
			t.Errorf("term %d: %d tasks are assigned, want %d", l.Term(), len(blocks), want)
		}
		told := settled(out)
		if slices.Sort(told); len(told) != len(held) {
			t.Errorf("term %d: the client is told of %v, and the agent holds %d blocks", l.Term(), told, len(held))
		}
		done := &word.Done{}
		for _, b := range blocks[:min(3, len(blocks))] {
			done.Tasks = append(done.Tasks, word.Finished{Block: b, Bytes: 8})
			held = append(held, word.Held{Block: b, Bytes: 8})
			made[b.Task.Index]++
		}
		s.turn(sched.AgentWord{Agent: number, Word: done})
		l.Release() // and nothing else: as if it had died
	}
	if got := fmt.Sprint(made); len(made) != 11 || got != fmt.Sprint(map[graph.Index]int{0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 8: 1, 9: 1, 10: 1, 11: 1}) {
		t.Errorf("tasks were made so many times: %s", got)
	}
	s, l := begin(t, c)
	s.turn(sched.ClientGone{Client: 1})
	l.Release()
	s, _ = begin(t, c)
	if kept := slices.Collect(s.keep.ledger.Records()); len(kept) != 0 {
		t.Errorf("of what is over, these events are kept: %v", kept)
	}
}
