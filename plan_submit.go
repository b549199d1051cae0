package braid

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/plan"
)

// ErrNeedsPlan is the error of giving a collection whose functions only this process knows to a client whose tasks run
// in worker processes.
var ErrNeedsPlan = errors.New("only this process knows what it does, and the tasks of this client run in worker processes")

const planRemedy = `register a function that builds the collection, as a package variable: ` +
	`var p = braid.Plan("name", func(args T) … { … }), and compute p.Call(args); or use registered functions (braid.Func) with Map`

// SubmitPlan begins to compute a collection. It is what the packages of collections are made with: users call methods of
// their collections.
func (c *Client) SubmitPlan(ctx context.Context, s plan.Submission) (plan.Results, error) {
	switch {
	case c == nil:
		return nil, errNoClient
	case ctx.Err() != nil:
		return nil, fmt.Errorf("braid: submit: %w", context.Cause(ctx))
	case c.closed.Load():
		return nil, ErrClosed
	}
	p, err := plan.Fuse(s.Root)
	if err != nil {
		return nil, err
	}
	b := newBuilder(c)
	defer b.close()
	w, err := b.writing(p, s)
	if err != nil {
		return nil, err
	}
	parts, err := p.Parts()
	if err != nil {
		return nil, err
	}
	w.Parts, w.First, w.Count = parts, s.First, s.Count
	if w.Count == 0 {
		w.Count = parts.Len() - w.First
	}
	wants := p.Write(w)
	b.g.Number(c.number, c.submissions.Add(1))
	g, err := b.g.Build()
	if err != nil {
		return nil, err
	}
	run, err := c.launch(g, exec.Want{Tasks: wants})
	runtime.KeepAlive(parts)
	if err != nil {
		return nil, err
	}
	rows := p.Rows()
	return &partitions{c: c, run: run, wants: wants, decode: func(_ int, data []byte) (any, error) { return rows.Decode(data) }}, nil
}

// writing says how the tasks of a pipeline are written: with live functions in this process, and as a plan's name,
// arguments and number of the stage for others.
func (b *builder) writing(p *plan.Pipeline, s plan.Submission) (plan.Writing, error) {
	f, with, from := &function{name: p.Kind()}, plain, (*planCall)(nil)
	if o := p.Origin(); o != nil {
		from = o.Live.(*planCall)
		f = from.p.f
		if from.with != nil {
			with = from.with
		}
	}
	asked := &call{f: f, site: s.Site}
	if with.key != "" {
		return plan.Writing{}, b.wrong(asked, fmt.Errorf("Key(%q): a key names one task, and a collection has many", with.key))
	}
	w := plan.Writing{Graph: b.g}
	if b.client.cluster == nil && !with.traits.Isolated {
		if err := b.refuse(asked, with); err != nil {
			return w, b.wrong(asked, err)
		}
		w.Task = b.liveTasks(p, s, b.traitsOf(with))
		return w, nil
	}
	if from == nil {
		return w, fmt.Errorf("braid: %s: %w: %s", p.Bare().Where(), ErrNeedsPlan, planRemedy)
	}
	if err := b.refuse(asked, with); err != nil {
		return w, b.wrong(asked, err)
	}
	if verb, err := p.Check(); err != nil {
		return w, fmt.Errorf("braid: %s: what it makes cannot be sent to another process: %w", verb.Where(), err)
	}
	args, err := from.args()
	if err != nil {
		return w, b.wrong(asked, fmt.Errorf("its argument: %w", err))
	}
	w.Task = b.plannedTasks(p, s, b.opOf(f, with), b.traitsOf(with), planOrder{Args: args, Shape: p.Shape()})
	return w, nil
}

