package feed

import (
	"sync"
	"sync/atomic"
	"time"
)

// Limit says how much may pass: at first a number, and then as many a second. It is safe for concurrent use. What it
// lets through is approximate by a few, and when it lets nothing through it costs no look at the clock.
type Limit struct {
	burst     int64
	perSecond float64
	now       func() time.Duration

	left   atomic.Int64
	denied atomic.Uint64
	mu     sync.Mutex
	filled time.Duration // when left was last filled up
}

// NewLimit returns a limit that lets burst pass at once, and in the long run perSecond a second, on the clock now.
func NewLimit(burst int, perSecond float64, now func() time.Duration) *Limit {
	l := &Limit{burst: int64(burst), perSecond: perSecond, now: now, filled: now()}
	l.left.Store(int64(burst))
	return l
}

// looks is how many are denied for one look at the clock.
const looks = 16

// Allow reports whether one more may pass.
func (l *Limit) Allow() bool {
	if l.left.Load() > 0 && l.left.Add(-1) >= 0 {
		return true
	}
	if l.denied.Add(1)%looks != 1 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	n := int64((now - l.filled).Seconds() * l.perSecond)
	if n < 1 {
		return false
	}
	l.filled = now
	l.left.Store(min(n, l.burst) - 1)
	return true
}
