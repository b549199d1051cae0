package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// execute hands a window of tasks to the executor.
func (a *Agent) execute(w *word.Assign) {
	win := &window{tasks: w.Tasks, nanos: make([]int64, len(w.Tasks)), all: w.AllWanted, wanted: w.Wanted}
	if err := a.start(win, w); err != nil {
		if win.promised != nil {
			win.promised.Cancel(err)
		}
		a.log("a window of %d tasks cannot be run: %v", len(w.Tasks), err)
		a.failAll(w.Tasks, err)
	}
}

// failAll reports that none of the tasks can be run.
func (a *Agent) failAll(tasks []word.Block, err error) {
	f := (&word.Failure{Reason: uint8(exec.ReasonError), Text: err.Error(), Worker: a.cfg.Name}).Encode()
	failed := make([]word.Failed, len(tasks))
	for k, b := range tasks {
		failed[k] = word.Failed{Block: b, Failure: f}
	}
	a.in.put(note{event: workerstate.TasksEnded{Failed: failed}})
}

func (a *Agent) start(win *window, w *word.Assign) error {
	g, err := graph.Decode(w.Body)
	if err != nil {
		return err
	}
	if g.Len() != len(w.Tasks) {
		return fmt.Errorf("the body has %d tasks and the words name %d", g.Len(), len(w.Tasks))
	}
	if slices.ContainsFunc(g.Externals(), func(e graph.External) bool { return !e.List }) {
		win.inputs = make(map[word.Task]word.Input, len(w.Inputs))
		for _, in := range w.Inputs {
			win.inputs[in.Block.Task] = in
		}
	}
	if err := a.promise(win, g); err != nil {
		return err
	}
	next := uint32(0) // slot of the promised run that the next external takes, as in promise
	g, err = g.Bind(graph.Binding{
		Op: func(op graph.Op) (any, error) { return a.timed(win, op), nil },
		Literal: func(l graph.Literal) any {
			if l.Encoded.Column {
				return encodedColumn(l.Encoded.Items)
			}
			return &exec.Encoded{Data: l.Encoded.Items[0]}
		},
		External: func(e graph.External) (graph.External, error) {
			if l := a.here(win, e); l != nil {
				e.Task, e.Live = l.index, exec.Source(l.window.run)
				return e, nil
			}
			e.Task, e.Live = graph.Index(next), exec.Source(win.promised)
			if e.List {
				next += e.Count
			} else {
				next++
			}
			return e, nil
		},
	})
	if err != nil {
		return err
	}
	win.graph = g
	if win.run, err = a.x.Submit(g, exec.Want{All: true}); err != nil {
		return err
	}
	if win.promised != nil { // the tasks hold it
		win.promised.ReleaseAll(nil)
	}
	a.windows[win.run] = win
	a.unended += len(w.Tasks)
	for k, b := range w.Tasks {
		a.enter(b, win, graph.Index(k))
	}
	a.promiseLocals(win, w.Inputs)
	win.run.Follow(func(i graph.Index, worker bool) {
		if a.in.putEnded(ended{win, i}); !worker {
			a.in.callRun()
		}
	})
	return nil
}

// encodedColumn is a column of values as bytes.
type encodedColumn [][]byte

func (c encodedColumn) Len() int     { return len(c) }
func (c encodedColumn) At(i int) any { return &exec.Encoded{Data: c[i]} }

// timed returns the function behind an op, measured. An op that this process does not know fails the tasks that call it.
func (a *Agent) timed(win *window, op graph.Op) *exec.Op {
	impl, err := a.cfg.Op(op)
	if err != nil {
		a.log("tasks cannot be run: %v", err)
		return &exec.Op{Call: func(context.Context, []any) (any, error) { return nil, err }}
	}
	timed := *impl
	timed.Call = func(ctx context.Context, in []any) (any, error) {
		begin := time.Now()
		v, err := impl.Call(ctx, in)
		// An attempt that outlived its time limit may end beside the next one.
		atomic.StoreInt64(&win.nanos[exec.FromContext(ctx).Index()], int64(time.Since(begin)))
		return v, err
	}
	return &timed
}

