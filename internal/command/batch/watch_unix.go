//go:build unix

package batch

import (
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/command/process"
)

const (
	watchEvery  = 25 * time.Millisecond
	sampleEvery = time.Second
)

// watch looks after the programs that run until over is closed.
func (r *Run) watch(over <-chan struct{}) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var sampled time.Time
	for {
		select {
		case <-over:
			return
		case now := <-ticker.C:
			var sums usage
			sample := now.Sub(sampled) >= sampleEvery
			for _, s := range r.slots {
				pid, began, ok := s.Running()
				if !ok || now.Sub(began) < watchEvery {
					continue
				}
				s.Follow(r.follow)
				if sample && now.Sub(began) >= sampleEvery/2 {
					sums.add(pid)
				}
			}
			if sample {
				sampled = now
				r.counts.live.Store(int64(sums.cpu))
				r.counts.threads.Store(max(r.counts.threads.Load(), int64(sums.threads)))
			}
		}
	}
}

// usage is what programs that run use.
type usage struct {
	cpu     time.Duration
	threads int
}

func (u *usage) add(pid int) {
	if cpu, threads, ok := process.Usage(pid); ok {
		u.cpu += cpu
		u.threads = max(u.threads, threads)
	}
}

// follow takes new lines of a program and cuts what it has written.
func (r *Run) follow(c *process.Capture) {
	if r.plan.Live != nil {
		if b, err := c.Lines(false); err == nil && len(b) > 0 { // an error will be seen by whoever takes all of it
			r.lines.put(c.Task, c.Stream, b)
		}
	}
	c.Trim()
}

// lineQueue holds lines for the collector. They are put in while the program's slot is locked, so before its outcome.
type lineQueue struct {
	ready chan struct{} // has an element if there are lines
	mu    sync.Mutex
	lines []liveLines
}

// liveLines are new lines of a stream of a task.
type liveLines struct {
	task   int64
	stream int
	text   []byte
}

func (q *lineQueue) put(task int64, stream int, text []byte) {
	q.mu.Lock()
	q.lines = append(q.lines, liveLines{task, stream, text})
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *lineQueue) take() []liveLines {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines := slices.Clip(q.lines)
	q.lines = nil
	return lines
}

// passOn hands new lines out.
func (r *Run) passOn() {
	if r.plan.Live == nil {
		return
	}
	for _, l := range r.lines.take() {
		r.plan.Live(l.task, l.stream, l.text)
	}
}
