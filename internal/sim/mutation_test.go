package sim_test

import (
	"errors"
	"testing"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/sim"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// TestMutationsAreFoundOut makes one machine wrong in one way at a time. A mistake that no judge and no Check sees would
// mean that the machines may make it, too.
func TestMutationsAreFoundOut(t *testing.T) {
	foundOut(t, mutations, func(sc *sim.Scenario) { sc.Gangs, sc.Breaks, sc.Impossible = 0, 0, 0 })
}

// TestMutationsOfGangsAreFoundOut has gangs in every graph.
func TestMutationsOfGangsAreFoundOut(t *testing.T) {
	foundOut(t, gangMutations, func(sc *sim.Scenario) { sc.Gangs, sc.GangFails, sc.Impossible, sc.Walls = 1000, 500, 0, 0 })
}

// TestMutationsOfWhatAttemptsHaveShownAreFoundOut has tasks that take too much memory and tasks that kill agents, under several schedulers.
func TestMutationsOfWhatAttemptsHaveShownAreFoundOut(t *testing.T) {
	prepare := func(sc *sim.Scenario) { *sc = showing(sc.Seed) }
	foundOut(t, shownMutations, prepare)
}

func foundOut(t *testing.T, mutations []sim.Tamper, prepare func(*sim.Scenario)) {
	const most = 4000 // scenarios in which a mistake has to show
	for _, m := range mutations {
		t.Run(m.Name, func(t *testing.T) {
			acts := 0
			for seed := range uint64(most) {
				sc := sim.Random(seed + 1)
				prepare(&sc)
				sc.Tamper = &m
				report, err := sim.Run(sc)
				acts += report.Tampered
				if err == nil {
					continue
				}
				if report.Tampered == 0 {
					t.Fatalf("failed before the mistake was made: %.300s", err.Error())
				}
				var f *sim.Failure
				if !errors.As(err, &f) {
					t.Fatal(err)
				}
				t.Logf("seed %d, after %d mistakes in all: %s", sc.Seed, acts, f.What)
				return
			}
			t.Errorf("%d mistakes in %d scenarios were not found out", acts, most)
		})
	}
}

// heard makes a mutation of what the scheduler hears: words of agents of one type.
func heard[W any](name string, change func(*sim.Chance, sched.AgentWord, W) []sched.Event) sim.Tamper {
	return sim.Tamper{Name: name, ToScheduler: func(c *sim.Chance, ev sched.Event) []sched.Event {
		if a, ok := ev.(sched.AgentWord); ok {
			if w, ok := a.Word.(W); ok && c.Hit(4) {
				return change(c, a, w)
			}
		}
		return []sched.Event{ev}
	}}
}

// event makes a mutation of what the scheduler hears: events of one type.
func event[E sched.Event](name string, change func(*sim.Chance, E) []sched.Event) sim.Tamper {
	return sim.Tamper{Name: name, ToScheduler: func(c *sim.Chance, ev sched.Event) []sched.Event {
		if e, ok := ev.(E); ok && c.Hit(2) {
			return change(c, e)
		}
		return []sched.Event{ev}
	}}
}

// sent makes a mutation of what the scheduler sends to agents.
func sent[W any](name string, change func(*sim.Chance, sched.Send, W) []sched.Effect) sim.Tamper {
	return sim.Tamper{Name: name, FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if s, ok := e.(sched.Send); ok {
			if w, ok := s.Word.(W); ok && c.Hit(4) {
				return change(c, s, w)
			}
		}
		return []sched.Effect{e}
	}}
}

// outcome makes a mutation of what the scheduler tells clients, where it applies.
func outcome(name string, status word.Status, change func(word.Run, *word.Outcome)) sim.Tamper {
	return sim.Tamper{Name: name, FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if tell, ok := e.(sched.Tell); ok {
			w := *tell.Word.(*word.Settled)
			w.Tasks = append([]word.Outcome(nil), w.Tasks...)
			for i := range w.Tasks {
				if w.Tasks[i].Status == status && c.Hit(3) {
					change(w.Run, &w.Tasks[i])
				}
			}
			return []sched.Effect{sched.Tell{Client: tell.Client, Word: &w}}
		}
		return []sched.Effect{e}
	}}
}

