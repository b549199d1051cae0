package exec

import (
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/braid-compute/braid/graph"
)

// The model: graphs of arithmetic drawn at random, and a slow sequential evaluator that says what each task must give.

// A modelTask adds a number to a weighted sum of its inputs.
type modelTask struct {
	run, index int
	add        int64
	args       []modelArg
	outputs    int // 1 or 2; the second is one more than the first
	behaviour  behaviour
	fails      int // attempts that fail, where the behaviour is flaky
	retries    int
	millis     int // that it sleeps
	blocks     bool
	priority   int
	bytes      int64 // of its result, -1 for unknown
	expect     int64
	cores      int
	devices    int // tenths
	gang       *modelGang
}

// A modelGang is consecutive tasks that start together. They are alike but for what they compute and how they behave.
type modelGang struct {
	first *modelTask
	tasks []*modelTask
	size  int
}

// modelDevices is how many devices the executor of a model offers, in tenths.
const modelDevices = 15

type behaviour int

const (
	behaves behaviour = iota
	errs
	panics
	flaky
	late // outlives its limit
)

// A modelArg is one argument: a literal, an output of a task, or a list of those.
type modelArg struct {
	literal int64
	from    *modelTask // nil for a literal
	output  int
	list    []modelArg
	isList  bool
	whole   []*modelTask // all wanted tasks of an earlier run, as an external list
}

// A modelRun is one submission.
type modelRun struct {
	number int
	tasks  []*modelTask
	wanted []int // ascending; nil means all
	fused  bool
}

func (r *modelRun) wants(i int) bool {
	_, found := slices.BinarySearch(r.wanted, i)
	return r.wanted == nil || found
}

// A modelAction is something done to a run after millis of virtual time.
type modelAction struct {
	kind   string // cancel-run, cancel-task, release
	run    int
	task   int
	millis int
}

// A model is one random case.
type model struct {
	scratch string // where results are spilled; "": they are not
	slots   int
	limit   int64
	runs    []*modelRun
	actions []modelAction
}

// errTask is how a task of the model fails.
type errTask struct{ run, index int }

func (e errTask) Error() string { return fmt.Sprintf("task %d of run %d fails", e.index, e.run) }

func drawModel(t *rapid.T, maxTasks int) *model {
	m := &model{slots: rapid.IntRange(1, 8).Draw(t, "slots")}
	if rapid.Bool().Draw(t, "limited") {
		m.limit = rapid.Int64Range(1, 500).Draw(t, "limit")
	}
	for number := range rapid.IntRange(1, 4).Draw(t, "runs") {
		m.runs = append(m.runs, drawRun(t, m, number, maxTasks))
	}
	for range rapid.IntRange(0, 6).Draw(t, "actions") {
		r := m.runs[rapid.IntRange(0, len(m.runs)-1).Draw(t, "run")]
		a := modelAction{
			kind: rapid.SampledFrom([]string{"cancel-run", "cancel-task", "release", "release", "release"}).Draw(t, "action"),
			run:  r.number, task: rapid.IntRange(0, len(r.tasks)-1).Draw(t, "task"), millis: rapid.IntRange(0, 10).Draw(t, "after"),
		}
		if a.kind == "cancel-task" && r.fused || a.kind == "release" && !r.wants(a.task) {
			continue
		}
		m.actions = append(m.actions, a)
	}
	return m
}

