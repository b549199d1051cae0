package exec

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
)

// Span is an attempt at a task that has ended: when it had which slot.
type Span struct {
	Op         string
	Submission uint64
	Task       graph.Index
	Attempt    int
	Slot       int
	Start, End time.Duration // since [Executor.Started]
	Status     Status        // of the task when the attempt ended: waiting or running if another attempt follows
}

// recorder keeps spans of some of the tasks that end, until they are taken. A task is picked by lot, so that tasks which
// follow each other in a pattern are all seen.
type recorder struct {
	every atomic.Uint32 // tasks of which one is recorded, on average
	full  atomic.Bool

	mu    sync.Mutex
	room  int // spans that are kept until they are taken
	spans []Span
}

// note records an attempt that has ended on slot s, if the lot falls on it.
func (rec *recorder) note(s *slot, c *Context, done bool) {
	every := rec.every.Load()
	if s.unrecorded > 0 && s.unrecorded < 2*every { // more is left from before
		s.unrecorded--
		return
	}
	s.unrecorded = 0
	if every > 1 {
		s.unrecorded = rand.Uint32N(2*every - 1)
	}
	if rec.full.Load() {
		return
	}
	span := Span{
		Op: c.run.calls[c.call].name, Submission: c.run.submission, Task: c.index, Attempt: c.Attempt(), Slot: s.n,
		Start: time.Duration(c.started), End: time.Duration(s.now), Status: StatusDone,
	}
	if t := c.run.look(c.index); !done && t != nil {
		span.Status = t.status()
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.spans) < rec.room {
		rec.spans = append(rec.spans, span)
	}
	rec.full.Store(len(rec.spans) >= rec.room)
}

// Record begins to keep spans of tasks, up to room until they are taken with [Executor.Spans]; with 0 it ends that.
func (x *Executor) Record(room int) {
	if room <= 0 {
		x.recorder.Store(nil)
		return
	}
	rec := &recorder{room: room}
	rec.every.Store(1)
	x.recorder.Store(rec)
}

// Spans takes the spans that were kept since the last call. From now on one of every tasks is recorded, of at least 1, and up
// to room are kept.
func (x *Executor) Spans(every int64, room int) []Span {
	rec := x.recorder.Load()
	if rec == nil {
		return nil
	}
	rec.every.Store(uint32(min(max(every, 1), maxEvery)))
	rec.mu.Lock()
	defer rec.mu.Unlock()
	spans := rec.spans
	rec.spans, rec.room = nil, max(room, 1)
	rec.full.Store(false)
	return spans
}

// maxEvery bounds how rarely a task is recorded.
const maxEvery = 1 << 24

// Started returns when the executor was made.
func (x *Executor) Started() time.Time { return x.base }
