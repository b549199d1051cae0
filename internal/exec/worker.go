package exec

import (
	"errors"
	"runtime/debug"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/invariants"
)

// worker is a goroutine that drives a slot. It may lose its slot while its task waits for others, and get another one
// back.
type worker struct {
	x      *Executor
	s      *slot
	ctx    *Context // the task it is in, while user code runs
	task   *task
	refs   []graph.Ref   // what it takes
	room   []graph.Ref   // for refs
	expect int64         // bytes counted for the task while it runs
	views  []*block.View // of inputs that the store holds
	looked int64         // when it last called Config.Between
	bell   chan bool     // rung when its parked slot gets work (true), or is given away (false)
}

// work drives s until the executor closes or the slot is given away.
func (x *Executor) work(s *slot) {
	w := &worker{x: x, s: s, room: make([]graph.Ref, 0, 8)}
	for w.s != nil {
		w.loop()
	}
	w.between(true)
	x.leave()
}

// start begins a worker for s. The caller has counted it in driving.
func (x *Executor) start(s *slot) { go x.work(s) }

// loop runs tasks until there is no slot any more, or user code unwinds the stack.
func (w *worker) loop() {
	defer w.contain()
	w.s.now = w.x.now()
	for {
		w.between(false)
		if w.s.bound {
			w.s.bound = false
			it, _ := w.s.pop()
			if w.run(w.x.runOf(it), it.task()); w.s == nil {
				return
			}
			continue
		}
		if w.x.irregular.Load() != 0 && !w.lookUp() {
			return
		}
		s := w.s
		if s.turns++; (s.turns%64 == 0 || s.now-s.turnAt > turnNanos) && w.x.waiting.Load()+w.x.openRuns.Load() > 0 {
			if w.otherRuns(); w.s == nil {
				return
			}
			s = w.s
		}
		if it, ok := s.pop(); ok {
			w.run(w.x.runOf(it), it.task())
		} else if !w.walk() {
			if w.between(true); !w.x.find(w) {
				return
			}
		}
		if w.s == nil {
			return
		}
	}
}

func (w *worker) between(idle bool) {
	f := w.x.config.Between
	if f == nil {
		return
	}
	now := int64(0)
	if w.s != nil {
		now = w.s.now
	} else {
		now = w.x.now()
	}
	f(w.looked, now, idle)
	w.looked = now
}

// contain turns a panic or a Goexit of user code into the failure of its task. After a panic the worker goes on; after a
// Goexit, which cannot be stopped, another goroutine takes over.
func (w *worker) contain() {
	c := w.ctx
	if c == nil {
		return
	}
	w.ctx = nil
	f := &Failure{Reason: ReasonExit, Err: errExit}
	v := recover()
	if v != nil {
		f.Reason, f.Err, f.Stack = ReasonPanic, panicError(v), debug.Stack()
	}
	w.regain(c)
	w.fail(c, w.task, f)
	if v == nil {
		w.x.succeedWorker(w.s)
		w.s = nil
	}
}

var errExit = errors.New("the function ended its goroutine (runtime.Goexit, or FailNow of package testing) instead of returning")

// succeedWorker starts a worker in place of one whose goroutine is being ended.
func (x *Executor) succeedWorker(s *slot) {
	if s != nil {
		x.start(s)
	} else {
		x.leave()
	}
}

// run runs task i, for which the caller holds a token: it claims the task, gathers its inputs, calls its function and
// settles the outcome.
func (w *worker) run(r *Run, i graph.Index) {
	s := w.s
	admitted := s.admitted
	w.expect, s.admitted, s.reserved = s.reserved, false, 0
	t := r.task(i)
	if r.cancelled.Load() != nil {
		w.unexpect()
		s.done(r)
		if r.needy {
			w.x.dropGrant(newItem(r.id, uint32(i)))
		}
		return
	}
	g := r.g.Load()
	number, refs := g.Task(i, w.room) // not the slot's buffer, which serves another worker while this task waits
	w.refs = refs
	c := &r.calls[number]
	if r.large {
		s.readAhead(r, g, i+ahead)
	}
	var held *grant
	if c.demand != nil {
		if held = w.x.acquire(newItem(r.id, uint32(i)), c, r.demandOf(i, c)); held == nil {
			w.unexpect()
			return
		}
	}
	if !admitted && !w.admit(r, i, c, refs, held) {
		w.x.giveBack(held)
		return
	}
	var attempt uint32
	var ok bool
	if c.gang {
		attempt, ok = t.claimOf(held)
	} else {
		attempt, ok = t.claim()
	}
	if !ok {
		w.unexpect()
		w.x.giveBack(held)
		s.done(r)
		return
	}
	if t.uses.Load() == 1 && !c.gang && t.win(attempt) {
		w.unexpect()
		w.x.giveBack(held)
		c.group.cancelled.Add(1)
		w.settle(r, i, t, StatusSkipped, nil)
		s.done(r)
		return
	}
	s.in, s.used, s.stored = s.in[:0], 0, false
	for k := 0; k < len(refs); k++ {
		s.in = append(s.in, s.input(r, g, refs, &k))
	}
	ctx := s.newContext(r)
	ctx.run, ctx.worker, ctx.started, ctx.index, ctx.attempt, ctx.call = r, w, s.now, i, attempt, number
	if c.limit > 0 {
		ctx.limit(c.limit)
	}
	if held != nil {
		ctx.extra().held = held
	}
	if c.gang {
		r.gangOf(i).enter(ctx)
	}
	s.current.Store(ctx)
	w.ctx, w.task = ctx, t
	var v any
	var err error
	if s.stored {
		v, err = w.invokePinned(ctx, c, s.in)
	} else {
		v, err = c.invoke(ctx, s.in)
	}
	w.ctx = nil
	w.regain(ctx)
	if err != nil {
		w.fail(ctx, t, &Failure{Reason: ReasonError, Err: err})
		return
	}
	w.succeed(ctx, t, c, v)
}