// listens makes a mutation of what agents hear, from the scheduler or from peers.
func listens[W any](name string) sim.Tamper {
	return sim.Tamper{Name: name, ToAgent: func(c *sim.Chance, ev workerstate.Event) []workerstate.Event {
		var w any
		switch ev := ev.(type) {
		case workerstate.FromScheduler:
			w = ev.Word
		case workerstate.FromPeer:
			w = ev.Word
		default:
			w = ev
		}
		if _, ok := w.(W); ok && c.Hit(2) {
			return nil
		}
		return []workerstate.Event{ev}
	}}
}

// does makes a mutation of what agents do.
func does[E workerstate.Effect](name string, change func(*sim.Chance, E) []workerstate.Effect) sim.Tamper {
	return sim.Tamper{Name: name, FromAgent: func(c *sim.Chance, e workerstate.Effect) []workerstate.Effect {
		if x, ok := e.(E); ok && c.Hit(2) {
			return change(c, x)
		}
		return []workerstate.Effect{e}
	}}
}

// lateDone makes the scheduler believe that an attempt is done because another one of its task was asked back too late.
func lateDone() sim.Tamper {
	type memory struct {
		returned map[word.Task]bool
		done     []sched.Event
	}
	kept := func(c *sim.Chance) *memory {
		if c.Kept == nil {
			c.Kept = &memory{returned: map[word.Task]bool{}}
		}
		return c.Kept.(*memory)
	}
	return sim.Tamper{
		Name: "a late Done is taken for one of the attempt of now",
		FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
			if s, ok := e.(sched.Send); ok {
				if w, ok := s.Word.(*word.Assign); ok {
					for _, b := range w.Tasks {
						if kept(c).returned[b.Task] && c.Hit(1) {
							done := &word.Done{Tasks: []word.Finished{{Block: b}}}
							kept(c).done = append(kept(c).done, sched.AgentWord{Agent: s.Agent, Word: done})
						}
					}
				}
			}
			return []sched.Effect{e}
		},
		ToScheduler: func(c *sim.Chance, ev sched.Event) []sched.Event {
			if a, ok := ev.(sched.AgentWord); ok {
				if w, ok := a.Word.(*word.Returned); ok {
					for _, b := range w.Tasks {
						kept(c).returned[b.Task] = true
					}
				}
			}
			done := kept(c).done
			kept(c).done = nil
			return append(done, ev)
		},
	}
}

// next returns an agent other than this one, which may exist.
func next(a word.Agent) word.Agent {
	if a > 1 {
		return a - 1
	}
	return a + 1
}

func later(b word.Block) word.Block {
	b.Attempt.Count++
	return b
}

var gangMutations = []sim.Tamper{
	sent("a member is told that it breaks its gang by itself", func(_ *sim.Chance, s sched.Send, w *word.Broken) []sched.Effect {
		w.Member = w.Tasks[0].Task
		return []sched.Effect{s}
	}),
	sent("another agent is told of a broken gang", func(_ *sim.Chance, s sched.Send, _ *word.Broken) []sched.Effect {
		s.Agent = next(s.Agent)
		return []sched.Effect{s}
	}),
	sent("a broken gang is not cancelled", func(_ *sim.Chance, s sched.Send, _ *word.Cancel) []sched.Effect { return nil }),
	sent("of what is assigned the first is left out", func(_ *sim.Chance, s sched.Send, w *word.Assign) []sched.Effect {
		if len(w.Tasks) < 2 || len(w.Inputs) > 0 {
			return []sched.Effect{s}
		}
		return []sched.Effect{sched.Send{Agent: s.Agent, Word: &word.Assign{Tasks: w.Tasks[1:], Ends: w.Ends[1:]}}}
	}),
	heard("a member that failed is forgotten", func(*sim.Chance, sched.AgentWord, *word.Failed) []sched.Event { return nil }),
	{Name: "a client is told of one of those that are done", FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		tell, ok := e.(sched.Tell)
		if !ok {
			return []sched.Effect{e}
		}
		if w := tell.Word.(*word.Settled); len(w.Tasks) > 1 && w.Tasks[0].Status == word.StatusDone && c.Hit(3) {
			return []sched.Effect{sched.Tell{Client: tell.Client, Word: &word.Settled{Run: w.Run, Tasks: w.Tasks[:1]}}}
		}
		return []sched.Effect{e}
	}},
}

