package braid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/event"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/progress"
	"github.com/braid-compute/braid/par"
)

// ErrClosed is the error of work given to a closed client, and of work that closing cancelled.
var ErrClosed = exec.ErrClosed

// ErrCancelled is the error of tasks that were cancelled by [Future.Cancel] or [Futures.Cancel].
var ErrCancelled = exec.ErrCancelled

// ErrNeedsProcesses is the error of calls that only worker processes (Processes) can run: this client runs in this
// process.
var ErrNeedsProcesses = errors.New("needs worker processes (Processes), and this client runs in this process; remove the option")

// Options say how [Open] opens a client. The zero value is useful.
type Options struct {
	// Processes is how many worker processes of this program run the tasks, on this machine. 0 means none: they run in this
	// process. A program that asks for some must be started with Main, a test with TestMain.
	Processes int
	// Address is where a cluster is that somebody else started: the path of its file, as printing the client that
	// started it shows, or its name. "" means the environment variable BRAID_ADDRESS; if that is empty too, and Processes is
	// 0, tasks run in this process.
	Address string
	// Slots is how many tasks run at once, in each process. 0 means par.Cores, the cores this process may use, divided
	// among the processes. It may exceed them, for tasks that sleep or wait for something outside.
	Slots int
	// MemoryLimit is the bytes of memory that this process, or each worker process, is to stay below, with all that it holds.
	// Above 60 % of it in results, those that were not used for longest are written to files in Scratch and read back when a task
	// or Get takes them; above 80 %, tasks without inputs wait. 0 means 80 % of the memory this process may use, divided among
	// the processes; negative means no limit. Only results whose size is known count: strings, slices of numbers, arrays of
	// package ndarray, and others of calls with ExpectBytes. Those of less than 16 KiB stay in memory, and so do types that
	// package codec cannot encode. With less than 1 MiB nothing is written, and tasks without inputs wait above the limit itself.
	MemoryLimit int64
	// Scratch is the folder for results that do not fit into memory. Files there are removed when the client is closed; those that
	// processes leave which are killed, when another process has files there. "" means the environment variable BRAID_SCRATCH; if
	// that is empty, too, the system's folder for temporary files, or /var/tmp if that is kept in memory.
	Scratch string
	// CloseTimeout is how long Close waits for running functions. 0 means 10 seconds.
	CloseTimeout time.Duration
	// Resources is what this process, or each worker process, offers besides cores and memory, for calls that need some of it:
	// {"gpu": 2} for GPUs, and names of your own for Resource.
	Resources map[string]float64
	// Output is where lines go that worker processes print, with the worker's name before each. nil means standard error.
	Output io.Writer
	// Events is the path of a file to which is written what happens, a line for each event: see package event. "" means the
	// environment variable BRAID_EVENTS, to whose name the second client of a process adds -2 and so on, and a program that
	// finds the file in use by another one its process id; if that is empty too, no file is written.
	Events string
	// Spans is about how many of the tasks that end in a second are told as events of their own, with slot, start and end:
	// a sample if more do. Only tasks in this process are. 0 means the environment variable BRAID_SPANS, and none if that is empty.
	Spans int
	// Report is where progress, warnings and the closing line go. nil means standard error in a program started with
	// [Main], and nowhere otherwise.
	Report io.Writer
}

// Client runs calls. It is safe for concurrent use.
type Client struct {
	x            *exec.Executor
	cluster      *cluster // nil: tasks run in this process
	number       uint64
	slots        int
	cores        par.Allowance
	memoryLimit  int64
	store        *block.Store // nil: results stay in memory
	scratch      string       // folder for results that do not fit
	noScratch    string       // why there is none
	closeTimeout time.Duration
	opened       time.Time
	cpu          time.Duration // of the process, when opened
	report       io.Writer
	output       io.Writer
	outputMu     sync.Mutex
	meter        *progress.Meter
	events       *events // nil for the client of a task on a worker
	large        largeArguments
	aside        aside
	submissions  atomic.Uint64

	names publications // of results, where tasks run in this process

	keysMu    sync.Mutex
	keys      map[string]keyed
	keysSwept int // how many were left when those that are gone were last taken out

	closing sync.Once
	closed  atomic.Bool
	err     error
}

var clientNumbers atomic.Uint64

