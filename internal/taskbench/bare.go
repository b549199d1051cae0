package taskbench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Bare is a graph made ready for [Counters]: the same tasks, with the same kernels and the same checks of their inputs, but
// without an engine.
type Bare struct {
	g        *Graph
	counters *Counters
	words    []int64 // of the tasks
	outputs  []int64
}

// PrepareBare makes a graph ready. Its outputs must be of 8 bytes.
func PrepareBare(g Graph) (*Bare, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	g = g.withDefaults()
	if g.OutputBytes != wordSize {
		return nil, fmt.Errorf("taskbench: OutputBytes is %d; without an engine it must be %d", g.OutputBytes, wordSize)
	}
	b := &Bare{g: &g}
	origins := make([]int, g.Steps) // what to add to a point of each step to get the number of the task
	for t := range g.Steps {
		first, end := g.Points(t)
		origins[t] = len(b.words) - first
		for i := first; i < end; i++ {
			b.words = append(b.words, word(0, t, i))
		}
	}
	b.outputs = make([]int64, len(b.words))
	b.counters = NewCounters(len(b.words), func(task int, list []int32) []int32 {
		_, t, i := parseWord(b.words[task])
		n := len(list)
		list = g.appendInputs(list, t, i)
		for k := n; k < len(list); k++ {
			list[k] += int32(origins[t-1])
		}
		return list
	})
	return b, nil
}

// SetIterations changes the kernel. The graph must not be running.
func (b *Bare) SetIterations(n int) { b.g.Kernel.Iterations = n }

// Run runs the graph on so many goroutines. ctx is looked at only before it begins.
func (b *Bare) Run(ctx context.Context, workers int) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, context.Cause(ctx)
	}
	b.counters.Reset()
	clear(b.outputs)
	var failed atomic.Pointer[error]
	start := time.Now()
	b.counters.Run(workers, func(task int32, inputs []int32) {
		var room [16]int64
		in := room[:0]
		for _, j := range inputs {
			in = append(in, b.outputs[j])
		}
		_, t, i := parseWord(b.words[task])
		err := b.g.validate(0, t, i, in)
		if err == nil {
			err = b.g.work(t, i)
		}
		if err != nil {
			first := err // a variable of its own, so that only errors cost an allocation
			failed.CompareAndSwap(nil, &first)
		}
		b.outputs[task] = b.words[task]
	})
	r := Result{Tasks: len(b.words), Elapsed: time.Since(start)}
	if err := failed.Load(); err != nil {
		return r, *err
	}
	return r, nil
}