// here returns where in the executor an external is, if it is a single task that was handed over before.
func (a *Agent) here(win *window, e graph.External) *local {
	if e.List {
		return nil
	}
	in, ok := win.inputs[word.Task{Run: word.Run(e.Submission), Index: e.Task}]
	if !ok || in.Holder != a.self {
		return nil
	}
	return a.local(in.Block)
}

// promise makes the run that stands for the inputs that come from elsewhere, and for lists: one task for each, in the order
// of the externals.
func (a *Agent) promise(win *window, g *graph.Graph) error {
	n := uint32(0)
	for _, e := range g.Externals() {
		if a.here(win, e) != nil {
			continue
		}
		t := word.Task{Run: word.Run(e.Submission), Index: e.Task}
		if e.List {
			win.lists = append(win.lists, promisedList{first: t, count: e.Count, base: graph.Index(n)})
			n += e.Count
			continue
		}
		if win.singles == nil {
			win.singles = make(map[word.Task]uint32)
		}
		win.singles[t] = n
		n++
	}
	if len(win.singles)+len(win.lists) == 0 {
		return nil
	}
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: "braid/input", Impl: input})
	call := b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	b.Affine(graph.Affine{Call: call, Space: []uint32{n}})
	pg, err := b.Build()
	if err != nil {
		return err
	}
	win.promised, err = a.x.Promise(pg, exec.Want{All: true}, nil)
	return err
}

// input stands behind the tasks of promised runs, which are never called.
var input = &exec.Op{Call: func(context.Context, []any) (any, error) {
	return nil, errors.New("agent: an input was run instead of awaited")
}}

// promiseLocals settles the promises of list members that are made here, as soon as they are there.
func (a *Agent) promiseLocals(win *window, inputs []word.Input) {
	if len(win.lists) == 0 {
		return
	}
	for _, in := range inputs {
		if in.Holder == a.self {
			if l := a.local(in.Block); l != nil {
				a.follow(win, in.Block.Task, l)
			}
		}
	}
}

// follow settles the promises of an input with the outcome of a task of this agent.
func (a *Agent) follow(win *window, t word.Task, l *local) {
	run, index := l.window.run, l.index
	settle := func() {
		v, f, _ := run.Outcome(index)
		win.eachSlot(t, func(s graph.Index) {
			if f != nil {
				win.promised.Reject(s, &exec.Failure{Reason: exec.ReasonInput, Cause: f})
			} else {
				win.promised.Settle(s, v)
			}
		})
	}
	if run.Status(index).Settled() {
		settle()
	} else {
		run.Watch(index, settle)
	}
}

// settle fulfils promises: a block is here.
func (a *Agent) settle(e workerstate.Settle) {
	l, copied := a.local(e.Block), a.copies[e.Block]
	if e.Block == a.arriving {
		a.taken = true
	}
	if copied != nil {
		copied.takers += len(e.Consumers)
	}
	for _, c := range e.Consumers {
		to := a.local(c)
		if to == nil || to.window.promised == nil {
			continue
		}
		switch {
		case copied != nil:
			to.window.eachSlot(e.Block.Task, func(s graph.Index) { to.window.promised.Settle(s, copied.live()) })
		case l != nil:
			a.follow(to.window, e.Block.Task, l)
		}
	}
}

// takeBack asks the executor for tasks that have not begun, consumers before what they take.
func (a *Agent) takeBack(tasks []word.Block, answer *workerstate.TakenBack) {
	for k := len(tasks) - 1; k >= 0; k-- {
		b := tasks[k]
		if l := a.local(b); l == nil || l.window.run.Withdraw(l.index) {
			answer.Returned = append(answer.Returned, b)
			a.remove(b)
		} else {
			answer.Started = append(answer.Started, b)
		}
	}
}