// Open returns a client. Without options it runs calls in this process, on all the cores it may use. Close it when done.
func Open(ctx context.Context, options ...Options) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("braid: open: %w", context.Cause(ctx))
	}
	var o Options
	switch {
	case len(options) > 1:
		return nil, fmt.Errorf("braid: open: %d Options were given, and at most one is taken", len(options))
	case len(options) == 1:
		o = options[0]
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("braid: open: %w", err)
	}
	var named string // by whom the cluster is
	if o.Address == "" && o.Processes == 0 {
		o.Address = os.Getenv("BRAID_ADDRESS")
		named = ", which the variable BRAID_ADDRESS names: \"braid status --all\" shows the clusters that there are"
	}
	cores := par.Cores()
	c := &Client{
		number: clientNumbers.Add(1), slots: o.Slots, cores: cores, memoryLimit: o.MemoryLimit,
		closeTimeout: o.CloseTimeout, opened: time.Now(), cpu: usedCPU(), report: o.Report, output: o.Output,
	}
	if c.slots == 0 {
		c.slots = max(cores.N/max(o.Processes, 1), 1)
	}
	if c.memoryLimit == 0 {
		c.memoryLimit = machine.Memory().Bytes / 5 * 4 / int64(max(o.Processes, 1))
	}
	if c.closeTimeout == 0 {
		c.closeTimeout = 10 * time.Second
	}
	if c.report == nil {
		c.report = mainReport()
	}
	if err := o.eventOptions(); err != nil {
		return nil, fmt.Errorf("braid: open: %w", err)
	}
	file, err := createEvents(o.Events, c.number)
	if err != nil {
		return nil, fmt.Errorf("braid: open: %w", err)
	}
	c.events = newEvents(c, o)
	offered, _ := local.Offer(o.Resources) // checked above
	var resources []exec.Resource
	for _, r := range offered {
		resources = append(resources, exec.Resource(r))
	}
	if err := c.openStore(o); err != nil {
		file.drop()
		return nil, fmt.Errorf("braid: open: %w", err)
	}
	c.x = exec.New(exec.Config{Slots: c.slots, MemoryLimit: max(c.memoryLimit, 0), Store: c.store, Remake: true, Grow: true, Resources: resources, Owner: c, Observer: c.events})
	if o.Address != "" {
		if c.cluster, err = attachTo(ctx, c, o.Address); err != nil {
			file.drop()
			return nil, fmt.Errorf("braid: open the cluster at %q%s: %w", o.Address, named, errors.Join(err, c.x.Close(0)))
		}
	}
	if o.Processes > 0 {
		if c.cluster, err = startProcesses(ctx, c, o.Processes, offered); err != nil {
			file.drop()
			return nil, fmt.Errorf("braid: open %d processes: %w", o.Processes, errors.Join(err, c.x.Close(0)))
		}
	}
	if c.report != nil {
		c.meter = progress.Start(c.report, c.snapshot)
	}
	if file != nil {
		file.begin(c.events)
	}
	opened(c)
	return c, nil
}

// maxSlots bounds Options.Slots: more goroutines than that are a mistake.
const maxSlots = 100_000

// maxProcesses bounds Options.Processes, for the same reason.
const maxProcesses = 10_000

// maxSpans bounds Options.Spans: who reads more a second draws or keeps them for nobody.
const maxSpans = 10_000

func (o Options) check() error {
	switch {
	case o.Slots < 0 || o.Slots > maxSlots:
		return fmt.Errorf("option Slots is %d: it must be from 1 to %d, or 0 for all cores", o.Slots, maxSlots)
	case o.Processes > 0 && o.Address != "":
		return fmt.Errorf("options Processes and Address exclude each other: start workers, or use those of a cluster")
	case o.Processes < 0 || o.Processes > maxProcesses:
		return fmt.Errorf("option Processes is %d: it must be from 1 to %d, or 0 for none", o.Processes, maxProcesses)
	case o.Spans < 0 || o.Spans > maxSpans:
		return fmt.Errorf("option Spans is %d: it must be from 1 to %d a second, or 0 for none", o.Spans, maxSpans)
	case len(o.Resources) > 0 && o.Address != "":
		return fmt.Errorf("option Resources is what workers offer that the client starts itself: those of a cluster offer their own")
	case o.CloseTimeout < 0:
		return fmt.Errorf("option CloseTimeout is %v: it must not be negative", o.CloseTimeout)
	}
	_, err := local.Offer(o.Resources)
	return err
}

