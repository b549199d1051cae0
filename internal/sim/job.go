package sim

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// task is what the simulation knows of a task without asking a graph.
type task struct {
	deps       []word.Task // each once, in the order of the arguments
	traits     graph.Traits
	fails      bool
	takes      int64 // bytes of memory; 0 if that is of no interest
	poison     bool  // kills the agent that runs it
	tainted    bool  // impure, or takes what is
	impossible bool  // no agent has what it needs
	gang       int   // number of its gang from 1, 0 for none
	flaky      int   // so many attempts of its gang fail by it
	pure       uint64
}

// job is a graph that a client submits.
type job struct {
	run    word.Run
	client int
	graph  *graph.Graph
	tasks  []task
	all    bool
	wanted []graph.Index
	takes  []word.Run // the runs that it takes results of
}

// weaver writes a graph down for the scheduler and for the simulation at once.
type weaver struct {
	sim   *simulation
	b     *graph.Builder
	op    uint32
	lit   graph.Ref
	site  uint32
	job   *job
	calls []uint32 // by kind of traits
	kinds []graph.Traits
}

// weave makes up the graph of a run, which may take results of earlier runs of the same client.
func (s *simulation) weave(run word.Run, client int, earlier []*job) *job {
	w := &weaver{sim: s, b: graph.NewBuilder(), job: &job{run: run, client: client}}
	w.b.Number(uint64(client)+1, uint64(run))
	w.op = w.b.Op(graph.Op{Name: "go/f", Outputs: 1})
	w.lit = w.b.Literal(1)
	w.site = w.b.Site(0)
	r := &s.rng
	n := r.between(1, s.sc.Tasks)
	for len(w.job.tasks) < n {
		rest := n - len(w.job.tasks)
		switch r.below(7) {
		case 0, 1:
			w.random(r.between(1, rest))
		case 2:
			w.stencil(r.between(1, rest))
		case 3:
			w.tree(r.between(1, rest))
		case 4:
			w.maps(r.between(1, rest))
		case 5:
			w.chain(r.between(1, rest))
		case 6:
			w.external(earlier, rest)
		}
	}
	if r.permille(s.sc.Gangs) {
		w.gang()
	}
	g, err := w.b.Build()
	if err != nil {
		s.fail("the simulation's graph is wrong: %v", err)
		return w.job
	}
	j := w.job
	j.graph = g
	j.all = r.one(2)
	for i := range j.tasks {
		if j.all || i == len(j.tasks)-1 || r.one(5) {
			j.wanted = append(j.wanted, graph.Index(i))
		}
	}
	return j
}

// add writes a task of its own call down. Dependencies are tasks of this graph.
func (w *weaver) add(args ...graph.Ref) graph.Index {
	kind := w.kind()
	i := w.b.Add(w.call(kind), args...)
	var deps []word.Task
	for _, a := range args {
		if a.Kind() == graph.RefOutput {
			deps = append(deps, word.Task{Run: w.job.run, Index: a.Task()})
		}
	}
	w.note(kind, deps)
	return i
}

// note adds what the simulation knows of the next task.
func (w *weaver) note(kind graph.Traits, deps []word.Task) {
	t := task{traits: kind, tainted: kind.Impure, fails: w.sim.rng.permille(w.sim.sc.Failing)}
	t.poison = w.sim.sc.Poison > 0 && w.sim.rng.permille(w.sim.sc.Poison)
	if claim := kind.Needs.Memory; claim > 0 {
		t.takes = int64(w.sim.rng.between(1, 12*int(claim)))
	}
	for _, n := range kind.Needs.Named {
		t.impossible = t.impossible || n.Name == nowhere
	}
	for _, d := range deps {
		if !slices.Contains(t.deps, d) {
			t.deps = append(t.deps, d)
		}
	}
	t.pure = hash(word.Task{Run: w.job.run, Index: graph.Index(len(w.job.tasks))})
	for _, d := range t.deps {
		in := w.task(d)
		t.tainted = t.tainted || in.tainted
		t.pure = mix(t.pure ^ in.pure)
	}
	w.job.tasks = append(w.job.tasks, t)
}

func (w *weaver) task(t word.Task) *task {
	if t.Run == w.job.run {
		return &w.job.tasks[t.Index]
	}
	return w.sim.task(t)
}