func drawRun(t *rapid.T, m *model, number, maxTasks int) *modelRun {
	r := &modelRun{number: number, fused: rapid.Bool().Draw(t, "fused")}
	calm := rapid.Bool().Draw(t, "calm") // a run in which nothing fails, so that its end is reached
	var gang *modelGang
	for i := range rapid.IntRange(1, maxTasks).Draw(t, "tasks") {
		k := &modelTask{run: number, index: i, add: rapid.Int64Range(0, 1000).Draw(t, "add"), outputs: 1}
		r.tasks = append(r.tasks, k)
		if rapid.IntRange(0, 9).Draw(t, "outputs") == 0 {
			k.outputs = 2
		}
		if gang != nil && len(gang.tasks) == gang.size {
			gang = nil
		}
		if gang == nil && !r.fused && rapid.IntRange(0, 9).Draw(t, "ganged") == 0 {
			gang = &modelGang{first: k, size: rapid.IntRange(1, m.slots).Draw(t, "size")}
		}
		before := i
		if gang != nil {
			k.gang, gang.tasks = gang, append(gang.tasks, k)
			before = gang.first.index
		}
		for range rapid.IntRange(0, 3).Draw(t, "args") {
			k.args = append(k.args, drawArg(t, m, r, before, true))
		}
		if !calm && rapid.IntRange(0, 7).Draw(t, "trouble") == 0 {
			k.behaviour = behaviour(rapid.IntRange(int(errs), int(late)).Draw(t, "behaviour"))
			k.fails = rapid.IntRange(1, 3).Draw(t, "fails")
			k.retries = rapid.IntRange(0, 3).Draw(t, "retries")
		}
		if rapid.IntRange(0, 3).Draw(t, "slow") == 0 {
			k.millis = rapid.IntRange(1, 4).Draw(t, "millis")
			k.blocks = rapid.Bool().Draw(t, "blocks")
		}
		if rapid.IntRange(0, 4).Draw(t, "prioritised") == 0 {
			k.priority = rapid.IntRange(-2, 2).Draw(t, "priority")
		}
		k.bytes = rapid.SampledFrom([]int64{-1, 0, 8, 100}).Draw(t, "bytes")
		k.cores = 1
		if rapid.IntRange(0, 5).Draw(t, "needy") == 0 {
			k.cores = rapid.IntRange(1, m.slots).Draw(t, "cores")
			k.devices = rapid.IntRange(0, modelDevices).Draw(t, "devices")
		}
		k.expect = rapid.SampledFrom([]int64{0, 0, 50, 1000}).Draw(t, "expect")
		if gang != nil {
			k.join(m, gang)
		}
	}
	if rapid.Bool().Draw(t, "subset") {
		r.wanted = []int{}
		for i := range r.tasks {
			if rapid.IntRange(0, 3).Draw(t, "wanted") == 0 {
				r.wanted = append(r.wanted, i)
			}
		}
	}
	return r
}

// join makes a task like the others of its gang.
func (k *modelTask) join(m *model, g *modelGang) {
	if k.behaviour == late { // the limit would be that of all
		k.behaviour = errs
	}
	if k != g.first {
		k.outputs, k.retries, k.priority, k.bytes, k.cores, k.devices, k.expect = g.first.outputs, g.first.retries, g.first.priority,
			g.first.bytes, g.first.cores, g.first.devices, g.first.expect
		return
	}
	k.cores = min(k.cores, m.slots/g.size)
	k.devices = min(k.devices, modelDevices/g.size)
}

// drawArg draws an argument of task i of run r.
func drawArg(t *rapid.T, m *model, r *modelRun, i int, lists bool) modelArg {
	switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case kind == 0 && lists:
		l := modelArg{isList: true}
		for range rapid.IntRange(0, 4).Draw(t, "length") {
			l.list = append(l.list, drawArg(t, m, r, i, false))
		}
		return l
	case kind == 1 && lists && len(m.runs) > 0:
		from := rapid.SampledFrom(m.runs).Draw(t, "from")
		if from.wanted == nil && !from.fused {
			return modelArg{isList: true, whole: from.tasks}
		}
	case kind <= 3 && len(m.runs) > 0:
		from := rapid.SampledFrom(m.runs).Draw(t, "from")
		k := rapid.SampledFrom(from.tasks).Draw(t, "external")
		if from.wants(k.index) {
			return modelArg{from: k, output: rapid.IntRange(0, k.outputs-1).Draw(t, "output")}
		}
	case kind <= 8 && i > 0:
		k := r.tasks[rapid.IntRange(max(0, i-1-i/2), i-1).Draw(t, "input")]
		return modelArg{from: k, output: rapid.IntRange(0, k.outputs-1).Draw(t, "output")}
	}
	return modelArg{literal: rapid.Int64Range(0, 100).Draw(t, "literal")}
}

