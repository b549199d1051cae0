package braid

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/event"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/feed"
)

// Events yields what happens on the client: first what is kept of what has happened so far, and then what comes, up to an
// event of kind [event.Closed]. Each loop gets all events. Nothing waits for the loop: if it is too slow it loses the oldest, and
// an event of kind [event.Dropped] says how many. While somebody listens, how things stand is told up to ten times a second.
// If ctx ends first, the last pair holds its error. Leaving the loop ends the listening.
func (c *Client) Events(ctx context.Context) iter.Seq2[event.Event, error] {
	return func(yield func(event.Event, error) bool) {
		if err := c.hasEvents(); err != nil {
			yield(event.Event{}, fmt.Errorf("braid: events: %w", err))
			return
		}
		c.events.listen()
		defer c.events.leave()
		for r := c.events.feed.Reader(); ; {
			b := r.Next()
			for _, e := range numbered(b) {
				if !yield(e, nil) {
					return
				}
			}
			if b.More == nil {
				return
			}
			if err := exec.WaitChannel(ctx, b.More, "the next event"); err != nil {
				yield(event.Event{}, fmt.Errorf("braid: events: %w", err))
				return
			}
		}
	}
}

func (c *Client) hasEvents() error {
	switch {
	case c == nil:
		return errNoClient
	case c.events == nil:
		return errors.New("a task's client on a worker has none: listen to the client that Open returned")
	}
	return nil
}

// numbered returns the events of a batch with their numbers, and before them what the reader lost.
func numbered(b feed.Batch[event.Event]) []event.Event {
	if b.Lost > 0 {
		b.Values = slices.Insert(b.Values, 0, event.Event{At: b.Values[0].At, Kind: event.Dropped, Dropped: b.Lost})
		b.First--
	}
	for k := range b.Values {
		b.Values[k].Number = b.First + uint64(k)
	}
	return b.Values
}

// How much is kept for readers that come late or are slow, in units of a small event; and how many events of a kind are
// told: at first, and then in a second. What is beyond that is counted.
const (
	keptEvents = 1 << 13

	firstRuns, runsPerSecond         = 256, 50
	firstWarnings, warningsPerSecond = 64, 1
	firstTasks, tasksPerSecond       = 16, 1 // that failed, for each op; and as many attempts that are followed by another
)

// events tells what happens on a client. What is irregular is always told; what is counted is told while somebody listens.
type events struct {
	c        *Client
	feed     *feed.Feed[event.Event]
	spans    int // to be told in a second
	file     *eventFile
	runs     atomic.Uint64 // submitted
	told     atomic.Uint64 // of them, those that have events
	runLimit *feed.Limit
	warnings *feed.Limit

	mu        sync.Mutex
	began     map[*exec.Run]time.Duration // when runs that were told of were submitted
	ops       map[string]*opTasks
	listeners atomic.Int32
	sampling  bool // there is a sampler
	ending    bool // there will be none
	kick      chan struct{}
	samplers  sync.WaitGroup
}

func newEvents(c *Client, o Options) *events {
	h := &events{c: c, spans: o.Spans, feed: feed.New(keptEvents, weight), kick: make(chan struct{}, 1)}
	h.began, h.ops = make(map[*exec.Run]time.Duration), make(map[string]*opTasks)
	h.runLimit = feed.NewLimit(firstRuns, runsPerSecond, h.now)
	h.warnings = feed.NewLimit(firstWarnings, warningsPerSecond, h.now)
	h.put(event.Event{Kind: event.Opened, Client: &event.Client{
		Opened: c.opened, Pid: os.Getpid(), Processes: o.Processes, Address: o.Address, Slots: c.slots, Cores: c.cores.N,
		MemoryLimit: max(c.memoryLimit, 0),
	}})
	return h
}

// weight is how much of what is kept an event takes.
func weight(e event.Event) int {
	n := 1 + len(e.Text)/256
	switch {
	case e.Trace != nil:
		n += len(e.Trace.Spans)
	case e.Counts != nil:
		n += len(e.Counts.Groups)
	case e.Task != nil:
		n += (len(e.Task.Text) + len(e.Task.Stack)) / 256
	}
	return n
}

func (h *events) now() time.Duration { return time.Since(h.c.opened) }

func (h *events) put(e event.Event) {
	e.At = h.now()
	h.feed.Put(e)
}

// warn tells something that the user should know.
func (h *events) warn(text string) {
	if h != nil && h.warnings.Allow() {
		h.put(event.Event{Kind: event.Warned, Text: cut(text)})
	}
}

// worker tells that a worker joined, or is gone and why.
func (h *events) worker(kind event.Kind, w event.Worker, why string) {
	h.put(event.Event{Kind: kind, Worker: &w, Text: cut(why)})
}

// close tells how things stood in the end, and that there is nothing more.
func (h *events) close(last event.Counts, err error) error {
	h.put(event.Event{Kind: event.Counted, Counts: &last})
	end := event.Event{Kind: event.Closed}
	if err != nil {
		end.Text = cut(err.Error())
	}
	h.put(end)
	h.feed.Close()
	return h.file.wait()
}

// cut bounds a text.
func cut(s string) string {
	if len(s) <= event.MaxText {
		return s
	}
	const mark = " …"
	n := event.MaxText - len(mark)
	for n > 0 && s[n]&0xc0 == 0x80 { // inside a character
		n--
	}
	return s[:n] + mark
}
