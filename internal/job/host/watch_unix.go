//go:build unix

package host

import (
	"slices"
	"time"

	"github.com/braid-compute/braid/internal/job"
)

// watcher waits for a change.
type watcher struct {
	request *job.Request
	reply   func(body []byte, err error)
	late    *time.Timer
}

func (w *watcher) drop() { w.late.Stop() }

// mostWatchers bounds those who wait; the oldest is answered when there are more.
const mostWatchers = 1024

// flushAfter is for how long changes are collected before watchers are told.
const flushAfter = 50 * time.Millisecond

// watch keeps a request until something has changed, or its time is over.
func (h *Host) watch(r *job.Request, reply func(body []byte, err error)) {
	w := &watcher{request: r, reply: reply}
	w.late = time.AfterFunc(time.Duration(min(r.Wait, job.MostWait))*time.Millisecond, func() {
		h.in.put(func() {
			if k := slices.Index(h.watchers, w); k >= 0 {
				h.watchers = slices.Delete(h.watchers, k, k+1)
				h.tell(w)
			}
		})
	})
	h.watchers = append(h.watchers, w)
	if len(h.watchers) > mostWatchers {
		oldest := h.watchers[0]
		h.watchers = slices.Delete(h.watchers, 0, 1)
		h.tell(oldest)
	}
}

// tell answers a watcher.
func (h *Host) tell(w *watcher) {
	w.drop()
	x, err := h.do(w.request)
	h.reply(x, err, w.reply)
}

// flushSoon tells all watchers in a moment, so that many changes are told at once.
func (h *Host) flushSoon() {
	if h.flushing || len(h.watchers) == 0 {
		return
	}
	h.flushing = true
	time.AfterFunc(flushAfter, func() {
		h.in.put(func() {
			h.flushing = false
			list := h.watchers
			h.watchers = nil
			for _, w := range list {
				h.tell(w)
			}
		})
	})
}
