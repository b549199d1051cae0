package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/par"
)

// Options say what kind of cluster to start. The names are those of braid.Options; the zero value is one worker with a slot for
// each core.
type Options struct {
	// Processes is how many worker processes there are. 0 means one.
	Processes int
	// Slots is how many tasks run at once in each process. 0 means par.Cores, the cores this process may use, divided among
	// the processes.
	Slots int
	// MemoryLimit is the bytes of memory that each process is to stay below: see braid.Options. 0 means 80 % of the memory this
	// process may use, divided among the processes; negative means no limit.
	MemoryLimit int64
	// Scratch is the folder for results that do not fit into memory: see braid.Options.
	Scratch string
	// Resources is what each process offers besides cores and memory: see braid.Options.
	Resources map[string]float64
	// CloseTimeout is how long Close waits for running functions. 0 means 10 seconds.
	CloseTimeout time.Duration
	// Output is where lines go that tasks print, with the worker's name before each. nil means standard error.
	Output io.Writer
	// Report is where is said which workers were lost, and why. nil means standard error.
	Report io.Writer
	// Name is what programs of this user on this machine may give as address instead of the path, made of letters, digits, - and _.
	// Two clusters that live cannot have the same. "" means none.
	Name string
	// IdleTimeout ends the cluster when no program has been attached for so long. 0 means never.
	IdleTimeout time.Duration
	// ClientTimeout is for how long the tasks and results of a program are kept whose connection has broken, and which goes on as if
	// nothing had been when it is connected again, which it tries by itself. 0 means a minute, negative not at all. A program that has
	// ended is not waited for.
	ClientTimeout time.Duration
}

// maxProcesses and maxSlots are as in package braid.
const (
	maxProcesses = 10_000
	maxSlots     = 100_000
)

func (o *Options) check() error {
	switch {
	case o.Processes < 0 || o.Processes > maxProcesses:
		return fmt.Errorf("option Processes is %d: it must be from 1 to %d, or 0 for one", o.Processes, maxProcesses)
	case o.Slots < 0 || o.Slots > maxSlots:
		return fmt.Errorf("option Slots is %d: it must be from 1 to %d, or 0 for all cores", o.Slots, maxSlots)
	case o.CloseTimeout < 0:
		return fmt.Errorf("option CloseTimeout is %v: it must not be negative", o.CloseTimeout)
	case o.IdleTimeout < 0:
		return fmt.Errorf("option IdleTimeout is %v: it must not be negative", o.IdleTimeout)
	}
	if o.Name != "" {
		if err := local.CheckName(o.Name); err != nil {
			return fmt.Errorf("option Name: %w", err)
		}
	}
	return local.Serves()
}

// fill replaces zeros by what they mean.
func (o *Options) fill() {
	o.Processes = max(o.Processes, 1)
	if o.Slots == 0 {
		o.Slots = max(par.Cores().N/o.Processes, 1)
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = machine.Memory().Bytes / 5 * 4 / int64(o.Processes)
	}
	if o.CloseTimeout == 0 {
		o.CloseTimeout = 10 * time.Second
	}
	if o.ClientTimeout == 0 {
		o.ClientTimeout = time.Minute
	}
	if o.Output == nil {
		o.Output = os.Stderr
	}
	if o.Report == nil {
		o.Report = os.Stderr
	}
}

// Cluster is a running cluster.
type Cluster struct {
	o         Options
	noScratch string // why there is no folder for results that do not fit
	local     *local.Cluster
	close     func() error
	ended     chan struct{} // closed when it is closed

	mu     sync.Mutex // of what is written to Output and Report
	closed bool
}

