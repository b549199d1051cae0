package sched

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// world is a scheduler with agents and clients that do what their words say, one small step at a time. Words travel in
// order between two ends, and otherwise as slowly as the test likes.
type world struct {
	s      *State
	now    Instant
	graphs map[word.Run]*graph.Graph
	agents map[word.Agent]*fake
	dead   map[word.Agent]bool
	told   map[word.Task]word.Outcome // the last outcome of wanted tasks
	wanted map[word.Task]bool
	over   map[word.Run]bool
	cut    map[[2]word.Agent]bool
	story  []string
	check  bool
	nextID word.Agent
}

// fake is an agent.
type fake struct {
	id      word.Agent
	slots   int
	inbox   []any // from the scheduler
	outbox  []any // to the scheduler
	begun   map[word.Block]*attempt
	order   []word.Block
	blocks  map[word.Block]map[word.Task]word.Attempt // what it holds: which impure attempts it derives from
	reports map[word.Agent]bool                       // unreachable peers that it has reported
}

type attempt struct {
	needs   []word.Input
	missing []bool // reported and not resolved
}

func newWorld(cfg Config) *world {
	return &world{
		s: New(cfg), graphs: map[word.Run]*graph.Graph{}, agents: map[word.Agent]*fake{}, dead: map[word.Agent]bool{},
		told: map[word.Task]word.Outcome{}, wanted: map[word.Task]bool{}, over: map[word.Run]bool{},
		cut: map[[2]word.Agent]bool{}, check: true,
	}
}

func (w *world) step(ev Event) {
	w.note("%v", ev)
	w.carry(w.s.Step(w.now, ev, nil))
}

func (w *world) plan() {
	w.note("plan")
	w.carry(w.s.Plan(w.now, nil))
}