// liveTasks makes calls of the stages of a pipeline in this process.
func (b *builder) liveTasks(p *plan.Pipeline, s plan.Submission, traits uint32) func(int) (uint32, []graph.Ref) {
	calls := make(map[int]uint32, p.Stages())
	return func(n int) (uint32, []graph.Ref) {
		number, ok := calls[n]
		if !ok {
			stage := p.Stage(n)
			op := b.g.Op(graph.Op{Name: p.Kind() + "/" + stage.Name(), Impl: &exec.Op{
				Size: plan.Size, Encode: encodeAny, Form: formOf,
				Call: func(ctx context.Context, in []any) (any, error) { return runStage(ctx, stage, in[0], s.Limit) },
			}})
			number = b.g.Call(graph.Call{Op: op, Traits: traits, Site: b.g.Site(stage.Site())})
			calls[n] = number
		}
		return number, nil
	}
}

// plannedTasks makes calls of a plan that every process of the program knows.
func (b *builder) plannedTasks(p *plan.Pipeline, s plan.Submission, op, traits uint32, order planOrder) func(int) (uint32, []graph.Ref) {
	type made struct {
		number uint32
		head   []graph.Ref
	}
	orderRef := b.g.Literal(order)
	calls := make(map[int]made, p.Stages())
	return func(n int) (uint32, []graph.Ref) {
		m, ok := calls[n]
		if !ok {
			m.number = b.g.Call(graph.Call{Op: op, Traits: traits, Site: b.g.Site(p.Stage(n).Site())})
			m.head = []graph.Ref{orderRef, b.g.Literal(planStep{Stage: n, Limit: s.Limit})}
			calls[n] = m
		}
		return m.number, m.head
	}
}

// partitions are the results of a collection's submission.
type partitions struct {
	c      *Client
	run    *exec.Run
	wants  []graph.Index
	decode func(i int, data []byte) (any, error)
	gone   []bool // released; made when the first is
	done   bool   // nothing is left to be cancelled
}

func (p *partitions) Len() int { return len(p.wants) }

func (p *partitions) Get(ctx context.Context, i int) (any, error) {
	v, err := get(ctx, p.c, place{run: p.run, index: p.wants[i]})
	if err != nil {
		return nil, err
	}
	return p.value(i, v)
}

// value returns the rows that may have come as bytes.
func (p *partitions) value(i int, v any) (any, error) {
	if e, ok := v.(*exec.Encoded); ok {
		rows, err := p.decode(i, e.Data)
		if err != nil {
			return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.wants[i]), err)
		}
		return rows, nil
	}
	return v, nil
}

func (p *partitions) All(ctx context.Context) ([]any, error) {
	settled := newCompletions[int](len(p.wants)) // in any order, so that a failure is seen while others still run
	for k, i := range p.wants {
		p.run.Watch(i, func() { settled.add(k) })
	}
	values := make([]any, len(p.wants))
	for k := range settled.each(ctx) {
		v, f, err := p.run.Value(ctx, p.wants[k])
		if f != nil {
			return nil, taskError(f)
		}
		if err != nil {
			return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.wants[k]), err)
		}
		values[k] = v
	}
	if settled.left() > 0 {
		return nil, fmt.Errorf("braid: waiting for %s: %w", p.run.Label(), context.Cause(ctx))
	}
	p.done = true
	p.c.quiet()
	if err := p.c.bring(ctx, values); err != nil {
		return nil, fmt.Errorf("braid: results of %s: %w", p.run.Label(), err)
	}
	for k, v := range values {
		var err error
		if values[k], err = p.value(k, v); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Wait waits until all results are there. The first failure, in their order, is its error.
func (p *partitions) Wait(ctx context.Context) error {
	for _, i := range p.wants {
		if err := p.run.Wait(ctx, i); err != nil {
			return fmt.Errorf("braid: waiting for %s: %w", p.run.Name(i), err)
		}
		if _, f, _ := p.run.Outcome(i); f != nil {
			return taskError(f)
		}
	}
	p.done = true
	p.c.quiet()
	return nil
}

func (p *partitions) Release(i int) {
	if p.gone == nil {
		p.gone = make([]bool, len(p.wants))
	}
	if !p.gone[i] {
		p.gone[i] = true
		p.run.Release(p.wants[i])
	}
}

func (p *partitions) Close() {
	if !p.done {
		p.run.Cancel(ErrCancelled)
	}
	for i := range p.wants {
		p.Release(i)
	}
}
