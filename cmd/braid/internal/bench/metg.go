package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/workers"
	"github.com/braid-compute/braid/internal/taskbench"
)

// benchClient opens a client that says nothing on the terminal, which is what would be measured otherwise. All else is
// as users have it.
func benchClient(ctx context.Context, slots int) (*braid.Client, error) {
	return braid.Open(ctx, braid.Options{Slots: slots, Report: io.Discard})
}

// metgProcesses is how many worker processes of one slot each the client of that name has.
const metgProcesses = 2

// open opens the client that the flags ask for, and writes the graph down for it.
func (m metgFlags) open(ctx context.Context, g taskbench.Graph) (*braid.Client, *taskbench.Work, error) {
	if m.client != processesClient {
		work, err := taskbench.Prepare(g)
		if err != nil {
			return nil, nil, err
		}
		c, err := benchClient(ctx, m.slots)
		if err != nil {
			work.Close()
		}
		return c, work, err
	}
	work, err := taskbench.PrepareRemote(g)
	if err != nil {
		return nil, nil, err
	}
	c, err := benchWorkers(ctx, metgProcesses)
	return c, work, err
}

// cores returns how many cores the client of the flags may use for tasks.
func (m metgFlags) cores() int {
	if m.client == processesClient {
		return metgProcesses
	}
	return m.slots
}

// benchWorkers opens a client of worker processes of one slot each, and waits until all of them work.
func benchWorkers(ctx context.Context, n int) (*braid.Client, error) {
	c, err := braid.Open(ctx, braid.Options{Processes: n, Slots: 1, Report: io.Discard})
	if err != nil {
		return nil, err
	}
	if _, err := workers.Await(ctx, c, n); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// How long one search may take, and all of a graph, unless the first takes longer.
const (
	metgSearch = 35 * time.Second
	metgBox    = 50 * time.Second
)

// metgFigure searches the METG of a graph on a client, and without an engine: on as many goroutines of this process as the
// client has slots.
func metgFigure(m metgFlags, g taskbench.Graph) figure {
	name := fmt.Sprintf("metg%d.%v.w%d.%s", m.percent, g.Pattern, g.Width, m.client)
	goal := float64(m.percent) / 100
	var client *braid.Client
	var work *taskbench.Work
	var bare *taskbench.Bare
	// Each search begins where the one before ended; from is for that.
	search := func(ctx context.Context, from *int, run func(context.Context, int) (taskbench.Result, error)) ([]float64, error) {
		found, err := taskbench.Search(ctx, goal, taskbench.Bounds{From: *from, Box: metgSearch}, g.Measure(m.cores(), run))
		if err != nil {
			return nil, err
		}
		*from = found.Iterations()
		return []float64{found.Granularity, found.Kernel}, nil
	}
	var from, bareFrom int
	return figure{
		name:  name,
		cases: []metric{{name + ".us", "us"}, {name + ".kernel.us", "us"}},
		box:   metgBox,
		open: func(ctx context.Context) (closing func() error, err error) {
			if bare, err = taskbench.PrepareBare(g); err != nil {
				return nil, err
			}
			if client, work, err = m.open(ctx, g); err != nil {
				return nil, err
			}
			return func() error {
				err := client.Close() // waits for tasks, which look at their graph
				work.Close()
				return err
			}, nil
		},
		children: func() []int { return client.Pids() },
		measure: func(ctx context.Context) ([]float64, error) {
			return search(ctx, &from, func(ctx context.Context, iterations int) (taskbench.Result, error) {
				work.SetIterations(iterations)
				return work.Run(ctx, client)
			})
		},
		floor: func(ctx context.Context) ([]float64, error) {
			return search(ctx, &bareFrom, func(ctx context.Context, iterations int) (taskbench.Result, error) {
				bare.SetIterations(iterations)
				return bare.Run(ctx, m.cores())
			})
		},
	}
}
