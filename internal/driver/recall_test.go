package driver

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// memory is a journal that outlives drivers, and keeps nothing more of one that is dead.
type memory struct {
	mu      sync.Mutex
	ledger  record.Ledger
	slow    bool // what is appended is kept at the next call of keep
	dead    bool
	waiting []func()
	damaged error
}

func (m *memory) Replay() iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if m.damaged != nil {
			yield(nil, m.damaged)
			return
		}
		for _, what := range slices.Collect(m.ledger.Records()) {
			if !yield(what, nil) {
				return
			}
		}
		yield(m.ledger.Last(), nil)
	}
}

func (m *memory) Append(records []any, kept func(error)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return
	}
	enter := func() {
		for _, what := range records {
			if _, ok, err := record.Append(nil, what); err != nil || !ok {
				panic(err)
			}
			m.ledger.Note(what)
		}
		kept(nil)
	}
	if m.slow {
		m.waiting = append(m.waiting, enter)
	} else {
		enter()
	}
}

// keep keeps what has been appended so far.
func (m *memory) keep() {
	m.mu.Lock()
	waiting := m.waiting
	m.waiting = nil
	m.mu.Unlock()
	for _, enter := range waiting {
		enter()
	}
}

// die lets the journal hear no more of its driver.
func (m *memory) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead, m.waiting = true, nil
}

// successor returns a driver that goes on with the journal of one that is dead.
func successor(t *testing.T, m *memory, c Config) *Driver {
	t.Helper()
	m.dead = false
	c.Journal, c.ClientTimeout = m, time.Minute
	d, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestNothingIsSaidBeforeWhatItFollowsFromIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		d := successor(t, m, Config{})
		agent := joins(t, d, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
		client, _ := dials(t, d, &word.Attach{Token: word.Token{1}}, Program{})
		hear[*word.Attached](t, client)
		hear[*word.Welcome](t, client)
		hear[*word.Peer](t, client)
		synctest.Wait()
		m.slow = true
		heard := make(chan string, 10)
		listen := func(c Conn) {
			for {
				w, err := c.Receive()
				if err != nil {
					return
				}
				switch w.(type) {
				case *word.Accepted:
					heard <- "accepted"
				case *word.Assign:
					heard <- "assign"
				}
			}
		}
		go listen(agent)
		go listen(client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		synctest.Wait()
		say(t, client, &word.Submit{Sequence: 2, Graph: one(t, 2, 1), All: true}) // taken in while the first waits
		synctest.Wait()
		if len(heard) > 0 || len(m.waiting) != 2 {
			t.Errorf("%q was said first; the journal was given %d batches", <-heard, len(m.waiting))
		}
		m.keep()
		synctest.Wait()
		if len(heard) != 4 {
			t.Errorf("%d words were said afterwards", len(heard))
		}
		m.slow = false
	})
}

func TestASuccessorGoesOnWithClientsThatComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		d := successor(t, m, Config{})
		agent := joins(t, d, &word.Join{Name: "a", Slots: 4, Address: "nowhere"})
		token := word.Token{1, 2, 3}
		client, cut := dials(t, d, &word.Attach{Token: token}, Program{Name: "mean", Pid: 9})
		hear[*word.Attached](t, client)
		number := hear[*word.Welcome](t, client).Client
		hear[*word.Peer](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 3), All: true})
		hear[*word.Accepted](t, client)
		tasks := hear[*word.Assign](t, agent).Tasks
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: tasks[0], Bytes: 5}}})
		hear[*word.Settled](t, client)
		say(t, agent, &word.Failed{Block: tasks[1], Failure: []byte("it is bad")})
		hear[*word.Settled](t, client)
		say(t, client, &word.Publish{Question: 1, Name: "model", Type: "int", Graph: one(t, 2, 1, graph.External{Submission: 1})})
		hear[*word.Published](t, client)
		synctest.Wait()
		m.die()
		cut()
		// What it says now is not heard by anybody: its side of the conversation keeps it.
		d.Close()

		d = successor(t, m, Config{Sched: sched.Config{Term: 2}, Returning: 1, ReturningWithin: time.Hour})
		client, _ = dials(t, d, &word.Attach{Token: token, Again: true, Heard: 6}, Program{Name: "mean", Pid: 9})
		if a := hear[*word.Attached](t, client); a.Heard != 2 {
			t.Errorf("the successor has heard %d words of the client", a.Heard)
		}
		if w := hear[*word.Welcome](t, client); w.Client != number || w.Term != 2 {
			t.Errorf("it is welcomed with %+v", w)
		}
		if a := hear[*word.Accepted](t, client); a.Sequence != 1 || a.Run != tasks[0].Task.Run {
			t.Errorf("its submission is %+v", a)
		}
		if s := hear[*word.Settled](t, client); len(s.Tasks) != 1 || s.Tasks[0].Status != word.StatusFailed || string(s.Tasks[0].Data) != "it is bad" {
			t.Errorf("of what has failed it is told %+v", s)
		}
		say(t, client, &word.Submit{Sequence: 2, Graph: one(t, 3, 1), All: true})
		if a := hear[*word.Accepted](t, client); a.Run != 3 {
			t.Errorf("the next submission is %+v", a)
		}
		// The agent comes back with the block that it has made.
		agent = joins(t, d, &word.Join{Name: "a", Slots: 4, Address: "nowhere", Blocks: []word.Held{{Block: tasks[0], Bytes: 5}}})
		peer := hear[*word.Peer](t, client)
		if peer.Agent <= 1 {
			t.Errorf("the agent has the number %d again", peer.Agent)
		}
		if s := hear[*word.Settled](t, client); len(s.Tasks) != 1 || s.Tasks[0].Status != word.StatusDone || s.Tasks[0].Holder != peer.Agent {
			t.Errorf("of what the agent has it is told %+v", s)
		}
		var assigned []word.Task
		for len(assigned) < 3 {
			for _, b := range hear[*word.Assign](t, agent).Tasks {
				if b.Attempt.Term != 2 {
					t.Errorf("%v is of term %d", b, b.Attempt.Term)
				}
				assigned = append(assigned, b.Task)
			}
		}
		if slices.Contains(assigned, tasks[0].Task) || slices.Contains(assigned, tasks[1].Task) || !slices.Contains(assigned, tasks[2].Task) {
			t.Errorf("assigned are %v", assigned)
		}
		say(t, client, &word.Publish{Question: 1, Name: "model", Type: "int", Graph: one(t, 2, 1, graph.External{Submission: 1})})
		if p := hear[*word.Published](t, client); p.Problem != word.ProblemNone {
			t.Errorf("asked again for the name, it is answered %+v", p)
		}
		say(t, client, &word.Publish{Question: 2, Name: "model", Type: "int", Graph: one(t, 2, 1, graph.External{Submission: 1})})
		if p := hear[*word.Published](t, client); p.Problem != word.ProblemTaken {
			t.Errorf("asked for a name that is taken, it is answered %+v", p)
		}
	})
}

func TestWhatWasNotKeptIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		d := successor(t, m, Config{})
		token := word.Token{1}
		client, cut := dials(t, d, &word.Attach{Token: token}, Program{})
		hear[*word.Attached](t, client)
		hear[*word.Welcome](t, client)
		synctest.Wait()
		m.slow = true
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		synctest.Wait()
		// The connection breaks: the scheduler has taken the submission in, and it may still be lost.
		cut()
		client, cut = dials(t, d, &word.Attach{Token: token, Again: true, Heard: 1}, Program{})
		if a := hear[*word.Attached](t, client); a.Heard != 0 {
			t.Errorf("%d words are said to be heard that are not kept", a.Heard)
		}
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true}) // it repeats that, which is not taken twice
		synctest.Wait()
		m.die()
		cut()
		d.Close()
		m.slow = false
		d = successor(t, m, Config{Sched: sched.Config{Term: 2}})
		client, _ = dials(t, d, &word.Attach{Token: token, Again: true, Heard: 1}, Program{})
		if a := hear[*word.Attached](t, client); a.Heard != 0 {
			t.Errorf("the successor says that it has heard %d words", a.Heard)
		}
		hear[*word.Welcome](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		if a := hear[*word.Accepted](t, client); a.Refused != "" || a.Run != 1 {
			t.Errorf("it is answered %+v", a)
		}
	})
}

// A client forgets words when they are acknowledged, also those that leave nothing else in the journal.
func TestASuccessorKnowsOfAllWordsThatClientsHaveForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		d := successor(t, m, Config{})
		token := word.Token{1}
		client, cut := dials(t, d, &word.Attach{Token: token}, Program{})
		hear[*word.Attached](t, client)
		hear[*word.Welcome](t, client)
		const questions = 64
		for n := range uint64(questions) {
			say(t, client, &word.Publications{Question: n + 1})
		}
		acknowledged := uint64(0)
		for answers := 0; answers < questions || acknowledged == 0; {
			switch w, err := client.Receive(); w := w.(type) {
			case *word.Published:
				answers++
			case *word.Heard:
				acknowledged = w.Count
			default:
				t.Fatalf("heard %T, %v", w, err)
			}
		}
		synctest.Wait()
		m.die()
		cut()
		d.Close()
		d = successor(t, m, Config{Sched: sched.Config{Term: 2}})
		client, _ = dials(t, d, &word.Attach{Token: token, Again: true, Heard: questions + 1}, Program{})
		if a := hear[*word.Attached](t, client); a.Heard < acknowledged || a.Heard != questions {
			t.Errorf("the successor has heard %d words, and %d were acknowledged", a.Heard, acknowledged)
		}
	})
}

