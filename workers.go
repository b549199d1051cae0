package braid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/braid-compute/braid/event"
	"github.com/braid-compute/braid/internal/word"
)

// hooks are what workers do before they join.
var hooks struct {
	mu  sync.Mutex
	fns []func(context.Context) error
}

// OnWorkerStart registers a function that every worker process runs before it takes tasks: to set up logging, open a
// database, load a model. Call it where package variables are initialised, or in an init function. A worker whose hook fails
// ends, with the error in its certificate. A client whose tasks run in its own process runs no hooks.
func OnWorkerStart(fn func(context.Context) error) {
	hooks.mu.Lock()
	defer hooks.mu.Unlock()
	hooks.fns = append(hooks.fns, fn)
}

func runHooks(ctx context.Context) error {
	hooks.mu.Lock()
	fns := hooks.fns
	hooks.mu.Unlock()
	for _, fn := range fns {
		if err := fn(ctx); err != nil {
			return fmt.Errorf("a hook of OnWorkerStart: %w", err)
		}
	}
	return nil
}

// Workers returns the names of the workers that have joined, in order: as [Worker] takes them. A client whose tasks run in
// its own process has none.
func (c *Client) Workers() []string {
	if c.cluster == nil {
		return nil
	}
	s, err := c.cluster.of()
	if err != nil {
		return nil
	}
	names, _ := s.Workers()
	return names
}

// WaitWorkers waits until at least n workers have joined. Work can be submitted before; it waits then.
func (c *Client) WaitWorkers(ctx context.Context, n int) error {
	if c.cluster == nil {
		return fmt.Errorf("braid: wait for %d workers: %w", n, ErrNeedsProcesses)
	}
	s, err := c.cluster.of()
	if err != nil {
		return fmt.Errorf("braid: wait for %d workers: %w", n, err)
	}
	for {
		names, changed := s.Workers()
		if len(names) >= n {
			return nil
		}
		select {
		case <-changed:
		case <-s.Done():
			return fmt.Errorf("braid: wait for %d workers: there are %d, and the cluster has ended", n, len(names))
		case <-ctx.Done():
			return fmt.Errorf("braid: wait for %d workers: there are %d: %w", n, len(names), context.Cause(ctx))
		}
	}
}

// OnEveryWorker runs a call once on every worker that has joined, and returns the results by the workers' names. If one
// fails, its error is returned and the rest is cancelled.
func OnEveryWorker[T any](ctx context.Context, c *Client, d *Delayed[T]) (map[string]T, error) {
	if c == nil {
		return nil, errNoClient
	}
	names := c.Workers()
	if len(names) == 0 {
		return nil, fmt.Errorf("braid: on every worker: there is none: %w", c.noWorkers())
	}
	calls := make([]*Delayed[T], len(names))
	for k, name := range names {
		calls[k] = d.With(Worker(name))
	}
	values, err := ComputeAll(ctx, c, calls)
	if err != nil {
		return nil, err
	}
	results := make(map[string]T, len(names))
	for k, name := range names {
		results[name] = values[k]
	}
	return results, nil
}

// noWorkers says why no worker has joined.
func (c *Client) noWorkers() error {
	if c.cluster == nil {
		return ErrNeedsProcesses
	}
	s, err := c.cluster.of()
	if err != nil {
		return err
	}
	select {
	case <-s.Done():
		return errors.New("the cluster has ended")
	default:
		return errors.New("none has joined yet; WaitWorkers waits for them")
	}
}

// workerJoined tells of a worker that joined.
func (c *Client) workerJoined(join word.Join) {
	c.events.worker(event.Joined, event.Worker{Name: join.Name, Pid: int(join.Pid), Slots: int(join.Slots)}, "")
}

// workerLost tells of a worker that ended unasked, and how.
func (c *Client) workerLost(worker, certificate string) {
	c.events.worker(event.Lost, event.Worker{Name: worker}, certificate)
	c.print("a worker is gone, and its tasks go to others: " + certificate)
}

// workerOutput passes on a line that a worker printed.
func (c *Client) workerOutput(worker string, line []byte) {
	text := worker + ": " + string(line)
	if c.output == nil && c.meter != nil {
		c.meter.Say(text)
		return
	}
	w := c.output
	if w == nil {
		w = os.Stderr
	}
	c.outputMu.Lock()
	defer c.outputMu.Unlock()
	_, _ = io.WriteString(w, text+"\n") // nobody could be told of an error
}
