package braid

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/runner"
	"github.com/braid-compute/braid/internal/session"
	"github.com/braid-compute/braid/internal/word"
)

// isolatedMark stands before the signature of a function whose calls run in processes of their own.
const isolatedMark = "isolated "

// alone returns the function as it is called with the option Isolated.
func (f *function) alone() *function {
	f.isolate.Do(func() {
		f.isolated = &function{
			name: f.name, signature: isolatedMark + f.signature, site: f.site, typ: f.typ, border: f.border,
			op: &exec.Op{Size: f.op.Size, Encode: encodeAny, Form: formOf, Lends: true, Call: f.callAlone},
		}
	})
	return f.isolated
}

// callAlone runs one call in a process that is started for it and ends with it.
func (f *function) callAlone(ctx context.Context, in []any) (any, error) {
	q, over, err := local.Request(ctx, graph.Op{Name: f.name, Signature: f.signature}, in)
	if err != nil {
		return nil, err
	}
	defer over()
	r, err := runner.Start(ctx, "", runner.Options{
		Cores: 1, Env: []string{"BRAID_CORES=1"},
		Output: func(line []byte) { fmt.Fprintf(os.Stderr, "%s: %s\n", strings.TrimPrefix(f.name, "go/"), line) },
	})
	if err != nil {
		return nil, fmt.Errorf("start a process for the call: %w", err)
	}
	defer r.Close()
	answer, err := r.Call(ctx, q)
	if err != nil {
		return nil, local.Ended(q, err)
	}
	return local.Result(answer)
}

// serveCalls is the body of a runner: a process for a single call, or, if it has start words, for calls of a cluster whose workers are
// of another build.
func serveCalls() int {
	leaveInterrupts()
	words, err := launch.Payload()
	c := &callRunner{single: len(words) == 0}
	c.x = exec.New(exec.Config{Slots: 1, Owner: (*Client)(nil)})
	if len(words) > 0 {
		err = errors.Join(err, c.serveCluster(words))
	}
	if err == nil {
		err = runner.Work(c.run)
	}
	fmt.Fprintln(os.Stderr, "braid: a process for calls:", err)
	return exitFailed
}

// callRunner runs calls in a runner, one at a time.
type callRunner struct {
	x      *exec.Executor
	single bool // the process ends with its call

	mu    sync.Mutex
	task  *exec.Run // the call that runs
	place *runner.Place
}

// serveCluster makes it one for a cluster: its tasks find a client in their context, which connects when the first of them submits
// something.
func (c *callRunner) serveCluster(words []byte) error {
	remote, err := local.Guest(words)
	if err != nil {
		return err
	}
	guest := taskClient()
	guest.cluster.connect = func() (*session.Session, error) {
		s, err := attach(context.Background(), guest, remote)
		if code := remote.Code(); code != guest.cluster.code { // it does not change later, when others read it
			guest.cluster.code = code
		}
		return s, err
	}
	c.x = exec.New(exec.Config{Slots: 1, Owner: guest, Elsewhere: c, Meet: c.meet})
	return runHooks(context.Background())
}

// Yield implements [exec.Yielding]: the slot is the worker's.
func (c *callRunner) Yield(r *exec.Run, what string) {
	if p := c.placeOf(r); p != nil {
		p.Yield(what)
	}
}

// Retake implements [exec.Yielding].
func (c *callRunner) Retake(r *exec.Run) {
	if p := c.placeOf(r); p != nil {
		p.Retake()
	}
}

// meet lets a call meet the others of its gang, which the worker knows; see [exec.Config].
func (c *callRunner) meet(ctx context.Context, task *exec.Context, data []byte) ([][]byte, error) {
	p := c.placeOf(task.Run())
	if p == nil {
		return nil, errors.New("the call has returned")
	}
	m, err := p.Come(data)
	if err == nil {
		err = exec.AwaitMeeting(ctx, m.Over())
	}
	if err != nil {
		return nil, err
	}
	return m.All()
}

// placeOf returns the place of a call, nil if that is over and somebody whom it left behind still waits.
func (c *callRunner) placeOf(r *exec.Run) *runner.Place {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.task != r {
		return nil
	}
	return c.place
}

// run runs one call as a task of the executor, so that it finds there what tasks do. The task is not cancelled: a call has its
// answer when its function has returned.
func (c *callRunner) run(ctx context.Context, q runner.Request, place *runner.Place) runner.Response {
	op, err := lookup(graph.Op{Name: q.Op, Signature: q.Signature})
	if err != nil {
		return failed(runner.KindUnknown, err)
	}
	in := make([]any, len(q.Args))
	for k, data := range q.Args {
		in[k] = &exec.Encoded{Data: data}
	}
	switch {
	case c.single:
		place.Keep() // and they are the function's own
	case !op.Looks:
		for _, l := range q.Loans {
			in[l.Arg].(*exec.Encoded).Lent = true
		}
	}
	b := graph.NewBuilder()
	number := b.Op(graph.Op{Name: q.Op, Signature: q.Signature, Impl: &exec.Op{
		Call: func(task context.Context, _ []any) (any, error) { return op.Call(&callContext{ctx, task}, in) },
	}})
	i := b.Add(b.Call(graph.Call{Op: number, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)}))
	g, err := b.Build()
	if err != nil {
		return failed(runner.KindArguments, err)
	}
	c.mu.Lock() // until it is known whose place it is
	run, err := c.x.Submit(g, exec.Want{All: true})
	c.task, c.place = run, place
	c.mu.Unlock()
	if err != nil {
		return failed(runner.KindError, err)
	}
	_ = run.WaitAll(context.Background())
	v, f, _ := run.Outcome(i)
	run.Release(i)
	if f != nil {
		return outcome(f)
	}
	return answer(ctx, op, v, place)
}

// answer returns a result as a call's answer: put where the worker has it, if it is large.
func answer(ctx context.Context, op *exec.Op, v any, place *runner.Place) runner.Response {
	var head, data []byte
	var parts bool
	if op.Form != nil && v != nil {
		if f := op.Form(v); f != nil {
			head, data, parts = f.Parts(v)
		}
	}
	if !parts {
		var err error
		if data, err = op.Encode(v); err != nil {
			return failed(runner.KindResult, err)
		}
	}
	if n := len(head) + len(data); n >= exec.LeastLent {
		if room := place.Room(ctx, int64(n)); room != nil {
			copy(room[copy(room, head):], data)
			return runner.Response{Placed: true}
		}
	}
	if len(head) > 0 {
		data = slices.Concat(head, data)
	}
	return runner.Response{Outputs: [][]byte{data}}
}

// callContext ends as a call does and holds what a task's context holds.
type callContext struct {
	context.Context
	task context.Context
}

func (c *callContext) Value(key any) any {
	if v := c.task.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// outcome returns a task's failure as an answer.
func outcome(f *exec.Failure) runner.Response {
	switch f.Reason {
	case exec.ReasonPanic:
		a := failed(runner.KindPanic, f.Err)
		a.Failure.Text = strings.TrimPrefix(a.Failure.Text, "panic: ") // the kind says it
		a.Failure.Stack = f.Stack
		return a
	case exec.ReasonExit:
		return failed(runner.KindExit, f.Err)
	}
	if errors.Is(f.Err, context.DeadlineExceeded) {
		return failed(runner.KindLimit, f.Err)
	}
	return failed(runner.KindError, f.Err)
}

func failed(k runner.Kind, err error) runner.Response {
	known := word.Failure{}
	known.Note(err)
	return runner.Response{Failure: &runner.Failure{Kind: k, Text: err.Error(), Is: known.Is}}
}
