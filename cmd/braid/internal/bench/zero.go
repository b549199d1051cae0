package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// zeroAgents is how many agents answer at once.
const zeroAgents = 2

// zeroServer is a scheduler in this process, with agents in another one that answer at once over Unix sockets. What this
// process uses of the cores is then what the scheduler and its sockets use, and a client that does next to nothing.
type zeroServer struct {
	kept      *keeping // nil without a journal
	folder    *launch.Dir
	listener  *link.Listener
	driver    *driver.Driver
	group     *launch.Group
	client    driver.Conn
	accepting sync.WaitGroup
	sequence  uint64
}

func openZeroServer(ctx context.Context, journal bool) (*zeroServer, error) {
	z := &zeroServer{}
	if err := z.open(ctx, journal); err != nil {
		return nil, errors.Join(err, z.close())
	}
	return z, nil
}

func (z *zeroServer) open(ctx context.Context, journal bool) error {
	identity, err := link.NewIdentity()
	if err != nil {
		return err
	}
	if z.folder, err = launch.Folder(); err != nil {
		return err
	}
	z.listener, err = link.Listen(ctx, link.Options{
		Address: "unix:" + z.folder.Path(), Identity: identity, Hello: link.Hello{Role: link.RoleScheduler, Name: "scheduler"},
	})
	if err != nil {
		return err
	}
	if err := z.begin(ctx, journal); err != nil {
		return err
	}
	z.accepting.Go(func() {
		for {
			conn, err := z.listener.Accept()
			if err != nil {
				return
			}
			_ = z.driver.Agent(conn) // who is refused is missed below
		}
	})
	issued, err := identity.Issue()
	if err != nil {
		return err
	}
	if z.group, err = benchProcesses(ctx, 1, benchWords{Agents: zeroAgents, Scheduler: z.listener.Addr(), Identity: issued}); err != nil {
		return err
	}
	for {
		n, changed := z.driver.Agents()
		if n == zeroAgents {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	ours, theirs := driver.Pipe()
	z.client = ours
	return z.driver.Client(theirs)
}

// begin starts the scheduler.
func (z *zeroServer) begin(ctx context.Context, journal bool) (err error) {
	if !journal {
		z.driver = driver.New(driver.Config{})
		return nil
	}
	if z.kept, err = openKeeping(ctx, ""); err != nil {
		return err
	}
	z.driver, err = driver.Open(driver.Config{Journal: z.kept.journal, Sched: sched.Config{Term: z.kept.lease.Term()}})
	return err
}

func (z *zeroServer) close() (err error) {
	if z.client != nil {
		err = z.client.Close()
	}
	if z.listener != nil {
		err = errors.Join(err, z.listener.Close())
	}
	z.accepting.Wait()
	if z.driver != nil {
		z.driver.Close()
	}
	if z.group != nil {
		z.group.Close()
	}
	if z.folder != nil {
		err = errors.Join(err, z.folder.Close())
	}
	if z.kept != nil {
		err = errors.Join(err, z.kept.close())
	}
	return err
}

// run hands an encoded graph in, waits for its results, releases them, and returns the CPU time of this process meanwhile.
func (z *zeroServer) run(ctx context.Context, encoded []byte, wanted []graph.Index) (time.Duration, error) {
	stop := context.AfterFunc(ctx, func() { _ = z.client.Close() })
	defer stop()
	runtime.GC()
	begin := machine.ProcessCPU()
	z.sequence++
	if err := z.client.Send(&word.Submit{Sequence: z.sequence, Graph: encoded, Wanted: wanted}); err != nil {
		return 0, err
	}
	run := word.Run(0)
	for left := len(wanted); left > 0; {
		w, err := z.client.Receive()
		if err != nil {
			return 0, err
		}
		switch w := w.(type) {
		case *word.Accepted:
			if w.Refused != "" {
				return 0, errors.New(w.Refused)
			}
			run = w.Run
		case *word.Settled:
			for _, o := range w.Tasks {
				if o.Status != word.StatusDone {
					return 0, fmt.Errorf("task %d ended with status %d", o.Index, o.Status)
				}
			}
			left -= len(w.Tasks)
		}
	}
	if err := z.client.Send(&word.Release{Run: run, All: true}); err != nil {
		return 0, err
	}
	for runs := 1; runs > 0; {
		if !z.driver.Do(func(s *sched.State) { runs = s.Stats().Runs }) {
			return 0, driver.ErrStopped
		}
	}
	return machine.ProcessCPU() - begin, nil
}

// zeroFigures measure what a task costs the scheduler. The floor is the scheduler's state machine alone, which neither
// decodes the graph nor cuts it into windows nor sends anything.
func zeroFigures(n int) (figures []figure) {
	for _, shape := range benchShapes {
		figures = append(figures, zeroFigure(shape, n, false))
	}
	return figures
}

func zeroFigure(shape benchShape, n int, journal bool) figure {
	name := "zero_worker." + shape.name
	var z *zeroServer
	var g *graph.Graph
	var wanted []graph.Index
	return figure{
		name: name, cases: []metric{{name + ".us_per_task", "us"}}, warm: true, skip: noCPUTime(),
		open: func(ctx context.Context) (closing func() error, err error) {
			g, wanted = shape.build(n)
			if z, err = openZeroServer(ctx, journal); err != nil {
				return nil, err
			}
			return z.close, nil
		},
		children: func() []int { return pidsOf(z.group) },
		measure: func(ctx context.Context) ([]float64, error) {
			g.Client, g.Submission = 1, g.Submission+1
			encoded, err := graph.Encode(g, graph.EncodeOptions{})
			if err != nil {
				return nil, err
			}
			took, err := z.run(ctx, encoded, wanted)
			return []float64{micro(took, g.Len())}, err
		},
		floor: func(context.Context) ([]float64, error) {
			runtime.GC()
			begin := machine.ProcessCPU()
			bare := newZeroCluster(sched.Config{}, zeroAgents)
			bare.submit(g, 1, wanted)
			bare.finish()
			took := machine.ProcessCPU() - begin
			if bare.done != g.Len() {
				return nil, fmt.Errorf("%d of %d tasks were done", bare.done, g.Len())
			}
			return []float64{micro(took, g.Len())}, nil
		},
	}
}

// pidsOf returns the process ids of a group.
func pidsOf(group *launch.Group) (pids []int) {
	for _, p := range group.Processes() {
		pids = append(pids, p.Pid())
	}
	return pids
}

// noCPUTime says why nothing can be measured by CPU time, if that is so.
func noCPUTime() string {
	if machine.ProcessCPU() > 0 {
		return ""
	}
	return "this system does not tell how much CPU time a process has used"
}