// abort cancels tasks whose outcome is not wanted.
func (a *Agent) abort(tasks []word.Block) {
	for k := len(tasks) - 1; k >= 0; k-- {
		if l := a.local(tasks[k]); l != nil {
			l.window.run.CancelTask(l.index, exec.ErrCancelled)
			a.remove(tasks[k])
		}
	}
}

// drop forgets blocks.
func (a *Agent) drop(blocks []word.Block) {
	for _, b := range blocks {
		a.remove(b)
		a.dropCopy(b)
	}
}

// tasksEnded tells the state machine of tasks that have their outcome. Those whose input failed are spoken of by the
// scheduler, those that were aborted by nobody.
func (a *Agent) tasksEnded(list []ended) {
	a.unended -= len(list)
	ev := workerstate.TasksEnded{Finished: make([]word.Finished, 0, len(list))}
	var back []word.Block
	var inputs []*exec.LostInputError
	for _, e := range list {
		b := e.window.tasks[e.task]
		if a.local(b) == nil {
			continue
		}
		a.urgent = a.urgent || e.window.wants(e.task)
		v, f, _ := e.window.run.Outcome(e.task)
		switch {
		case f == nil:
			if f, later := a.finished(e, b, v); !later {
				ev.Finished = append(ev.Finished, f)
			}
		case f.Reason == exec.ReasonInput, f.Reason == exec.ReasonCancelled:
		case lostInput(f) != nil:
			back, inputs = append(back, b), append(inputs, lostInput(f))
		default:
			if e.window.ganged(e.task) { // attempts are those of the gang, which are counted elsewhere
				f.Attempt = int(b.Attempt.Count)
			}
			ev.Failed = append(ev.Failed, word.Failed{Block: b, Failure: a.failure(f), Exceeded: exec.Exceeded(f.Err)})
		}
	}
	if len(ev.Finished)+len(ev.Failed) > 0 {
		a.step(ev)
	}
	if len(back) > 0 {
		a.inputsLost(back, inputs)
	}
}

// finished returns what is said of a task that has a result. A small one that a client wants rides along; if code of users
// encodes it, that is done aside, and the rest is told then.
func (a *Agent) finished(e ended, b word.Block, v any) (f word.Finished, later bool) {
	op := e.window.op(e.task)
	bytes, known := size(op, v)
	f = word.Finished{Block: b, Bytes: bytes, Nanos: atomic.LoadInt64(&e.window.nanos[e.task])}
	if !known || bytes > small || !e.window.wants(e.task) {
		return f, false
	}
	if plain(v) {
		var err error
		if f.Data, err = encode(op, v); err == nil {
			return f, false
		}
	}
	aside := a.encodeAside(b, op, v, subscriber{})
	aside.finished, aside.untold = f, true
	return f, true
}

// wants reports whether a client wants the result of a task.
func (w *window) wants(i graph.Index) bool {
	if w.all {
		return true
	}
	_, found := slices.BinarySearch(w.wanted, uint32(i))
	return found
}

func (w *window) ganged(i graph.Index) bool {
	call := w.graph.Calls()[w.graph.CallOf(i)]
	return w.graph.Traits()[call.Traits].Lifetime == graph.LifetimeGang
}

func (w *window) op(i graph.Index) *exec.Op { return w.graph.OpOf(i).Impl.(*exec.Op) }

// failure returns a failure as bytes.
func (a *Agent) failure(f *exec.Failure) []byte {
	w := word.Failure{Reason: uint8(f.Reason), Attempt: f.Attempt, Text: f.Err.Error(), Stack: f.Stack, Worker: a.cfg.Name}
	w.Note(f.Err)
	if t, ok := errors.AsType[Told](f.Err); ok {
		t.Tell(&w)
	}
	return w.Encode()
}

// Told is an error that knows more of a failure than its text: that of a function that ran in another process.
type Told interface {
	error
	Tell(*word.Failure)
}