// Slots returns how many tasks run at once, in each process.
func (c *Client) Slots() int { return c.slots }

// errNoClient is the error of work given to a nil client.
var errNoClient = errors.New("braid: the client is nil: Open returns one, and FromContext only inside a task that is not Isolated")

// FromContext returns the client that runs the task to which ctx belongs, or nil outside tasks. Calls submitted from
// inside a task run on the same slots: waiting for them with the task's context yields the task's own slot.
func FromContext(ctx context.Context) *Client {
	t := exec.FromContext(ctx)
	if t == nil {
		return nil
	}
	return t.Owner().(*Client)
}

// Close cancels what is not finished and waits up to CloseTimeout for running functions to return. Results that are
// there can still be read, unless they are on disk or worker processes hold them, which end too. The error names the tasks that
// were still running then. Closing a closed client returns the same error again.
func (c *Client) Close() error {
	c.closing.Do(func() {
		c.closed.Store(true)
		last := c.finish // of this process there may be more to say after the end, of a cluster nothing is known then
		if c.cluster != nil {
			known := c.finish()
			last = func() finish { return known }
			c.err = c.cluster.close()
		}
		c.err = errors.Join(c.err, c.x.Close(c.closeTimeout))
		c.aside.end()
		if c.store != nil {
			c.err = errors.Join(c.err, c.store.Close())
		}
		end := last()
		if c.meter != nil {
			c.meter.Stop(end.snapshot)
		}
		if c.events != nil {
			c.err = errors.Join(c.err, c.events.close(end.counts, c.err))
		}
		closed(c)
	})
	return c.err
}

// finish is how things stood at the end.
type finish struct {
	snapshot progress.Snapshot
	counts   event.Counts
}

// finish reads how things stand for the last time.
func (c *Client) finish() (f finish) {
	f.snapshot = c.snapshot()
	if c.events != nil {
		c.events.halt()
		f.counts = c.counts()
	}
	return f
}

// String describes the client: workers, slots, memory, and where they come from.
func (c *Client) String() string {
	if c.closed.Load() {
		return "braid client, closed"
	}
	if c.cluster != nil {
		return c.cluster.String()
	}
	st := c.x.Stats()
	s := fmt.Sprintf("braid client, in this process\n  workers  1, with %d slots; %d running, %d waiting for other tasks, %d held for memory\n  cores    %s\n",
		c.slots, st.Running, st.Blocked, st.Held, c.cores)
	s += "  memory   " + progress.Bytes(st.Memory) + " in results"
	if c.memoryLimit > 0 {
		s += " of " + progress.Bytes(c.memoryLimit)
	}
	if st.Unsized > 0 {
		s += fmt.Sprintf(", and %d results of unknown size", st.Unsized)
	}
	return s + "\n  page     none\n  address  none: no socket is open\n  scratch  " + c.scratchLine()
}

// snapshot reads what the progress display shows.
func (c *Client) snapshot() progress.Snapshot {
	if c.cluster != nil {
		return c.cluster.snapshot()
	}
	st := c.x.Stats()
	s := progress.Snapshot{
		Elapsed: time.Since(c.opened), Active: st.Active, Slots: st.Slots, Running: st.Running, Blocked: st.Blocked, Held: st.Held,
		CoresHeld: c.cores.N, CPU: usedCPU() - c.cpu,
		Memory: st.Memory, MemoryLimit: st.MemoryLimit, Unsized: st.Unsized,
	}
	for _, g := range st.Groups {
		s.Groups = append(s.Groups, progress.Group{
			Name: g.Name, Total: g.Total, Done: g.Done, Failed: g.Failed, Cancelled: g.Cancelled, Retried: g.Retried, Busy: g.Busy,
		})
	}
	return s
}

// quiet takes progress lines off the screen, because results are about to reach the caller, who may print them.
func (c *Client) quiet() {
	if c.meter != nil {
		c.meter.Hide()
	}
}

// notice is how lines begin that are braid's own.
const notice = "braid: "

// say writes a line to the client's report, and tells it as an event.
func (c *Client) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.events.warn(text)
	c.print(text)
}

// print writes a line to the client's report, which says whose it is: what tasks print comes the same way.
func (c *Client) print(text string) {
	if c.meter != nil {
		c.meter.Say(notice + strings.TrimPrefix(text, notice))
	}
}
