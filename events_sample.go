package braid

import (
	"slices"
	"time"

	"github.com/braid-compute/braid/event"
)

// Between two looks at the counts passes a thousandth of the time since the client was opened, within these bounds: so a
// short run is seen in detail, and a long one does not fill a disk.
const (
	soonestSample = 100 * time.Millisecond
	latestSample  = 2 * time.Second
	sampleShare   = 1000
)

// maxTrace bounds the spans of one event.
const maxTrace = 1 << 12

// cpuStep is how much processor time is worth telling of.
const cpuStep = 100 * time.Millisecond

// sampler looks at the counts while somebody listens.
type sampler struct {
	h       *events
	last    event.Counts
	told    bool
	held    bool
	workers []string // of somebody else's cluster
	ended   int64    // attempts that spans stand for
}

// listen counts a listener in; the first one starts the sampler.
func (h *events) listen() {
	s := &sampler{h: h}
	if h.traces() {
		s.ended = s.endedSoFar()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listeners.Add(1)
	if !h.sampling && !h.ending {
		h.sampling = true
		if h.traces() {
			h.c.x.Record(h.room(h.pause()))
		}
		h.samplers.Go(s.work)
	}
}

// leave counts a listener out; the sampler ends with the last one.
func (h *events) leave() {
	h.mu.Lock()
	last := h.listeners.Add(-1) == 0
	h.mu.Unlock()
	if last {
		h.stir()
	}
}

// stir lets the sampler see at once whether it is still needed.
func (h *events) stir() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// halt ends the sampler, after a last look.
func (h *events) halt() {
	h.mu.Lock()
	h.ending = true
	h.mu.Unlock()
	h.stir()
	h.samplers.Wait()
}

// heard reports whether somebody listens.
func (h *events) heard() bool { return h != nil && h.listeners.Load() > 0 }

// needed reports whether the sampler is to go on; otherwise spans are not recorded any more.
func (h *events) needed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.heard() && !h.ending {
		return true
	}
	h.sampling = false
	if !h.heard() {
		h.c.x.Record(0)
	}
	return false
}

// work looks until nobody listens, or the client is closed.
func (s *sampler) work() {
	h := s.h
	for h.needed() {
		s.look()
		timer := time.NewTimer(h.pause())
		select {
		case <-timer.C:
		case <-h.kick:
			timer.Stop()
		}
	}
	if h.ended() && h.heard() {
		s.look()
		h.c.x.Record(0)
	}
}

// ended reports whether the client is being closed.
func (h *events) ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ending
}

func (h *events) pause() time.Duration {
	return min(max(h.now()/sampleShare, soonestSample), latestSample)
}

// traces reports whether spans are told: those of tasks in this process.
func (h *events) traces() bool { return h.spans > 0 && h.c.cluster == nil }

// room is how many spans are told after a pause.
func (h *events) room(pause time.Duration) int {
	return min(max(int(float64(h.spans)*pause.Seconds()), 1), maxTrace)
}

// look tells how things stand if that has changed.
func (s *sampler) look() {
	h := s.h
	now := h.c.counts()
	if h.c.cluster != nil && h.c.cluster.processes == nil {
		s.lookAtWorkers()
	}
	if held := now.Held > 0; held != s.held {
		s.held = held
		kind := event.Resumed
		if held {
			kind = event.Paused
		}
		h.put(event.Event{Kind: kind, Counts: &now})
	}
	if !s.told || changed(s.last, now) {
		s.last, s.told = now, true
		h.put(event.Event{Kind: event.Counted, Counts: &now})
	}
	if h.traces() {
		s.trace()
	}
}

// changed reports whether counts differ by more than what passes while nothing happens.
func changed(a, b event.Counts) bool {
	if b.CPU-a.CPU > cpuStep || !slices.Equal(a.Groups, b.Groups) {
		return true
	}
	a.CPU, a.Active, a.Groups = b.CPU, b.Active, nil
	return a.Runs != b.Runs || a.Untold != b.Untold || a.Workers != b.Workers || a.Slots != b.Slots || a.Running != b.Running ||
		a.Blocked != b.Blocked || a.Held != b.Held || a.Memory != b.Memory || a.Unsized != b.Unsized || a.More != b.More
}

// lookAtWorkers tells which workers of somebody else's cluster have come and gone.
func (s *sampler) lookAtWorkers() {
	names := s.h.c.Workers()
	for _, n := range names {
		if !slices.Contains(s.workers, n) {
			s.h.worker(event.Joined, event.Worker{Name: n}, "")
		}
	}
	for _, n := range s.workers {
		if !slices.Contains(names, n) {
			s.h.worker(event.Lost, event.Worker{Name: n}, "")
		}
	}
	s.workers = names
}

// trace tells the spans of the tasks that have ended.
func (s *sampler) trace() {
	x := s.h.c.x
	tasks := s.endedSoFar() - s.ended
	room := s.h.room(s.h.pause())
	spans := x.Spans((tasks+int64(room)-1)/int64(room), room)
	if len(spans) == 0 {
		return
	}
	tasks = max(tasks, int64(len(spans))) // counts may be some tasks behind
	s.ended += tasks
	t := &event.Trace{Tasks: tasks, Spans: make([]event.Span, len(spans))}
	since := x.Started().Sub(s.h.c.opened)
	for k, p := range spans {
		status := p.Status.String()
		if !p.Status.Settled() {
			status = "retried"
		}
		t.Spans[k] = event.Span{
			Op: cut(p.Op), Run: p.Submission, Task: uint32(p.Task), Attempt: p.Attempt, Slot: p.Slot,
			Start: since + p.Start, End: since + p.End, Status: status,
		}
	}
	s.h.put(event.Event{Kind: event.Traced, Trace: t})
}

// endedSoFar is how many attempts have ended.
func (s *sampler) endedSoFar() (n int64) {
	for _, g := range s.h.c.x.Stats().Groups {
		n += g.Ended
	}
	return n
}

// counts reads how things stand: here from the executor, on a cluster of this client from its scheduler, and on somebody
// else's from what this client knows of its own results.
func (c *Client) counts() event.Counts {
	n := event.Counts{Runs: c.events.runs.Load(), Workers: 1, Groups: []event.Group{}}
	n.Untold = n.Runs - min(c.events.told.Load(), n.Runs)
	if c.cluster != nil {
		n.Workers = len(c.Workers())
	}
	if c.cluster != nil && c.cluster.processes != nil {
		s := c.snapshot()
		n.Slots, n.Running = s.Slots, s.Running
		for _, g := range s.Groups {
			addGroup(&n, event.Group{Name: g.Name, Total: g.Total, Done: g.Done, Failed: g.Failed, Cancelled: g.Cancelled, Busy: g.Busy})
		}
		return n
	}
	st := c.x.Stats()
	if c.cluster == nil {
		n.Slots, n.Running, n.Blocked, n.Held = st.Slots, st.Running, st.Blocked, st.Held
		n.Memory, n.MemoryLimit, n.Unsized = st.Memory, st.MemoryLimit, st.Unsized
		n.Active, n.CPU = st.Active, usedCPU()-c.cpu
	}
	for _, g := range st.Groups {
		addGroup(&n, event.Group{
			Name: g.Name, Total: g.Total, Done: g.Done, Failed: g.Failed, Cancelled: g.Cancelled, Retried: g.Retried,
			Running: g.Running, Busy: g.Busy,
		})
	}
	return n
}

func addGroup(n *event.Counts, g event.Group) {
	if len(n.Groups) == event.MaxGroups {
		n.More++
		return
	}
	g.Name = cut(g.Name)
	n.Groups = append(n.Groups, g)
}
