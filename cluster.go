package braid

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/progress"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/session"
	"github.com/braid-compute/braid/internal/word"
)

// cluster is what a client has whose tasks run in other processes.
type cluster struct {
	c         *Client
	processes *local.Cluster // the workers that this client started; nil if they are somebody else's
	address   string         // of somebody else's
	connect   func() (*session.Session, error)
	code      graph.CodeID // that ops carry, if the workers are of another build; set by attachTo

	mu      sync.Mutex
	session *session.Session
	err     error
}

// ErrNoMain is the error of asking for worker processes in a program that could not serve as one.
var ErrNoMain = errors.New("worker processes run this same program, which must then be started by braid.Main, or in tests by braid.TestMain")

// startProcesses starts worker processes for a client, and says what each offers.
func startProcesses(ctx context.Context, c *Client, n int, offered []word.Resource) (*cluster, error) {
	if !program.serves.Load() {
		return nil, ErrNoMain
	}
	processes, err := local.Start(ctx, local.Options{
		Processes: n, Slots: c.slots, CloseTimeout: c.closeTimeout, Memory: max(c.memoryLimit, 0), Scratch: c.scratch, Resources: offered,
		Log:    c.say,
		Output: c.workerOutput,
		Joined: c.workerJoined,
		Lost:   c.workerLost,
	})
	if err != nil {
		return nil, err
	}
	cl := &cluster{c: c, processes: processes}
	conn, err := processes.Connect()
	if err != nil {
		return nil, errors.Join(err, processes.Close())
	}
	cl.session = session.New(session.Options{
		Scheduler: conn, Executor: c.x,
		Dial: func(address string) (session.Conn, error) { return processes.Dial(address) },
	})
	return cl, nil
}

// attachTo connects a client to a cluster that somebody else started.
func attachTo(ctx context.Context, c *Client, address string) (*cluster, error) {
	r, err := local.Attach(address)
	if err != nil {
		return nil, err
	}
	cl := &cluster{c: c, address: address}
	cl.session, err = attach(ctx, c, r)
	cl.code = r.Code()
	return cl, err
}

// attach connects to a scheduler as a client.
func attach(ctx context.Context, c *Client, r local.Remote) (*session.Session, error) {
	conn, err := r.Connect(ctx, func(text string) { c.say("%s", text) })
	if err != nil {
		return nil, fmt.Errorf("connect to the scheduler: %w", err)
	}
	return session.New(session.Options{
		Scheduler: conn, Executor: c.x,
		Dial: func(address string) (session.Conn, error) { return r.Dial(address) },
	}), nil
}

// of returns the session. Where connecting was left until somebody needs it, it connects first, and anew when the last session has ended:
// tasks come and go in a process that may outlive it.
func (cl *cluster) of() (*session.Session, error) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.connect == nil || cl.err != nil {
		return cl.session, cl.err
	}
	if cl.session != nil {
		select {
		case <-cl.session.Done():
			_ = cl.session.Close()
			cl.session = nil
		default:
			return cl.session, nil
		}
	}
	s, err := cl.connect()
	if err == nil {
		cl.session = s
	}
	return s, err
}

// close leaves the cluster, and ends it if it is this client's own.
func (cl *cluster) close() error {
	cl.mu.Lock()
	s := cl.session
	cl.err = ErrClosed
	cl.mu.Unlock()
	var errs []error
	if s != nil {
		errs = append(errs, s.Close())
	}
	if cl.processes != nil {
		errs = append(errs, cl.processes.Close())
	}
	return errors.Join(errs...)
}

// launch begins to run a graph, here or on the cluster.
func (c *Client) launch(g *graph.Graph, want exec.Want) (*exec.Run, error) {
	if c.cluster == nil {
		return c.x.Submit(g, want)
	}
	s, err := c.cluster.of()
	if err != nil {
		return nil, err
	}
	run, err := s.Submit(c.cluster.coded(g), want)
	if errors.Is(err, session.ErrLost) && c.closed.Load() {
		err = ErrClosed
	}
	return run, err
}

// attend waits for a moment for a task on the cluster, if it is likely to end soon. The caller then waits as long as it takes.
func (c *Client) attend(ctx context.Context, p place) {
	if c.cluster == nil || c.cluster.processes == nil || exec.FromContext(ctx) != nil || p.run.Status(p.index).Settled() {
		return
	}
	if s, err := c.cluster.of(); err == nil {
		s.Attend(func() bool { return p.run.Status(p.index).Settled() || ctx.Err() != nil })
	}
}

// coded returns a graph whose ops say which program knows them, where the workers are of another build than this one. What is
// braid's own is the same in all.
func (cl *cluster) coded(g *graph.Graph) *graph.Graph {
	if cl.code == (graph.CodeID{}) {
		return g
	}
	own, err := g.Bind(graph.Binding{Op: func(op graph.Op) (any, error) { return op.Impl, nil }})
	if err != nil {
		return g // nothing in it fails
	}
	ops := own.Ops() // a copy, which nobody else has
	for k := range ops {
		if ops[k].Name != passOn.name {
			ops[k].Code = cl.code
		}
	}
	return own
}

