package progress

import (
	"slices"
	"time"
)

// pace remembers earlier counts, for rates. One goroutine uses it.
type pace struct {
	ops map[string]*history
	cpu history
}

// observe enters the counts of a snapshot.
func (p *pace) observe(s Snapshot) {
	if p.ops == nil {
		p.ops = make(map[string]*history)
	}
	p.cpu.add(s.Elapsed, int64(s.CPU))
	for _, g := range s.Groups {
		if g.left() == 0 {
			delete(p.ops, g.Name) // the time until its next tasks is no time of theirs
			continue
		}
		if p.ops[g.Name] == nil {
			p.ops[g.Name] = &history{}
		}
		p.ops[g.Name].add(s.Elapsed, g.ended())
	}
}

// rate returns how many tasks of an op end in a second, 0 if too few have, and how long those left will take, 0 if
// that cannot be said yet. See "The rate" in the package's documentation.
func (p *pace) rate(g Group, now time.Duration) (rate float64, left time.Duration) {
	h := p.ops[g.Name]
	if h == nil {
		return 0, 0
	}
	ended, span := h.since(now, g.ended(), 5*time.Second, 16)
	if ended < 1 || span < time.Second {
		return 0, 0
	}
	rate = float64(ended) / span.Seconds()
	if ended < 5 || span < 2*time.Second {
		return rate, 0
	}
	return rate, time.Duration(min(float64(g.left())/rate, 1e9) * float64(time.Second))
}

// cores returns how many cores were used in the last two seconds, or else since the first observation.
func (p *pace) cores(s Snapshot) (cores float64, ok bool) {
	used, span := p.cpu.since(s.Elapsed, int64(s.CPU), 2*time.Second, 0)
	if s.CPU == 0 || span < 500*time.Millisecond {
		return 0, false
	}
	return ratio(time.Duration(used), span), true
}

// history keeps a growing count at a few earlier moments: one a second, and more rarely the longer it lasts.
type history struct {
	samples []sample
	spacing time.Duration
}

type sample struct {
	at time.Duration
	n  int64
}

// maxSamples bounds a history. When it is full every second sample is dropped and the spacing doubled.
const maxSamples = 32

func (h *history) add(at time.Duration, n int64) {
	if k := len(h.samples); k > 0 && at-h.samples[k-1].at < h.spacing {
		return
	}
	h.spacing = max(h.spacing, time.Second)
	if len(h.samples) == maxSamples {
		h.spacing *= 2
		i := 0
		h.samples = slices.DeleteFunc(h.samples, func(sample) bool { i++; return i%2 == 0 })
	}
	h.samples = append(h.samples, sample{at, n})
}

// since returns the growth up to now, in the shortest recorded time that lasts at least span and holds at least least; or
// else in the longest.
func (h *history) since(at time.Duration, n int64, span time.Duration, least int64) (int64, time.Duration) {
	for i := len(h.samples) - 1; i >= 0; i-- {
		s := h.samples[i]
		if i == 0 || at-s.at >= span && n-s.n >= least {
			return n - s.n, at - s.at
		}
	}
	return 0, 0
}
