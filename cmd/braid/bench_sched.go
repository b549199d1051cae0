package main

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
	eventWindow = 8       // tasks that an agent has at a time
	mostEvents  = 200_000 // that are measured of one map
)

// eventFigures measure one task's end: the step that takes it in, and the plan after it. Agents and links are made up.
func eventFigures(quick bool) (figures []figure) {
	for _, size := range eventSizes {
		tasks := size.tasks
		if quick {
			tasks /= 100
		}
		name := fmt.Sprintf("sim.%d.%d", size.workers, tasks)
		var g *graph.Graph
		figures = append(figures, figure{
			name: name, cases: []metric{{name + ".us_per_event", "us"}}, warm: true,
			open: func(context.Context) (func() error, error) {
				g = mapGraph(tasks)
				return func() error { return nil }, nil
			},
			measure: func(context.Context) ([]float64, error) { return events(g, size.workers) },
		})
	}
	return figures
}

// events runs a map on a made-up cluster whose tasks end one by one, and returns the µs for one end.
func events(g *graph.Graph, workers int) ([]float64, error) {
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
	n := min(g.Len(), mostEvents)
	start := time.Now()
	for k := range n {
		if k == len(ends) {
			return nil, fmt.Errorf("after %d of %d events the scheduler has assigned nothing more", k, n)
		}
		z.step(ends[k])
		z.plan()
		take()
	}
	return []float64{micro(time.Since(start), n)}, nil
}