// Resources of the simulation's agents.
const (
	special = "licence"     // of the first agent
	nowhere = "unobtainium" // of none
)

// Bytes of memory that agents have.
const (
	leastMemory = 1 << 28
	mostMemory  = 4 * leastMemory // of the first one
)

// kind draws the traits of a call.
func (w *weaver) kind() graph.Traits {
	r, sc := &w.sim.rng, &w.sim.sc
	var t graph.Traits
	t.Impure = r.permille(sc.Impure)
	if r.one(20) {
		t.Priority = int32(r.between(-1, 1))
	}
	if r.one(10) {
		t.Hints.Bytes = int64(r.between(1, 1000))
	}
	if sc.Memory > 0 && r.permille(sc.Memory) {
		t.Needs.Memory = int64(r.between(1, leastMemory/2))
	}
	switch {
	case r.permille(sc.Impossible):
		t.Needs.Named = []graph.Named{{Name: nowhere, Amount: 1000}}
	case r.permille(sc.Needs):
		switch r.below(3) {
		case 0:
			t.Needs.CPU = uint32(1000 * r.between(1, w.sim.processes[0].slots))
		case 1:
			t.Needs.Named = []graph.Named{{Name: special, Amount: uint32(r.between(1, 1000))}}
		case 2:
			t.Worker = w.sim.processes[0].name
		}
	}
	return t
}

// call returns the number of the call with these traits.
func (w *weaver) call(t graph.Traits) uint32 {
	for i, k := range w.kinds {
		if fmt.Sprint(k) == fmt.Sprint(t) {
			return w.calls[i]
		}
	}
	c := w.b.Call(graph.Call{Op: w.op, Traits: w.b.Traits(t), Site: w.site})
	w.kinds, w.calls = append(w.kinds, t), append(w.calls, c)
	return c
}

// random adds tasks that take up to three of the tasks before them.
func (w *weaver) random(n int) {
	r := &w.sim.rng
	for range n {
		args := []graph.Ref{w.lit}
		if have := len(w.job.tasks); have > 0 {
			low := max(0, have-r.between(1, 20))
			inputs := r.below(4)
			if inputs > 1 && r.one(2) {
				args = append(args, graph.ListRef(uint32(inputs)))
			}
			for range inputs {
				args = append(args, graph.OutputRef(graph.Index(r.between(low, have-1)), 0))
			}
		}
		w.add(args...)
	}
}

// stencil adds rows of tasks that take three neighbours of the row before.
func (w *weaver) stencil(n int) {
	width := w.sim.rng.between(1, 6)
	var above []graph.Index
	for n > 0 {
		row := make([]graph.Index, 0, width)
		for x := range width {
			args := []graph.Ref{w.lit}
			for d := max(0, x-1); d <= x+1 && d < len(above); d++ {
				args = append(args, graph.OutputRef(above[d], 0))
			}
			row = append(row, w.add(args...))
			n--
		}
		above = row
	}
}

// tree adds leaves and sums of neighbours up to a root.
func (w *weaver) tree(n int) {
	var level []graph.Index
	for range (n + 1) / 2 {
		level = append(level, w.add(w.lit))
	}
	for len(level) > 1 {
		var up []graph.Index
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, w.add(graph.OutputRef(level[i], 0), graph.OutputRef(level[i+1], 0)))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		level = up
	}
}

// chain adds tasks one after the other.
func (w *weaver) chain(n int) {
	last := w.add(w.lit)
	for range n - 1 {
		last = w.add(graph.OutputRef(last, 0))
	}
}

// maps adds a layer of parameters, and perhaps a second one on top of it.
func (w *weaver) maps(n int) {
	r := &w.sim.rng
	kind := w.kind()
	first := w.b.Affine(graph.Affine{Call: w.call(kind), Space: []uint32{uint32(n)}, Args: []graph.AffineArg{{Ref: w.lit}}})
	for range n {
		w.note(kind, nil)
	}
	if !r.one(2) {
		return
	}
	kind = w.kind()
	args := []graph.AffineArg{{Ref: graph.OutputRef(first, 0), Map: graph.Identity(uint32(n))}}
	broadcast := r.one(2)
	if broadcast {
		args = append(args, graph.AffineArg{Ref: graph.OutputRef(first, 0), Map: graph.IndexMap{Coef: []int64{0}}})
	}
	w.b.Affine(graph.Affine{Call: w.call(kind), Space: []uint32{uint32(n)}, Args: args})
	for i := range n {
		deps := []word.Task{{Run: w.job.run, Index: first + graph.Index(i)}}
		if broadcast {
			deps = append(deps, word.Task{Run: w.job.run, Index: first})
		}
		w.note(kind, deps)
	}
}

