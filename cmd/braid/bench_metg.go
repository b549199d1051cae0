package main

import (
	"context"
	"fmt"
	"io"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/taskbench"
)

// benchClient opens a client that says nothing on the terminal, which is what would be measured otherwise. All else is
// as users have it.
func benchClient(ctx context.Context, slots int) (*braid.Client, error) {
	return braid.Open(ctx, braid.Options{Slots: slots, Report: io.Discard})
}

// metgFigure searches the METG of a graph on a client, and without an engine.
func metgFigure(m metgFlags, g taskbench.Graph) figure {
	name := fmt.Sprintf("metg%d.%v.w%d.%s", m.percent, g.Pattern, g.Width, m.client)
	goal := float64(m.percent) / 100
	var client *braid.Client
	var work *taskbench.Work
	var bare *taskbench.Bare
	search := func(ctx context.Context, run func(context.Context, int) (taskbench.Result, error)) ([]float64, error) {
		found, err := taskbench.Search(ctx, goal, g.Measure(m.slots, run))
		if err != nil {
			return nil, err
		}
		return []float64{found.Granularity, found.Kernel}, nil
	}
	return figure{
		name:  name,
		cases: []metric{{name + ".us", "us"}, {name + ".kernel.us", "us"}},
		open: func(ctx context.Context) (closing func() error, err error) {
			if bare, err = taskbench.PrepareBare(g); err != nil {
				return nil, err
			}
			if work, err = taskbench.Prepare(g); err != nil {
				return nil, err
			}
			if client, err = benchClient(ctx, m.slots); err != nil {
				work.Close()
				return nil, err
			}
			return func() error {
				err := client.Close() // waits for tasks, which look at their graph
				work.Close()
				return err
			}, nil
		},
		measure: func(ctx context.Context) ([]float64, error) {
			return search(ctx, func(ctx context.Context, iterations int) (taskbench.Result, error) {
				work.SetIterations(iterations)
				return work.Run(ctx, client)
			})
		},
		floor: func(ctx context.Context) ([]float64, error) {
			return search(ctx, func(ctx context.Context, iterations int) (taskbench.Result, error) {
				bare.SetIterations(iterations)
				return bare.Run(ctx, m.slots)
			})
		},
	}
}
