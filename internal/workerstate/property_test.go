package workerstate_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// outside is what the property test knows about an agent: what was assigned, and what the shell has been told to do.
type outside struct {
	state   *workerstate.State
	self    word.Agent
	open    map[word.Block]bool // in the executor
	store   map[word.Block]bool
	copies  map[word.Block]bool
	owed    map[string]int       // subscriptions that were not answered, by peer and block
	last    map[word.Task]uint32 // count of the last attempt
	foreign map[word.Block]bool  // made by another agent
	alone   bool
}

func newOutside() *outside {
	return &outside{
		state: workerstate.New(1), self: 1, open: map[word.Block]bool{}, store: map[word.Block]bool{}, copies: map[word.Block]bool{},
		owed: map[string]int{}, foreign: map[word.Block]bool{}, last: map[word.Task]uint32{},
	}
}

func key(p workerstate.Peer, b word.Block) string { return fmt.Sprint(p, b) }

// step gives the machine an event, and complains about effects that no event explains.
func (o *outside) step(t *rapid.T, ev workerstate.Event) {
	for _, e := range o.state.Step(ev, nil) {
		switch e := e.(type) {
		case workerstate.Execute:
			for _, b := range e.Assign.Tasks {
				o.open[b] = true
			}
		case workerstate.TakeBack:
			for _, b := range e.Tasks {
				if !o.open[b] {
					t.Fatalf("%v: %v is taken back and is not in the executor", ev, b)
				}
			}
		case workerstate.Abort:
			for _, b := range e.Tasks {
				delete(o.open, b)
			}
		case workerstate.Deliver:
			if !o.store[e.Block] {
				t.Fatalf("%v: %v is delivered and not here", ev, e.Block)
			}
			o.answered(t, ev, e.Peer, e.Block)
		case workerstate.SendPeer:
			if w, ok := e.Word.(*word.NotHere); ok {
				for _, b := range w.Blocks {
					if o.store[b] {
						t.Fatalf("%v: %v is here, and %v is told that it is not", ev, b, e.Peer)
					}
					o.answered(t, ev, e.Peer, b)
				}
			}
		case workerstate.SendScheduler:
			if _, ok := e.Word.(*word.Join); !ok && o.alone {
				t.Fatalf("%v: %v without a scheduler", ev, e)
			}
		case workerstate.Settle:
			if !o.copies[e.Block] && !o.store[e.Block] {
				if d, ok := ev.(workerstate.FromPeer); !ok || d.Word.(*word.Delivery).Block != e.Block {
					t.Fatalf("%v: %v is settled and not here", ev, e.Block)
				}
				o.copies[e.Block] = true
			}
			for _, c := range e.Consumers {
				if !o.open[c] {
					t.Fatalf("%v: %v is settled for %v, which is not open", ev, e.Block, c)
				}
			}
		case workerstate.Drop:
			for _, b := range e.Blocks {
				if !o.store[b] && !o.copies[b] {
					t.Fatalf("%v: %v is dropped and not here", ev, b)
				}
				delete(o.store, b)
				delete(o.copies, b)
			}
		}
	}
	if err := o.state.Check(); err != nil {
		t.Fatalf("after %v: %v", ev, err)
	}
	if st := o.state.Stats(); st.Open != len(o.open) || st.Held != len(o.store) {
		t.Fatalf("after %v: %+v, and there are %d in the executor and %d in the store", ev, st, len(o.open), len(o.store))
	}
}

func (o *outside) answered(t *rapid.T, ev workerstate.Event, p workerstate.Peer, b word.Block) {
	if o.owed[key(p, b)] == 0 {
		t.Fatalf("%v: %v gets an answer about %v that it did not ask for", ev, p, b)
	}
	o.owed[key(p, b)]--
}

// some returns blocks that may be known, and some that are not.
func someBlocks(t *rapid.T) []word.Block {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) word.Block { return someBlock(t) }), 1, 4, func(b word.Block) word.Block { return b }).Draw(t, "blocks")
}