// admit counts the bytes that the task is expected to make, or holds it back.
func (w *worker) admit(r *Run, i graph.Index, c *call, refs []graph.Ref, held *grant) bool {
	if w.x.mark > 0 && inputs(refs) == 0 && !c.gang { // of a gang all have begun, or none
		taken := 0
		if held != nil {
			taken = len(held.slots)
		}
		n, back := w.x.holdBack(c, newItem(r.id, uint32(i)), taken)
		w.expect = n
		return !back
	}
	if w.expect = c.expected(); w.expect != 0 {
		w.x.expect(w.expect)
	}
	return true
}

// unexpect takes the expected bytes of the task off the count: what it really made is counted instead.
func (w *worker) unexpect() {
	if w.expect != 0 {
		w.x.expect(-w.expect)
		w.expect = 0
	}
}

// regain takes a slot again if the task's waiting has cost it, and ends what its context holds.
func (w *worker) regain(c *Context) {
	c.end()
	if len(w.views) > 0 {
		w.unpin()
	}
	w.unexpect()
	if w.s == nil {
		w.s = w.x.slotAfter(c)
		w.x.mu.Lock()
		delete(w.x.blocked, c)
		w.x.mu.Unlock()
	}
	if w.s != nil {
		w.s.now = w.x.now()
	}
}

// invoke calls the function of a task, or the functions of a fused one.
func (c *call) invoke(ctx *Context, in []any) (v any, err error) {
	if invariants.Enabled {
		in = CopyInputs(in) // to look at them afterwards, when the slot's buffers may serve another task
		sums := sumInputs(in)
		defer func() {
			if e := sums.check(in); e != nil && err == nil {
				v, err = nil, e
			}
		}()
	}
	if c.steps != nil {
		v, err = c.chain(ctx, in)
	} else {
		v, err = c.op.Call(ctx, in)
	}
	if list, ok := v.(*List); ok { // of an op that passes its argument on
		v = slices.Clone(*list)
	}
	return v, err
}

// chain runs the steps of a fused task one after the other.
func (c *call) chain(ctx *Context, in []any) (v any, err error) {
	in = CopyInputs(in) // a step may wait, and then the slot's buffers serve another task
	var args []any
	for _, st := range c.steps {
		args = args[:0]
		for _, n := range st.inputs {
			if n == graph.Previous {
				args = append(args, v)
			} else {
				args = append(args, in[n])
			}
		}
		if v, err = st.op.Call(ctx, args); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// CopyInputs returns a copy of what an op was called with, for one that waits and then reads it.
func CopyInputs(in []any) []any {
	in = slices.Clone(in)
	for k, v := range in {
		if list, ok := v.(*List); ok {
			c := slices.Clone(*list)
			in[k] = &c
		}
	}
	return in
}

// input returns the value of the argument that begins at refs[*k] and moves *k to the argument's last reference. Lists lie
// in buffers of the slot.
func (s *slot) input(r *Run, g *graph.Graph, refs []graph.Ref, k *int) any {
	a := refs[*k]
	switch {
	case a.Kind() == graph.RefExternal && r.exts[a.Table()].list:
		list := r.value(g, a).(List)
		for _, v := range list {
			s.notice(v)
		}
		return &list
	case a.Kind() != graph.RefList:
		v := r.value(g, a)
		s.notice(v)
		return v
	}
	if s.used == len(s.lists) {
		s.lists = append(s.lists, new(List))
	}
	list := s.lists[s.used]
	s.used++
	*list = (*list)[:0]
	for range a.Count() {
		*k++
		v := r.value(g, refs[*k])
		s.notice(v)
		*list = append(*list, v)
	}
	return list
}

// dropInputs lets go of the values that the slot's buffers still hold, and of buffers for long lists.
func (s *slot) dropInputs() {
	clear(s.in[:cap(s.in)])
	for k, list := range s.lists {
		if cap(*list) > maxListBuffer {
			s.lists[k] = new(List)
			continue
		}
		clear((*list)[:cap(*list)])
	}
}

// maxListBuffer is the number of items up to which a slot without work keeps its buffer for a list.
const maxListBuffer = 1024

// value returns what a reference of a claimed task refers to: its inputs are settled, and held for it until it ends.
func (r *Run) value(g *graph.Graph, a graph.Ref) any {
	switch a.Kind() {
	case graph.RefOutput:
		return output(r.task(a.Task()).value, a.Output())
	case graph.RefLiteral:
		return g.Literal(a.Table()).Live
	case graph.RefItem:
		return g.Literal(a.Table()).Live.(graph.Column).At(int(a.Item()))
	default:
		return r.exts[a.Table()].value()
	}
}

func output(v any, n uint16) any {
	if outs, ok := v.(Outputs); ok {
		return outs[n]
	}
	return v
}
