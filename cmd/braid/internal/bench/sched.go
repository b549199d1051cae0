package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// schedulerBytesFigure is the memory of the scheduler for a task of a stencil of which all results are held. The floor is the
// graph alone.
func schedulerBytesFigure(n int) figure {
	return figure{
		name: "scheduler.bytes_per_task", cases: []metric{{"scheduler.bytes_per_task", "bytes"}},
		measure: func(context.Context) (bytes []float64, err error) {
			tasks := n / stencilWidth * stencilWidth
			return grown(tasks, func() any {
				g, _ := stencilGraph(n)
				z := newZeroCluster(sched.Config{}, zeroAgents)
				z.submit(g, 1, nil)
				z.finish()
				if z.done != g.Len() {
					err = fmt.Errorf("%d of %d tasks were done", z.done, g.Len())
				}
				z.effects = nil
				return z
			}), err
		},
		floor: func(context.Context) ([]float64, error) {
			return grown(n/stencilWidth*stencilWidth, func() any {
				g, _ := stencilGraph(n)
				return g
			}), nil
		},
	}
}

// eventSizes are clusters and maps with which the scheduler's time for an event is measured.
var eventSizes = []struct{ workers, tasks int }{{10, 100_000}, {100, 1_000_000}, {1000, 1_000_000}, {10_000, 1_000_000}}

const (
	eventWindow  = 8       // tasks that an agent has at a time
	mostEvents   = 200_000 // that are measured of one map, unless it is to be run to its end
	eventWorkers = 10      // of a map that is
)

// eventFigures measure one task's end: the step that takes it in, and the plan after it. Agents and links are made up. If whole is not
// 0, another map of so many tasks is run to its end.
func eventFigures(quick bool, whole int) (figures []figure) {
	for _, size := range eventSizes {
		tasks := size.tasks
		if quick {
			tasks /= 100
		}
		figures = append(figures, eventFigure(size.workers, tasks, mostEvents))
	}
	if whole > 0 {
		figures = append(figures, eventFigure(eventWorkers, whole, whole))
	}
	return figures
}

// eventFigure measures so many ends at most of a map on so many workers.
func eventFigure(workers, tasks, most int) figure {
	name := fmt.Sprintf("sim.%d.%d", workers, tasks)
	var g *graph.Graph
	return figure{
		name: name, cases: []metric{{name + ".us_per_event", "us"}}, warm: true,
		open: func(context.Context) (func() error, error) {
			g = mapGraph(tasks)
			return func() error { return nil }, nil
		},
		measure: func(ctx context.Context) ([]float64, error) { return events(ctx, g, workers, most) },
	}
}

// events runs a map on a made-up cluster whose tasks end one by one, most of them at most, and returns the µs for one end.
func events(ctx context.Context, g *graph.Graph, workers, most int) ([]float64, error) {
	z := newZeroCluster(sched.Config{WindowTasks: eventWindow}, workers)
	var ends []sched.AgentWord
	take := func() {
		z.assigned(func(to word.Agent, a *word.Assign) {
			for _, t := range a.Tasks {
				done := &word.Done{Tasks: []word.Finished{{Block: t, Bytes: zeroBytes, Nanos: zeroNanos}}}
				ends = append(ends, sched.AgentWord{Agent: to, Word: done})
			}
		})
	}
	z.submit(g, 1, nil)
	take()
	for z.state.More() {
		z.plan()
		take()
	}
	runtime.GC()
	n := min(g.Len(), most)
	start := time.Now()
	for k := range n {
		if k%mostEvents == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if k == len(ends) {
			return nil, fmt.Errorf("after %d of %d events the scheduler has assigned nothing more", k, n)
		}
		z.step(ends[k])
		z.plan()
		take()
	}
	return []float64{micro(time.Since(start), n)}, nil
}