func TestAClientThatDoesNotComeBackToTheSuccessorIsReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		d := successor(t, m, Config{})
		client, cut := dials(t, d, &word.Attach{Token: word.Token{1}}, Program{})
		hear[*word.Attached](t, client)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		inside, theirs := Pipe() // which cannot come back
		if err := d.Client(theirs); err != nil {
			t.Fatal(err)
		}
		say(t, inside, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		synctest.Wait()
		m.die()
		cut()
		d.Close()
		d = successor(t, m, Config{Sched: sched.Config{Term: 2}})
		o := observes(t, d)
		if x := inspects(t, o, 1); len(x.Programs) != 1 || x.Programs[0].Runs != 1 {
			t.Errorf("at first there are %+v", x.Programs)
		}
		<-time.After(2 * time.Minute)
		if x := inspects(t, o, 2); len(x.Programs) != 0 {
			t.Errorf("two minutes later there are %+v", x.Programs)
		}
		if got := slices.Collect(m.ledger.Records()); len(got) != 0 {
			t.Errorf("the journal still has %v", got)
		}
	})
}

// TestASuccessorKnowsWhatAttemptsHaveShown has a task on agents that die under three schedulers.
func TestASuccessorKnowsWhatAttemptsHaveShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		for term := uint32(1); ; term++ {
			d := successor(t, m, Config{Sched: sched.Config{Term: term}})
			client, cut := dials(t, d, &word.Attach{Token: word.Token{1}}, Program{})
			hear[*word.Attached](t, client)
			hear[*word.Welcome](t, client)
			if term == 1 {
				say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
			}
			agent := joins(t, d, &word.Join{Name: "a", Slots: 1, Address: "nowhere"})
			hear[*word.Assign](t, agent)
			if err := agent.Close(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if term == 3 {
				for {
					w, err := client.Receive()
					if err != nil {
						t.Fatal(err)
					}
					if w, ok := w.(*word.Settled); ok {
						if o := w.Tasks[0]; o.Status != word.StatusDied || !strings.Contains(string(o.Data), "3 workers") {
							t.Errorf("the client is told of %d, %s", o.Status, o.Data)
						}
						return
					}
				}
			}
			m.die()
			cut()
			d.Close()
		}
	})
}

func TestAJournalThatCannotBeReadIsNotIgnored(t *testing.T) {
	_, err := Open(Config{Journal: &memory{damaged: errors.New("record 7 is damaged")}})
	if err == nil || !strings.Contains(err.Error(), "an earlier scheduler has kept: record 7") {
		t.Error(err)
	}
}

// followed is a journal that has something done whenever it was given records.
type followed struct {
	*memory
	then func()
}

func (f *followed) Append(records []any, kept func(error)) {
	f.memory.Append(records, kept)
	if f.then != nil {
		f.then()
	}
}

// TestAnAnswerTakenInWithWhatItWaitsForIsSaid has a question, the word that all before it is kept, and another answer taken in together, and
// nothing after them.
func TestAnAnswerTakenInWithWhatItWaitsForIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &followed{memory: &memory{}}
		d, err := Open(Config{Journal: m})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		client, _ := dials(t, d, &word.Attach{Token: word.Token{1}}, Program{})
		hear[*word.Attached](t, client)
		hear[*word.Welcome](t, client)
		observer, theirs := Pipe()
		go d.Observer(theirs)
		synctest.Wait()
		m.slow = true
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		synctest.Wait()
		busy := make(chan struct{})
		d.in.put(note{do: func() { <-busy }})
		synctest.Wait()
		say(t, observer, &word.Inspect{Question: 7})
		synctest.Wait()
		m.keep()
		m.slow = false
		m.then = func() { // behind the word that the busy turn is kept
			m.then = nil
			d.in.put(note{do: func() { d.say(theirs, &word.Inspected{Question: 8}) }})
		}
		close(busy)
		hear[*word.Accepted](t, client)
		for _, question := range []uint64{7, 8} {
			if x := hear[*word.Inspected](t, observer); x.Question != question {
				t.Errorf("the answer to question %d, want that to %d", x.Question, question)
			}
		}
	})
}