// external adds tasks that take wanted results of an earlier run of the client, one by one or as a list.
func (w *weaver) external(earlier []*job, rest int) {
	r := &w.sim.rng
	if len(earlier) == 0 {
		w.add(w.lit)
		return
	}
	from := earlier[r.below(len(earlier))]
	if !slices.Contains(w.job.takes, from.run) {
		w.job.takes = append(w.job.takes, from.run)
	}
	for range r.between(1, min(rest, 6)) {
		kind := w.kind()
		e := graph.External{Submission: uint64(from.run), Count: 1, Task: from.wanted[r.below(len(from.wanted))]}
		if from.all && r.one(2) {
			e.List = true
			e.Count = uint32(r.below(len(from.tasks) - int(e.Task)))
		}
		w.b.Add(w.call(kind), w.lit, w.b.External(e))
		var deps []word.Task
		for i := range e.Count {
			deps = append(deps, word.Task{Run: from.run, Index: e.Task + graph.Index(i)})
		}
		w.note(kind, deps)
	}
}

// gang adds tasks that start together, and one that takes what they make.
func (w *weaver) gang() {
	r, slots := &w.sim.rng, 0
	for _, p := range w.sim.processes {
		slots += p.slots
	}
	n := r.between(1, min(slots, 4))
	w.sim.gangs = append(w.sim.gangs, gang{size: n})
	kind := graph.Traits{Lifetime: graph.LifetimeGang}
	args := []graph.Ref{w.lit}
	var deps []word.Task
	if have := len(w.job.tasks); r.one(2) {
		args = append(args, graph.OutputRef(graph.Index(have-1), 0))
		deps = append(deps, word.Task{Run: w.job.run, Index: graph.Index(have - 1)})
	}
	flaky, weak := 0, 0
	if w.sim.sc.GangFails > 0 && r.permille(w.sim.sc.GangFails) {
		flaky, weak, kind.Retries = r.between(1, 3), r.below(n), uint16(r.below(3))
	}
	var after []graph.Ref
	for k := range n {
		after = append(after, graph.OutputRef(w.b.Add(w.call(kind), args...), 0))
		w.note(kind, deps)
		t := &w.job.tasks[len(w.job.tasks)-1]
		t.gang, t.fails, t.poison = len(w.sim.gangs), false, false
		if flaky > 0 && k == weak {
			t.flaky, t.fails = flaky, flaky > int(kind.Retries)
		}
	}
	w.add(after...)
}

// hash begins the value of a task.
func hash(t word.Task) uint64 { return mix(uint64(t.Run)<<32 | uint64(t.Index)) }

// value is what a block holds: a hash, and the attempts of impure tasks that it comes from.
type value struct {
	hash uint64
	from []word.Block // of impure tasks, by run and index
	both bool         // it comes from two attempts of one of them
}

// compute returns the value that an attempt makes of its inputs.
func compute(b word.Block, t *task, inputs []*value) *value {
	v := &value{hash: hash(b.Task)}
	if t.traits.Impure {
		v.from = append(v.from, b)
	}
	for _, in := range inputs {
		v.hash = mix(v.hash ^ in.hash)
		v.both = v.both || in.both
		for _, f := range in.from {
			i, found := slices.BinarySearchFunc(v.from, f, func(a, b word.Block) int {
				if a.Task.Run != b.Task.Run {
					return int(a.Task.Run) - int(b.Task.Run)
				}
				return int(a.Task.Index) - int(b.Task.Index)
			})
			switch {
			case !found:
				v.from = slices.Insert(v.from, i, f)
			case v.from[i] != f:
				v.both = true
			}
		}
	}
	if t.traits.Impure {
		v.hash = mix(v.hash ^ uint64(b.Attempt.Term)<<32 ^ uint64(b.Attempt.Count))
	}
	return v
}