// inputs calls fn for every task that the argument takes.
func (a modelArg) inputs(fn func(*modelTask)) {
	if a.from != nil {
		fn(a.from)
	}
	for _, b := range a.list {
		b.inputs(fn)
	}
	for _, k := range a.whole {
		fn(k)
	}
}

const modulus = 1_000_000_007

// flat is the value of an argument: lists count by position.
func flat(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case *List:
		return flat(*v)
	case List:
		s := int64(len(v))
		for n, x := range v {
			s = (s*31 + flat(x)*int64(n+1)) % modulus
		}
		return s
	}
	panic(fmt.Sprintf("a %T is no value of the model", v))
}

// combine is what a task computes.
func (k *modelTask) combine(in []any) int64 {
	s := k.add
	for n, v := range in {
		s = (s*7 + flat(v)*int64(n+2)) % modulus
	}
	return s
}

// An answer is what the evaluator says about a task.
type answer struct {
	value  int64
	causes map[errTask]bool // tasks that fail by themselves among it and its ancestors; none: it has a value
	hit    bool             // an action may have cancelled it or an ancestor
}

// evaluate computes every task, one after the other.
func (m *model) evaluate() map[*modelTask]*answer {
	answers := make(map[*modelTask]*answer)
	for _, r := range m.runs {
		for _, k := range r.tasks {
			a := &answer{causes: make(map[errTask]bool)}
			if k.gang == nil {
				m.trouble(k, answers, a)
			} else {
				for _, other := range k.gang.tasks {
					m.trouble(other, answers, a)
				}
			}
			if len(a.causes) == 0 {
				in := make([]any, len(k.args))
				for n, arg := range k.args {
					in[n] = arg.value(answers)
				}
				a.value = k.combine(in)
			}
			answers[k] = a
		}
	}
	return answers
}

// trouble adds what may keep a task from having a value.
func (m *model) trouble(k *modelTask, answers map[*modelTask]*answer, a *answer) {
	for _, act := range m.actions {
		a.hit = a.hit || act.run == k.run && (act.kind == "cancel-run" || act.kind == "cancel-task" && act.task == k.index)
	}
	for _, arg := range k.args {
		arg.inputs(func(in *modelTask) {
			for c := range answers[in].causes {
				a.causes[c] = true
			}
			a.hit = a.hit || answers[in].hit
		})
	}
	if k.behaviour == errs || k.behaviour == panics || k.behaviour == late || k.behaviour == flaky && k.fails > k.retries {
		a.causes[errTask{k.run, k.index}] = true
	}
}

func (a modelArg) value(answers map[*modelTask]*answer) any {
	switch {
	case a.from != nil:
		return answers[a.from].value + int64(a.output)
	case a.isList:
		l := List{}
		for _, b := range a.list {
			l = append(l, b.value(answers))
		}
		for _, k := range a.whole {
			l = append(l, answers[k].value)
		}
		return l
	}
	return a.literal
}

// agrees reports why an outcome is not what the evaluator says, or nothing.
func (a *answer) agrees(v any, f *Failure, settled bool) string {
	switch {
	case !settled:
		return "it has no outcome"
	case f == nil && len(a.causes) > 0:
		return fmt.Sprintf("it has the value %v, and an ancestor fails", v)
	case f == nil:
		if outs, ok := v.(Outputs); ok {
			v = outs[0]
		}
		if v != a.value {
			return fmt.Sprintf("it is %v, want %d", v, a.value)
		}
		return ""
	}
	root := f.Root()
	var e errTask
	switch {
	case root.Reason == ReasonCancelled && a.hit:
	case root.Reason == ReasonLimit && a.causes[named(root)]:
	case errors.As(root.Err, &e) && a.causes[e]:
	default:
		return fmt.Sprintf("it failed because of %v in task %d of run %d (reason %d), and that is no reason", root.Err, root.Task, root.Run.Submission(), root.Reason)
	}
	return ""
}