var shownMutations = []sim.Tamper{
	past("a successor is not told of deaths", func(e sched.Past) []sched.Effect {
		e.Suspected = 0
		return []sched.Effect{e}
	}),
	past("a successor is not told of claims", func(e sched.Past) []sched.Effect {
		e.Bytes = 0
		return []sched.Effect{e}
	}),
	heard("one that took too much memory has failed", func(_ *sim.Chance, a sched.AgentWord, w *word.Failed) []sched.Event {
		failed := *w
		failed.Exceeded = false
		return []sched.Event{sched.AgentWord{Agent: a.Agent, Word: &failed}}
	}),
}

// past makes a mutation of what the scheduler has its successor know.
func past(name string, change func(sched.Past) []sched.Effect) sim.Tamper {
	return sim.Tamper{Name: name, FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if e, ok := e.(sched.Past); ok && c.Hit(1) {
			return change(e)
		}
		return []sched.Effect{e}
	}}
}

var mutations = []sim.Tamper{
	// The scheduler forgets what it hears.
	heard("a dropped Returned", func(*sim.Chance, sched.AgentWord, *word.Returned) []sched.Event { return nil }),
	heard("a dropped Done", func(*sim.Chance, sched.AgentWord, *word.Done) []sched.Event { return nil }),
	heard("a dropped Failed", func(*sim.Chance, sched.AgentWord, *word.Failed) []sched.Event { return nil }),
	heard("a dropped InputMissing", func(*sim.Chance, sched.AgentWord, *word.InputMissing) []sched.Event { return nil }),
	event("a lost agent is not noticed", func(*sim.Chance, sched.AgentLost) []sched.Event { return nil }),
	event("a dropped word of a client", func(c *sim.Chance, e sched.ClientWord) []sched.Event {
		if _, ok := e.Word.(*word.CancelTasks); ok {
			return []sched.Event{e} // a task may end before its cancellation
		}
		return nil
	}),
	event("blocks that come back are not noticed", func(_ *sim.Chance, e sched.AgentJoined) []sched.Event {
		e.Join.Blocks = nil
		return []sched.Event{e}
	}),
	// The scheduler takes one thing for another.
	heard("Started is taken for Returned", func(_ *sim.Chance, a sched.AgentWord, w *word.Started) []sched.Event {
		return []sched.Event{sched.AgentWord{Agent: a.Agent, Word: &word.Returned{Tasks: w.Tasks}}}
	}),
	heard("Returned is taken for Started", func(_ *sim.Chance, a sched.AgentWord, w *word.Returned) []sched.Event {
		return []sched.Event{sched.AgentWord{Agent: a.Agent, Word: &word.Started{Tasks: w.Tasks}}}
	}),
	heard("Failed is taken for Done", func(_ *sim.Chance, a sched.AgentWord, w *word.Failed) []sched.Event {
		return []sched.Event{sched.AgentWord{Agent: a.Agent, Word: &word.Done{Tasks: []word.Finished{{Block: w.Block}}}}}
	}),
	heard("Done is taken for Failed", func(_ *sim.Chance, a sched.AgentWord, w *word.Done) []sched.Event {
		return []sched.Event{sched.AgentWord{Agent: a.Agent, Word: &word.Failed{Block: w.Tasks[0].Block}}}
	}),
	lateDone(),
	heard("a Done is believed of another agent", func(_ *sim.Chance, a sched.AgentWord, _ *word.Done) []sched.Event {
		a.Agent = next(a.Agent)
		return []sched.Event{a}
	}),

	// The scheduler says too little.
	sent("a dropped Assign", func(*sim.Chance, sched.Send, *word.Assign) []sched.Effect { return nil }),
	sent("a forgotten Resolve", func(*sim.Chance, sched.Send, *word.Resolve) []sched.Effect { return nil }),
	sent("a forgotten Free", func(*sim.Chance, sched.Send, *word.Free) []sched.Effect { return nil }),
	sent("a forgotten Cancel", func(*sim.Chance, sched.Send, *word.Cancel) []sched.Effect { return nil }),
	{Name: "a client is not told", FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if _, ok := e.(sched.Tell); ok && c.Hit(4) {
			return nil
		}
		return []sched.Effect{e}
	}},
	{Name: "a run is never over", FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if _, ok := e.(sched.RunOver); ok && c.Hit(2) {
			return nil
		}
		return []sched.Effect{e}
	}},
	sent("an input is left out of an Assign", func(c *sim.Chance, s sched.Send, w *word.Assign) []sched.Effect {
		n := len(w.Inputs)
		if n == 0 {
			return []sched.Effect{s}
		}
		short := &word.Assign{Tasks: w.Tasks, Inputs: w.Inputs[:n-1]}
		for _, e := range w.Ends {
			short.Ends = append(short.Ends, min(e, uint32(n-1)))
		}
		return []sched.Effect{sched.Send{Agent: s.Agent, Word: short}}
	}),

	// The scheduler says too much.
	sent("a double Free", func(_ *sim.Chance, s sched.Send, _ *word.Free) []sched.Effect { return []sched.Effect{s, s} }),
	sent("a double Assign", func(_ *sim.Chance, s sched.Send, _ *word.Assign) []sched.Effect { return []sched.Effect{s, s} }),
	sent("a steal that does not wait", func(_ *sim.Chance, s sched.Send, w *word.Revoke) []sched.Effect {
		return []sched.Effect{s, sched.Send{Agent: s.Agent, Word: &word.Assign{Tasks: []word.Block{later(w.Tasks[0])}, Ends: []uint32{0}}}}
	}),
	sent("a Cancel of what is wanted", func(_ *sim.Chance, s sched.Send, w *word.Assign) []sched.Effect {
		return []sched.Effect{s, sched.Send{Agent: s.Agent, Word: &word.Cancel{Tasks: w.Tasks[:1]}}}
	}),
	sent("an attempt that is used again", func(_ *sim.Chance, s sched.Send, w *word.Assign) []sched.Effect {
		again := &word.Assign{Tasks: append([]word.Block(nil), w.Tasks...), Ends: w.Ends, Inputs: w.Inputs}
		for i := range again.Tasks {
			again.Tasks[i].Attempt.Count = max(1, again.Tasks[i].Attempt.Count-1)
		}
		return []sched.Effect{sched.Send{Agent: s.Agent, Word: again}}
	}),
	sent("an input at another agent", func(_ *sim.Chance, s sched.Send, w *word.Assign) []sched.Effect {
		other := &word.Assign{Tasks: w.Tasks, Ends: w.Ends, Inputs: append([]word.Input(nil), w.Inputs...)}
		for i := range other.Inputs {
			other.Inputs[i].Holder = next(other.Inputs[i].Holder)
		}
		return []sched.Effect{sched.Send{Agent: s.Agent, Word: other}}
	}),
	{Name: "freed too early", FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if tell, ok := e.(sched.Tell); ok {
			w := tell.Word.(*word.Settled)
			if o := w.Tasks[0]; o.Status == word.StatusDone && c.Hit(3) {
				b := word.Block{Task: word.Task{Run: w.Run, Index: o.Index}, Attempt: o.Attempt}
				return []sched.Effect{e, sched.Send{Agent: o.Holder, Word: &word.Free{Blocks: []word.Block{b}}}}
			}
		}
		return []sched.Effect{e}
	}},
	{Name: "a run is over too early", FromScheduler: func(c *sim.Chance, e sched.Effect) []sched.Effect {
		if tell, ok := e.(sched.Tell); ok && c.Hit(3) {
			return []sched.Effect{e, sched.RunOver{Run: tell.Word.(*word.Settled).Run}}
		}
		return []sched.Effect{e}
	}},

	// The scheduler says something wrong to clients.
	outcome("an attempt that was never made", word.StatusDone, func(_ word.Run, o *word.Outcome) { o.Attempt.Count++ }),
	outcome("a holder that is another", word.StatusDone, func(_ word.Run, o *word.Outcome) { o.Holder = next(o.Holder) }),
	outcome("done after it was cancelled", word.StatusCancelled, func(_ word.Run, o *word.Outcome) { o.Status, o.Holder = word.StatusDone, 1 }),
	outcome("cancelled by nobody", word.StatusDone, func(_ word.Run, o *word.Outcome) { *o = word.Outcome{Index: o.Index, Status: word.StatusCancelled} }),
	outcome("failed by itself instead of by an input", word.StatusInput, func(_ word.Run, o *word.Outcome) { o.Status = word.StatusFailed }),
	outcome("a cause that is no input", word.StatusInput, func(r word.Run, o *word.Outcome) { o.Cause = word.Task{Run: r, Index: o.Index} }),

	// An agent forgets what it hears.
	listens[*word.Subscribe]("a lost subscriber"),
	listens[*word.Delivery]("a lost Delivery"),
	listens[*word.NotHere]("a lost NotHere"),
	listens[*word.Free]("an agent frees nothing"),
	listens[*word.Revoke]("a Revoke without an answer"),
	listens[*word.Resolve]("an agent ignores Resolve"),
	listens[workerstate.PeerLost]("a peer's loss is not noticed"),
	listens[workerstate.TakenBack]("what is taken back is not told"),
	listens[workerstate.TasksEnded]("the end of tasks is not noticed"),
	{Name: "early subscribers wait for ever", ToAgent: func(c *sim.Chance, ev workerstate.Event) []workerstate.Event {
		if _, ok := ev.(workerstate.Tick); ok && c.Hit(1) {
			return nil
		}
		return []workerstate.Event{ev}
	}},
	{Name: "what runs is said to be returned", ToAgent: func(c *sim.Chance, ev workerstate.Event) []workerstate.Event {
		if t, ok := ev.(workerstate.TakenBack); ok && len(t.Started) > 0 && c.Hit(1) {
			return []workerstate.Event{workerstate.TakenBack{Returned: append(t.Returned, t.Started...)}}
		}
		return []workerstate.Event{ev}
	}},

	// An agent does something wrong.
	does("attempts are not executed", func(*sim.Chance, workerstate.Execute) []workerstate.Effect { return nil }),
	does("promises are not fulfilled", func(*sim.Chance, workerstate.Settle) []workerstate.Effect { return nil }),
	does("a subscriber is forgotten", func(*sim.Chance, workerstate.Deliver) []workerstate.Effect { return nil }),
	does("blocks are kept for ever", func(*sim.Chance, workerstate.Drop) []workerstate.Effect { return nil }),
	does("dropped as soon as it is made", func(_ *sim.Chance, e workerstate.SendScheduler) []workerstate.Effect {
		if d, ok := e.Word.(*word.Done); ok {
			return []workerstate.Effect{e, workerstate.Drop{Blocks: []word.Block{d.Tasks[0].Block}}}
		}
		return []workerstate.Effect{e}
	}),
	does("delivered to another", func(_ *sim.Chance, e workerstate.Deliver) []workerstate.Effect {
		if e.Peer.Agent != word.Nobody {
			e.Peer.Agent = next(e.Peer.Agent)
		}
		return []workerstate.Effect{e}
	}),
	does("another block is taken for the input", func(_ *sim.Chance, e workerstate.Settle) []workerstate.Effect {
		e.Block = later(e.Block)
		return []workerstate.Effect{e}
	}),
	does("a subscription is not sent", func(_ *sim.Chance, e workerstate.SendPeer) []workerstate.Effect {
		if _, ok := e.Word.(*word.Subscribe); ok {
			return nil
		}
		return []workerstate.Effect{e}
	}),
	does("a rejoining agent says that it holds nothing", func(_ *sim.Chance, e workerstate.SendScheduler) []workerstate.Effect {
		if _, ok := e.Word.(*word.Join); ok {
			return []workerstate.Effect{workerstate.SendScheduler{Word: &word.Join{}}}
		}
		return []workerstate.Effect{e}
	}),
}