// cancel asks the scheduler to cancel tasks of a run, all if none are given, and waits until it has said what became of
// them.
func (cl *cluster) cancel(r *exec.Run, tasks ...graph.Index) {
	s, err := cl.of()
	if err != nil {
		return
	}
	s.Cancel(r, tasks...)
	for _, i := range tasks {
		_ = r.Wait(context.Background(), i) // ends with the session at the latest
	}
	if len(tasks) == 0 {
		_ = r.WaitAll(context.Background())
	}
}

// explain asks the scheduler where a task is. What has its outcome here is explained here.
func (cl *cluster) explain(p place) Explanation {
	e := Explanation{Task: p.run.Name(p.index), Site: p.run.Site(p.index), Attempts: p.run.Attempts(p.index)}
	v, f, settled := p.run.Outcome(p.index)
	if _, kept := v.(*exec.Encoded); kept && !p.run.Released(p.index) {
		e.State, e.Why = p.run.Status(p.index).String(), "its result was kept by Memo"
		return e
	}
	s, err := cl.of()
	if err != nil {
		e.State, e.Why = "unknown", err.Error()
		return e
	}
	ctx, cancel := context.WithTimeout(context.Background(), explainTimeout)
	defer cancel()
	x, err := s.Explain(ctx, p.run, p.index)
	if err != nil {
		x.State, x.Why = "unknown", err.Error()
	}
	e.State, e.Why, e.Attempt, e.Since = x.State, x.Why, int(x.Attempt), time.Duration(x.Nanos)
	switch {
	case p.run.Released(p.index):
		e.State, e.Why = "released", ""
	case settled && e.State != "cancelling":
		e.State = p.run.Status(p.index).String()
	}
	if f != nil {
		t := taskError(f)
		e.Attempt, e.Why = t.Attempt, strings.TrimPrefix(t.Error(), "braid: ")
	}
	return e
}

// explainTimeout is how long a question may take.
const explainTimeout = 10 * time.Second

// fetch gets results that are elsewhere as bytes, all of them at once.
func (c *Client) fetch(ctx context.Context, far []*session.Remote) ([]*exec.Encoded, error) {
	if len(far) == 0 {
		return nil, nil
	}
	s, err := c.cluster.of()
	if s == nil {
		return nil, err
	}
	return s.Fetch(ctx, far) // also after Close: it knows what came along, and says why the rest cannot be had
}

// bring replaces values that are elsewhere by their bytes, getting all of them at once.
func (c *Client) bring(ctx context.Context, values []any) error {
	if c.cluster == nil {
		return nil
	}
	var far farResults
	for k, v := range values {
		far.add(k, v)
	}
	found, err := c.fetch(ctx, far.values)
	for k, e := range found {
		values[far.at[k]] = e
	}
	return err
}

// unfetched says why results could not be got. That a task has failed after it was done is its failure, like any other.
func unfetched(what string, err error) error {
	var f *session.FailedError
	if errors.As(err, &f) {
		return taskError(f.Failure)
	}
	return fmt.Errorf("braid: %s: %w", what, err)
}

// stats asks the scheduler for its counts.
func (cl *cluster) stats() (st sched.Stats) {
	if cl.processes != nil {
		cl.processes.Driver().Do(func(s *sched.State) { st = s.Stats() })
	}
	return st
}

// String describes the client and its workers.
func (cl *cluster) String() string {
	if cl.processes == nil {
		if cl.address == "" {
			return "braid client, of a task in a worker process"
		}
		return "braid client of the cluster at " + cl.address
	}
	st := cl.stats()
	s := fmt.Sprintf("braid client of %d worker processes on this machine\n  workers  %d joined, with %d slots; %d tasks assigned",
		len(cl.processes.Processes()), st.Agents, st.Slots, st.Running)
	for _, p := range cl.processes.Processes() {
		s += fmt.Sprintf("\n             %v, process %d", p, p.Pid())
	}
	if limit := cl.c.memoryLimit; limit > 0 {
		s += "\n  memory   up to " + progress.Bytes(limit) + " in each"
	}
	return s + "\n  page     none\n  address  " + cl.processes.File() + "\n  scratch  " + cl.c.scratchLine()
}

// snapshot reads what the progress display shows.
func (cl *cluster) snapshot() progress.Snapshot {
	c, st := cl.c, cl.stats()
	s := progress.Snapshot{
		Elapsed: time.Since(c.opened), Slots: st.Slots, Running: min(st.Running, st.Slots), CoresHeld: c.cores.N,
	}
	own := word.Client(0)
	if ses, err := cl.of(); err == nil {
		own = ses.Client()
	}
	for _, g := range st.Groups {
		if g.Client != own {
			continue
		}
		s.Groups = append(s.Groups, progress.Group{
			Name: g.Name, Total: int64(g.Total), Done: int64(g.Done), Failed: int64(g.Failed), Cancelled: int64(g.Cancelled),
			Busy: time.Duration(g.Nanos),
		})
	}
	return s
}

// Pids returns the process ids of the worker processes that the client started, in the order of their numbers, also of
// those that have ended; nil for a client whose tasks run in this process.
func (c *Client) Pids() []int {
	if c.cluster == nil || c.cluster.processes == nil {
		return nil
	}
	var pids []int
	for _, p := range c.cluster.processes.Processes() {
		pids = append(pids, p.Pid())
	}
	return pids
}