// named returns which task of the model failed, by its op's name: numbers change in fused graphs.
func named(f *Failure) (e errTask) {
	_, err := fmt.Sscanf(f.Run.calls[f.Call].name, "t%d-%d", &e.run, &e.index)
	if err != nil {
		panic(err)
	}
	return e
}

// build writes a run down. Fused runs are renumbered: where says where each wanted task went.
func (m *model) build(r *modelRun, live []*Run, wheres []func(int) graph.Index, impl func(*modelTask) *Op) (*graph.Graph, Want, func(int) graph.Index, error) {
	b := graph.NewBuilder()
	b.Number(1, uint64(r.number))
	call := uint32(0)
	for _, k := range r.tasks {
		tr := graph.Traits{Retries: uint16(k.retries), Priority: int32(k.priority), Hints: graph.Hints{Bytes: k.expect}}
		if k.cores > 1 {
			tr.Needs.CPU = uint32(1000*k.cores - 500)
		}
		if k.devices > 0 {
			tr.Needs.Named = []graph.Named{{Name: "device", Amount: uint32(100 * k.devices)}}
		}
		if k.behaviour == late {
			tr.Limit = 1e6
		}
		if k.gang != nil {
			tr.Lifetime = graph.LifetimeGang
		}
		op := b.Op(graph.Op{Name: fmt.Sprintf("go/t%d-%d", k.run, k.index), Outputs: uint16(k.outputs), Impl: impl(k)})
		var refs []graph.Ref
		var put func(a modelArg)
		put = func(a modelArg) {
			switch {
			case a.from != nil && a.from.run == r.number:
				refs = append(refs, graph.OutputRef(graph.Index(a.from.index), uint16(a.output)))
			case a.from != nil:
				refs = append(refs, b.External(graph.External{
					Submission: uint64(a.from.run), Task: wheres[a.from.run](a.from.index), Output: uint16(a.output), Live: live[a.from.run]}))
			case a.whole != nil:
				from := a.whole[0].run
				refs = append(refs, b.External(graph.External{Submission: uint64(from), List: true, Count: uint32(len(a.whole)), Live: live[from]}))
			case a.isList:
				refs = append(refs, graph.ListRef(uint32(len(a.list))))
				for _, x := range a.list {
					put(x)
				}
			default:
				refs = append(refs, b.Literal(a.literal))
			}
		}
		for _, a := range k.args {
			put(a)
		}
		if k.gang == nil || k == k.gang.first {
			call = b.Call(graph.Call{Op: op, Traits: b.Traits(tr), Site: b.Site(0)})
		}
		b.Add(call, refs...)
	}
	g, err := b.Build()
	if err != nil {
		return nil, Want{}, nil, err
	}
	where := func(i int) graph.Index { return graph.Index(i) }
	if r.wanted == nil {
		return g, Want{All: true}, where, nil
	}
	var w Want
	for _, i := range r.wanted {
		w.Tasks = append(w.Tasks, graph.Index(i))
	}
	if r.fused {
		fused, moved := g.Fuse(w.Tasks...)
		where = func(i int) graph.Index {
			to, ok := moved.To(graph.Index(i))
			if !ok {
				panic(fmt.Sprintf("Fuse lost the wanted task %d", i))
			}
			return to
		}
		for n, i := range r.wanted {
			w.Tasks[n] = where(i)
		}
		g = fused
	}
	return g, w, where, nil
}