// Start starts a cluster. It does not wait for the workers to join: clients can attach and submit at once. ctx bounds the start
// only. Close the cluster when done.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("local: start a cluster: %w", err)
	}
	o.fill()
	c := &Cluster{o: o, ended: make(chan struct{})}
	offered, err := local.Offer(o.Resources)
	if err != nil {
		return nil, fmt.Errorf("local: start a cluster: %w", err)
	}
	if c.o.Scratch, c.noScratch, err = local.FindScratch(o.MemoryLimit, o.Scratch); err != nil {
		return nil, fmt.Errorf("local: start a cluster: %w", err)
	}
	asked := make(chan struct{})
	c.local, err = local.Start(ctx, local.Options{
		Processes: o.Processes, Slots: o.Slots, Memory: max(o.MemoryLimit, 0), Scratch: c.o.Scratch, Resources: offered, CloseTimeout: o.CloseTimeout,
		Log:    func(format string, args ...any) { c.write(o.Report, "braid: "+fmt.Sprintf(format, args...)) },
		Output: func(worker string, line []byte) { c.write(o.Output, worker+": "+string(line)) },
		Lost: func(_, certificate string) {
			c.write(o.Report, "braid: a worker is gone, and its tasks go to others: "+certificate)
		},
		Name: o.Name, IdleTimeout: o.IdleTimeout, ClientTimeout: max(o.ClientTimeout, 0),
		End: func(why string) {
			c.write(o.Report, "braid: the cluster ends: "+why)
			close(asked)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("local: start a cluster: %w", err)
	}
	c.close = sync.OnceValue(func() error {
		c.mu.Lock()
		c.closed = true
		c.mu.Unlock()
		defer close(c.ended)
		if err := c.local.Close(); err != nil {
			return fmt.Errorf("local: close the cluster: %w", err)
		}
		return nil
	})
	c.local.Expect()
	go func() { // until the cluster ends, which Close waits for
		select {
		case <-asked:
			_ = c.Close() // whoever closes or waits is given the error
		case <-c.ended:
		}
	}()
	return c, nil
}

// Wait waits until the cluster has ended: because it was closed, because somebody asked for it from outside, as "braid down" does, after
// IdleTimeout, or because its workers cannot live. The error is that of Close, or says why the workers cannot live.
func (c *Cluster) Wait(ctx context.Context) error {
	select {
	case <-c.local.Over():
		err := c.Close()
		if why, failed := c.local.Why(); failed && err == nil {
			err = fmt.Errorf("local: the cluster ended by itself: %s", why)
		}
		return err
	case <-ctx.Done():
		return fmt.Errorf("local: wait for the end of the cluster: %w", context.Cause(ctx))
	}
}

// write writes a line.
func (c *Cluster) write(w io.Writer, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.WriteString(w, line+"\n") // nobody could be told of an error
}

// Address is what clients give as Options.Address of package braid, or find in BRAID_ADDRESS: the path of a file with the
// cluster's credentials, which only this user may read.
func (c *Cluster) Address() string { return c.local.File() }

// Worker is a worker process.
type Worker struct {
	Name string // as braid.Worker takes it
	Pid  int
}

// Workers returns the worker processes that have not ended. Those that have only just been started may not have joined yet.
func (c *Cluster) Workers() []Worker {
	var list []Worker
	for _, p := range c.local.Processes() {
		select {
		case <-p.Done():
		default:
			list = append(list, Worker{Name: local.WorkerName(p.Number()), Pid: p.Pid()})
		}
	}
	return list
}

// WaitWorkers waits until at least n workers have joined.
func (c *Cluster) WaitWorkers(ctx context.Context, n int) error {
	for {
		joined, changed := c.local.Agents()
		select {
		case <-c.local.Over():
			return fmt.Errorf("local: wait for %d workers: the cluster has ended", n)
		default:
		}
		if joined >= n {
			return nil
		}
		select {
		case <-changed:
		case <-c.local.Over():
		case <-ctx.Done():
			return fmt.Errorf("local: wait for %d workers: there are %d: %w", n, joined, context.Cause(ctx))
		}
	}
}

// String describes the cluster: its workers, their slots and memory, and its address.
func (c *Cluster) String() string {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return "braid cluster, closed"
	}
	st := c.local.Stats()
	workers := c.Workers()
	var b strings.Builder
	fmt.Fprintf(&b, "braid cluster of %d worker processes on this machine\n", len(workers))
	fmt.Fprintf(&b, "  workers  %d joined, with %d slots; %d tasks assigned", st.Agents, st.Slots, st.Running)
	for _, w := range workers {
		fmt.Fprintf(&b, "\n             %s, process %d", w.Name, w.Pid)
	}
	if c.o.MemoryLimit > 0 {
		fmt.Fprintf(&b, "\n  memory   up to %d MiB in each", c.o.MemoryLimit>>20)
		scratch := c.o.Scratch
		if scratch == "" {
			scratch = "none: " + c.noScratch
		}
		fmt.Fprintf(&b, "\n  scratch  %s", scratch)
	}
	fmt.Fprintf(&b, "\n  address  %s", c.Address())
	return b.String()
}

// Close ends the cluster: clients that are attached are told so, what runs is cancelled, and workers end. It waits for running functions up to
// CloseTimeout; the error names the workers that had some left. Closing a closed cluster returns the same error again.
func (c *Cluster) Close() error { return c.close() }