func (w *world) note(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

func (w *world) carry(out []Effect) {
	w.now++
	for _, e := range out {
		w.note("    %v", e)
		switch e := e.(type) {
		case Send:
			if a := w.agents[e.Agent]; a != nil {
				a.inbox = append(a.inbox, e.Word)
			} else {
				panic(fmt.Sprintf("word to agent %d, which is not there: %v", e.Agent, e))
			}
		case Tell:
			m := e.Word.(*word.Settled)
			for _, o := range m.Tasks {
				w.told[word.Task{Run: m.Run, Index: o.Index}] = o
			}
		case RunOver:
			w.over[e.Run] = true
		}
	}
	if w.check {
		if err := w.s.Check(); err != nil {
			panic(err)
		}
	}
}

func (w *world) join(slots int, resources ...word.Resource) *fake {
	w.nextID++
	a := &fake{id: w.nextID, slots: slots, begun: map[word.Block]*attempt{}, blocks: map[word.Block]map[word.Task]word.Attempt{},
		reports: map[word.Agent]bool{}}
	w.agents[a.id] = a
	w.step(AgentJoined{a.id, word.Join{Name: fmt.Sprintf("w%d", a.id), Slots: uint32(slots), Resources: resources}})
	return a
}

func (w *world) kill(a *fake) {
	delete(w.agents, a.id)
	w.dead[a.id] = true
	w.step(AgentLost{a.id, "killed"})
}

// submit hands a graph in, of which all or some tasks are wanted.
func (w *world) submit(c word.Client, r word.Run, g *graph.Graph, wanted ...graph.Index) {
	w.graphs[r] = g
	all := len(wanted) == 0
	for i := range graph.Index(g.Len()) {
		if all || slices.Contains(wanted, i) {
			w.wanted[word.Task{Run: r, Index: i}] = true
		}
	}
	w.step(Submitted{c, r, g, all, wanted})
}

// deliver lets an agent read one word.
func (w *world) deliver(a *fake) bool {
	if len(a.inbox) == 0 {
		return false
	}
	m := a.inbox[0]
	a.inbox = a.inbox[1:]
	switch m := m.(type) {
	case *word.Assign:
		mine := map[word.Task]word.Block{}
		for k, b := range m.Tasks {
			t := &attempt{}
			seen := map[word.Task]bool{}
			for _, in := range m.InputsOf(k) {
				if seen[in.Block.Task] {
					panic(fmt.Sprintf("input %v of %v named twice", in.Block, b))
				}
				seen[in.Block.Task] = true
				t.needs = append(t.needs, in)
			}
			for _, task := range w.inputs(b.Task) {
				if in, ok := mine[task]; ok && !seen[task] {
					seen[task] = true
					t.needs = append(t.needs, word.Input{Block: in, Holder: a.id})
				}
				if !seen[task] {
					panic(fmt.Sprintf("input %v of %v is not named", task, b))
				}
			}
			t.missing = make([]bool, len(t.needs))
			mine[b.Task] = b
			if a.begun[b] != nil {
				panic(fmt.Sprintf("%v assigned twice", b))
			}
			a.begun[b] = t
			a.order = append(a.order, b)
		}
	case *word.Cancel:
		for _, b := range m.Tasks {
			a.drop(b)
		}
	case *word.Free:
		for _, b := range m.Blocks {
			delete(a.blocks, b)
		}
	case *word.Revoke:
		var ret word.Returned
		var started word.Started
		for _, b := range m.Tasks {
			if _, ok := a.blocks[b]; ok {
				started.Tasks = append(started.Tasks, b)
				continue
			}
			a.drop(b)
			ret.Tasks = append(ret.Tasks, b)
		}
		if len(ret.Tasks) > 0 {
			a.outbox = append(a.outbox, &ret)
		}
		if len(started.Tasks) > 0 {
			a.outbox = append(a.outbox, &started)
		}
	case *word.Resolve:
		if t := a.begun[word.Block{Task: m.Task, Attempt: m.Attempt}]; t != nil {
			for n := range t.needs {
				if t.needs[n].Block.Task == m.Input.Block.Task {
					t.needs[n] = m.Input
					t.missing[n] = false
				}
			}
		}
	}
	return true
}

func (a *fake) drop(b word.Block) {
	delete(a.begun, b)
	delete(a.blocks, b)
	a.order = slices.DeleteFunc(a.order, func(o word.Block) bool { return o == b })
}

// report lets the scheduler read one word of an agent.
func (w *world) report(a *fake) bool {
	if len(a.outbox) == 0 {
		return false
	}
	m := a.outbox[0]
	a.outbox = a.outbox[1:]
	w.step(AgentWord{a.id, m})
	return true
}

// inputs returns the tasks that a task takes, each once.
func (w *world) inputs(t word.Task) []word.Task {
	g := w.graphs[t.Run]
	var list []word.Task
	_, args := g.Task(t.Index, make([]graph.Ref, 0, 8))
	for _, a := range args {
		switch a.Kind() {
		case graph.RefOutput:
			list = append(list, word.Task{Run: t.Run, Index: a.Task()})
		case graph.RefExternal:
			e := g.Externals()[a.Table()]
			n := uint32(1)
			if e.List {
				n = e.Count
			}
			for j := range n {
				list = append(list, word.Task{Run: word.Run(e.Submission), Index: e.Task + graph.Index(j)})
			}
		}
	}
	return list
}

// run lets an agent try its k-th attempt: it ends if its inputs are there, otherwise what is missing is reported.
func (w *world) run(a *fake, k int, fails func(word.Task) bool) bool {
	if len(a.order) == 0 {
		return false
	}
	b := a.order[k%len(a.order)]
	t := a.begun[b]
	derives := map[word.Task]word.Attempt{}
	ok, did := true, false
	var used []word.Block
	for n, in := range t.needs {
		h := w.agents[in.Holder]
		switch {
		case t.missing[n]:
			ok = false
		case h == nil:
			ok, did, t.missing[n] = false, true, true
			a.outbox = append(a.outbox, &word.InputMissing{Task: b.Task, Attempt: b.Attempt, Input: in})
		case w.cut[[2]word.Agent{a.id, h.id}]:
			if !a.reports[h.id] {
				a.reports[h.id] = true
				a.outbox = append(a.outbox, &word.Unreachable{Peer: h.id})
			}
			ok, did, t.missing[n] = false, true, true
			a.outbox = append(a.outbox, &word.InputMissing{Task: b.Task, Attempt: b.Attempt, Input: in})
		default:
			d, there := h.blocks[in.Block]
			if !there {
				ok = false
				if h.begun[in.Block] == nil {
					did, t.missing[n] = true, true
					a.outbox = append(a.outbox, &word.InputMissing{Task: b.Task, Attempt: b.Attempt, Input: in})
				}
			}
			for task, at := range d {
				if old, has := derives[task]; has && old != at {
					derives[word.Task{Run: 9999}] = word.Attempt{} // mixed: rejected below if it stays wanted
				}
				derives[task] = at
			}
			used = append(used, in.Block)
		}
	}
	if !ok {
		return did
	}
	delete(a.begun, b)
	a.order = slices.DeleteFunc(a.order, func(o word.Block) bool { return o == b })
	w.note("agent %d runs %v", a.id, b)
	if fails != nil && fails(b.Task) {
		a.outbox = append(a.outbox, &word.Failed{Block: b, Failure: []byte("boom")})
		return true
	}
	g := w.graphs[b.Task.Run]
	if g.Traits()[g.Calls()[g.CallOf(b.Task.Index)].Traits].Impure {
		derives[b.Task] = b.Attempt
	}
	a.blocks[b] = derives
	a.outbox = append(a.outbox, &word.Done{Tasks: []word.Finished{{Block: b, Bytes: 8, Nanos: 1000, Used: used}}})
	return true
}

// goOn takes small steps at random.
func (w *world) goOn(seed uint64, steps int, fails func(word.Task) bool) {
	r := rand.New(rand.NewPCG(seed, 2))
	ids := slices.Sorted(maps.Keys(w.agents))
	for range steps {
		if len(ids) == 0 {
			return
		}
		a := w.agents[ids[r.IntN(len(ids))]]
		switch r.IntN(7) {
		case 0:
			w.plan()
		case 1, 2:
			w.deliver(a)
		case 3, 4:
			w.run(a, r.IntN(20), fails)
		default:
			w.report(a)
		}
	}
}

// settle lets everything happen until nothing happens any more.
func (w *world) settle(fails func(word.Task) bool) {
	for range 500 {
		did := false
		for _, id := range slices.Sorted(maps.Keys(w.agents)) {
			a := w.agents[id]
			for w.deliver(a) {
				did = true
			}
			for k := 0; k < len(a.order); k++ {
				if w.run(a, k, fails) {
					did = true
					k--
				}
			}
			for w.report(a) {
				did = true
			}
		}
		before := len(w.story)
		w.plan()
		did = did || len(w.story) > before+1 || w.s.More()
		if !did {
			return
		}
	}
	panic("it never comes to rest")
}

// verify checks what must hold at rest: every wanted task has an outcome, and results are where clients were told.
func (w *world) verify() error {
	derives := map[word.Task]word.Attempt{}
	for _, t := range slices.SortedFunc(maps.Keys(w.wanted), func(a, b word.Task) int {
		return int(a.Run)*1e6 + int(a.Index) - int(b.Run)*1e6 - int(b.Index)
	}) {
		o, ok := w.told[t]
		if !ok {
			return fmt.Errorf("%v has no outcome: %+v", t, w.s.Explain(t))
		}
		if o.Status != word.StatusDone {
			continue
		}
		h := w.agents[o.Holder]
		if h == nil {
			return fmt.Errorf("%v is said to be at agent %d, which is not there: %+v", t, o.Holder, w.s.Explain(t))
		}
		d, ok := h.blocks[word.Block{Task: t, Attempt: o.Attempt}]
		if !ok {
			return fmt.Errorf("%v@%v is not at agent %d", t, o.Attempt, o.Holder)
		}
		for task, at := range d {
			if old, has := derives[task]; has && old != at {
				return fmt.Errorf("%v derives from %v@%v, another wanted result from %v", t, task, at, old)
			}
			derives[task] = at
		}
	}
	if _, mixed := derives[word.Task{Run: 9999}]; mixed {
		return fmt.Errorf("a wanted result mixes two attempts")
	}
	held := 0
	for _, a := range w.agents {
		held += len(a.blocks)
	}
	if st := w.s.Stats(); st.Blocks != held {
		return fmt.Errorf("agents hold %d blocks, the scheduler knows %d", held, st.Blocks)
	}
	return nil
}
