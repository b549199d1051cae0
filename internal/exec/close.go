package exec

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// Close cancels what is not finished and ends the workers. It waits up to timeout for running functions to return; the
// error names those that did not, which keep their goroutines until they do.
func (x *Executor) Close(timeout time.Duration) error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	x.drained = make(chan struct{})
	x.irregular.Add(1)
	x.closeNeeds()
	idle := x.idle
	x.idle = nil
	x.sleeping.Store(0)
	for x.resuming.len() > 0 {
		x.popResuming() <- nil
	}
	var runs []*Run
	for n := range *x.runs.Load() {
		if r := (*x.runs.Load())[n].Load(); r != nil {
			runs = append(runs, r)
		}
	}
	alive := x.driving.Load()
	x.mu.Unlock()
	x.losses.end()
	for _, r := range runs {
		r.Cancel(ErrClosed)
	}
	for _, s := range idle {
		if s.parked != nil {
			s.parked <- false
		}
	}
	if alive == 0 {
		return nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-x.drained:
		return nil
	case <-timer.C:
		return x.stillRunning(timeout)
	}
}

// stillRunning names the functions that have not returned.
func (x *Executor) stillRunning(timeout time.Duration) error {
	var names []string
	for _, c := range x.active() {
		names = append(names, fmt.Sprintf("%s (for %v)", c.Name(), x.sinceStart(c).Round(time.Millisecond)))
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("braid: closed, but %d tasks were still running after %v: %s; a function ends early only if it watches its context",
		len(names), timeout, strings.Join(names, ", "))
}

// leave counts a worker out.
func (x *Executor) leave() {
	if x.driving.Add(-1) != 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed && x.driving.Load() == 0 {
		x.drain.Do(func() { close(x.drained) })
	}
}
