package block

import (
	"math"
	"runtime"
	"runtime/metrics"
)

// The Go runtime collects when the heap has doubled since it last did: two gigabytes of values grow to four, in memory that the process
// has never touched, before what was let go is used again. The store knows how much that is. Where values hold no
// pointers, collecting costs about a millisecond, and touching as much fresh memory a hundred times that.

const (
	// leastGarbage is how many bytes of values that were let go are worth collecting.
	leastGarbage = 64 << 20
	// garbageShare is how large a part of the values in memory that must be.
	garbageShare = 8
	// garbagePerPointers is how many bytes of it there must be for each byte of the heap in which the collector has to look for
	// pointers, because that is what collecting takes.
	garbagePerPointers = 16
)

// garbage is what the store knows of memory that only the collector can give back.
type garbage struct {
	bytes      int64 // of values that were let go since they were last collected
	least      int64 // that are worth collecting, but for the share of what is in memory
	collecting bool
}

// collect has the Go runtime collect the values that were let go, if they are many. Whoever has made a value does that, so that the next
// one is made in memory that the process has.
func (s *Store) collect() {
	s.mu.Lock()
	g := &s.garbage
	due := s.options.GuideHeap && !g.collecting && g.bytes >= max(leastGarbage, g.least, s.usage.boxed/garbageShare)
	if due {
		g.collecting, g.bytes = true, 0
	}
	s.mu.Unlock()
	if !due {
		return
	}
	off, pointers := heapFigures()
	if !off {
		runtime.GC()
		_, pointers = heapFigures()
	}
	s.mu.Lock()
	if g.collecting, g.least = false, pointers*garbagePerPointers; !off {
		s.stats.Collections++
	}
	s.mu.Unlock()
}

// heapFigures returns whether the program wants no collection (GOGC=off), and the bytes of the heap in which the collector looks for
// pointers.
func heapFigures() (off bool, pointers int64) {
	samples := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/scan/total:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() > math.MaxInt32, int64(samples[1].Value.Uint64())
}
