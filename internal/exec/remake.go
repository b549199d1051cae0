package exec

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// remaking is the results that are being made again.
type remaking struct {
	mu   sync.Mutex
	jobs map[*block.Block]*remake
}

// remake is a run that makes a lost result again. Whoever needs the result waits for it; the last who goes lets the run go.
type remake struct {
	ready   chan struct{} // closed when run or err is set
	run     *Run
	task    graph.Index
	err     error
	waiting int // guarded by remaking.mu
}

// mend makes the result of task i again, which the store has lost, and gives the block its value back. It returns why that cannot
// be done. Waiting with the context of a task yields its slot. The caller holds the block.
func (r *Run) mend(ctx context.Context, i graph.Index, b *block.Block) error {
	m := &r.x.remaking
	m.mu.Lock()
	job, begin := m.jobs[b], false
	if job == nil && !b.Lost() { // it was made again meanwhile
		m.mu.Unlock()
		return nil
	}
	if job == nil {
		if m.jobs == nil {
			m.jobs = make(map[*block.Block]*remake)
		}
		job, begin = &remake{ready: make(chan struct{})}, true
		m.jobs[b] = job
	}
	job.waiting++
	m.mu.Unlock()
	if begin {
		job.run, job.task, job.err = r.again(i)
		close(job.ready)
	}
	err := r.x.wait(ctx, job.ready, func() string { return r.Name(i) })
	if err == nil {
		err = job.err
	}
	if err == nil {
		err = job.finish(ctx, b)
	}
	m.mu.Lock()
	job.waiting--
	last := job.waiting == 0
	if last {
		delete(m.jobs, b)
	}
	m.mu.Unlock()
	if last && job.run != nil {
		job.run.ReleaseAll(ErrCancelled)
	}
	return err
}

// finish waits for the run and gives the block what it has made.
func (j *remake) finish(ctx context.Context, b *block.Block) error {
	if err := j.run.Wait(ctx, j.task); err != nil {
		return err
	}
	v, f, err := j.run.Value(ctx, j.task)
	switch {
	case f != nil:
		return fmt.Errorf("making it again: %w", f.Root().Err)
	case err != nil:
		return fmt.Errorf("making it again: %w", err)
	}
	return b.Restore(ctx, v)
}

// again submits what makes the results of tasks of this run once more, and returns the run and the number that the first task has
// there; the others follow it if they follow it here.
func (r *Run) again(tasks ...graph.Index) (*Run, graph.Index, error) {
	g := r.g.Load()
	if g == nil {
		kept := r.recipe.Load()
		if kept == nil {
			return nil, 0, errNoRecipe
		}
		g = kept.g
	}
	if r.promise != nil {
		return nil, 0, errOutside
	}
	g, to := g.Cull(tasks...)
	if err := repeatable(g); err != nil {
		return nil, 0, err
	}
	var release []func()
	defer func() {
		for _, f := range release {
			f()
		}
	}()
	g, err := g.Bind(graph.Binding{External: func(e graph.External) (graph.External, error) {
		e, f, err := held(e)
		if f != nil {
			release = append(release, f)
		}
		return e, err
	}})
	if err != nil {
		return nil, 0, err
	}
	want := Want{Tasks: make([]graph.Index, len(tasks))}
	for k, i := range tasks {
		want.Tasks[k], _ = to.To(i)
	}
	run, err := r.x.Submit(g, want)
	if err != nil {
		return nil, 0, err
	}
	return run, want.Tasks[0], nil
}

// repeatable returns why the tasks of a graph are not run again, or nil.
func repeatable(g *graph.Graph) error {
	calls, traits := g.Calls(), g.Traits()
	for i := range graph.Index(g.Len()) {
		switch t := traits[calls[g.CallOf(i)].Traits]; {
		case t.Impure:
			return errImpure
		case t.Lifetime == graph.LifetimeGang:
			return errGang
		}
	}
	return nil
}

// held returns an external whose results are there until release is called: as it is, or made again.
func held(e graph.External) (_ graph.External, release func(), err error) {
	from := e.Live.(Source)
	n := e.Count
	if !e.List {
		n = 1
	}
	x := external{run: from, first: e.Task, count: n}
	if x.pin() {
		return e, x.unpin, nil
	}
	tasks := make([]graph.Index, n)
	for k := range tasks {
		tasks[k] = e.Task + graph.Index(k)
	}
	run, first, err := from.again(tasks...)
	if err != nil {
		return e, nil, fmt.Errorf("%s, which it was made from, was released: %w", from.Name(e.Task), err)
	}
	e.Live, e.Task = run, first
	return e, func() { run.ReleaseAll(ErrCancelled) }, nil
}

// maxMends bounds how often a result is made again for one reader: a disk that spoils what is written to it ends that.
const maxMends = 3

// mended calls use until that does not fail for want of the block, making its result again in between.
func mended[T any](ctx context.Context, r *Run, i graph.Index, b *block.Block, use func(context.Context) (T, error)) (T, error) {
	for n := 0; ; n++ {
		v, err := use(ctx)
		if err == nil || !errors.Is(err, block.ErrLost) || !r.x.config.Remake || n == maxMends {
			return v, err
		}
		if e := r.mend(ctx, i, b); e != nil {
			return v, fmt.Errorf("%w; %w", err, e)
		}
	}
}