func someBlock(t *rapid.T) word.Block {
	i := rapid.IntRange(0, 9).Draw(t, "task")
	if i > 6 {
		i += 1000
	}
	return word.Block{
		Task:    word.Task{Run: word.Run(rapid.IntRange(1, 2).Draw(t, "run")), Index: graph.Index(i)},
		Attempt: word.Attempt{Term: 1, Count: uint32(rapid.IntRange(1, 3).Draw(t, "count"))},
	}
}

// each draws one of the blocks of a set, in an order that does not depend on the map's.
func drawn(t *rapid.T, set map[word.Block]bool) (word.Block, bool) {
	if len(set) == 0 {
		return word.Block{}, false
	}
	names := map[string]word.Block{}
	var order []string
	for b := range set {
		names[b.String()] = b
		order = append(order, b.String())
	}
	slices.Sort(order)
	return names[rapid.SampledFrom(order).Draw(t, "block")], true
}

// TestAnyWords gives an agent words in any order, also such as no scheduler and no peer would say, as long as the shell
// keeps its promises.
func TestAnyWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newOutside()
		peer := rapid.Custom(func(t *rapid.T) workerstate.Peer {
			if rapid.Bool().Draw(t, "client") {
				return workerstate.Peer{Client: word.Client(rapid.IntRange(1, 2).Draw(t, "number"))}
			}
			return workerstate.Peer{Agent: word.Agent(rapid.IntRange(100, 102).Draw(t, "number"))}
		})
		t.Repeat(map[string]func(*rapid.T){
			"assign": func(t *rapid.T) {
				if o.alone {
					t.Skip()
				}
				w := &word.Assign{}
				for range rapid.IntRange(1, 3).Draw(t, "tasks") {
					task := someBlock(t).Task
					b := word.Block{Task: task, Attempt: word.Attempt{Term: 1, Count: o.last[task] + 1}}
					if o.busy(task) || o.last[task] >= 3 || contains(w.Tasks, task) || o.foreign[b] {
						continue
					}
					w.Tasks = append(w.Tasks, b)
					seen := map[word.Task]bool{}
					for range rapid.IntRange(0, 3).Draw(t, "inputs") {
						in := word.Input{Block: someBlock(t), Holder: word.Agent(rapid.IntRange(100, 102).Draw(t, "holder"))}
						if seen[in.Block.Task] || contains(w.Tasks, in.Block.Task) {
							continue
						}
						seen[in.Block.Task] = true
						if o.open[in.Block] || o.store[in.Block] || rapid.IntRange(0, 9).Draw(t, "self") == 0 {
							in.Holder = o.self
						}
						w.Inputs = append(w.Inputs, in)
					}
					w.Ends = append(w.Ends, uint32(len(w.Inputs)))
				}
				for _, b := range w.Tasks {
					o.last[b.Task] = b.Attempt.Count
				}
				if len(w.Tasks) > 0 {
					o.step(t, workerstate.FromScheduler{Word: w})
				}
			},
			"end": func(t *rapid.T) {
				b, ok := drawn(t, o.open)
				if !ok {
					t.Skip()
				}
				delete(o.open, b)
				if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
					o.step(t, workerstate.TasksEnded{Failed: []word.Failed{{Block: b}}})
					return
				}
				o.store[b] = true
				o.step(t, workerstate.TasksEnded{Finished: []word.Finished{{Block: b, Bytes: 5}}})
			},
			"revoke": func(t *rapid.T) {
				if o.alone {
					t.Skip()
				}
				o.step(t, workerstate.FromScheduler{Word: &word.Revoke{Tasks: someBlocks(t)}})
			},
			"return": func(t *rapid.T) {
				b, ok := drawn(t, o.open)
				if !ok {
					t.Skip()
				}
				delete(o.open, b)
				o.step(t, workerstate.TakenBack{Returned: []word.Block{b}})
			},
			"cancel": func(t *rapid.T) {
				if o.alone {
					t.Skip()
				}
				o.step(t, workerstate.FromScheduler{Word: &word.Cancel{Tasks: someBlocks(t)}})
			},
			"free": func(t *rapid.T) {
				if o.alone {
					t.Skip()
				}
				o.step(t, workerstate.FromScheduler{Word: &word.Free{Blocks: someBlocks(t)}})
			},
			"resolve": func(t *rapid.T) {
				b, ok := drawn(t, o.open)
				if !ok || o.alone {
					t.Skip()
				}
				in := word.Input{Block: someBlock(t), Holder: word.Agent(rapid.IntRange(100, 102).Draw(t, "holder"))}
				if o.open[in.Block] || o.store[in.Block] {
					in.Holder = o.self
				}
				o.step(t, workerstate.FromScheduler{Word: &word.Resolve{Task: b.Task, Attempt: b.Attempt, Input: in}})
			},
			"subscribe": func(t *rapid.T) {
				p, bs := peer.Draw(t, "peer"), someBlocks(t)
				for _, b := range bs {
					o.owed[key(p, b)]++
				}
				o.step(t, workerstate.FromPeer{Peer: p, Word: &word.Subscribe{Blocks: bs}})
			},
			"deliver": func(t *rapid.T) {
				b := someBlock(t)
				if o.busy(b.Task) || b.Attempt.Count <= o.last[b.Task] {
					t.Skip() // nobody else makes it
				}
				o.foreign[b] = true
				o.step(t, workerstate.FromPeer{Peer: workerstate.Peer{Agent: 100}, Word: &word.Delivery{Block: b}})
			},
			"not here": func(t *rapid.T) {
				p := workerstate.Peer{Agent: word.Agent(rapid.IntRange(100, 102).Draw(t, "number"))}
				o.step(t, workerstate.FromPeer{Peer: p, Word: &word.NotHere{Blocks: someBlocks(t)}})
			},
			"peer lost": func(t *rapid.T) {
				p := peer.Draw(t, "peer")
				for k := range o.owed {
					if len(k) > len(p.String()) && k[:len(p.String())] == p.String() {
						delete(o.owed, k)
					}
				}
				o.step(t, workerstate.PeerLost{Peer: p, Unreachable: p.Client == 0})
			},
			"tick": func(t *rapid.T) { o.step(t, workerstate.Tick{}) },
			"cut": func(t *rapid.T) {
				if o.alone {
					t.Skip()
				}
				o.alone = true
				o.step(t, workerstate.SchedulerLost{})
			},
			"rejoin": func(t *rapid.T) {
				if !o.alone {
					t.Skip()
				}
				o.step(t, workerstate.Rejoin{})
				if len(o.open) > 0 || o.state.Stats().Copies > 0 || o.state.Stats().Early > 0 {
					t.Fatalf("after a rejoin, %+v is left", o.state.Stats())
				}
				o.owed = map[string]int{}
				o.self++
				o.alone = false
				o.step(t, workerstate.Welcomed{Self: o.self})
			},
		})

		// When all has ended and time has passed, every subscription was answered.
		for len(o.open) > 0 {
			b, _ := drawn(t, o.open)
			delete(o.open, b)
			o.step(t, workerstate.TakenBack{Returned: []word.Block{b}})
		}
		o.step(t, workerstate.Tick{})
		o.step(t, workerstate.Tick{})
		for k, n := range o.owed {
			if n > 0 {
				t.Errorf("the subscription %s was never answered", k)
			}
		}
		if st := o.state.Stats(); st.Open+st.Copies+st.Early > 0 {
			t.Errorf("%+v is left of nothing", st)
		}
	})
}

// busy reports whether an attempt of the task is here.
func (o *outside) busy(task word.Task) bool {
	for _, set := range []map[word.Block]bool{o.open, o.store} {
		for b := range set {
			if b.Task == task {
				return true
			}
		}
	}
	return false
}

func contains(bs []word.Block, task word.Task) bool {
	for _, b := range bs {
		if b.Task == task {
			return true
		}
	}
	return false
}
