package exec

import (
	"context"
	"fmt"
	"time"
)

// lastWords is how long an attempt that outlived its limit, and whose function looks at its context, is waited for: what the
// function says then tells more than the limit alone, such as what a program that was stopped has written. It is long
// enough for a program to end, and short beside what a person waits.
const lastWords = 500 * time.Millisecond

// limit arms the time limit of an attempt.
func (c *Context) limit(nanos int64) {
	x := c.extra()
	x.deadline = time.Now().Add(time.Duration(nanos))
	x.timer = time.AfterFunc(time.Duration(nanos), c.expire)
}

// expire ends the context of an attempt that outlived its limit. A function that looks at its context is given time to
// say how it ended; what another one says may be long in coming, so its attempt is settled at once.
func (c *Context) expire() {
	m := c.extra()
	m.mu.Lock()
	if m.ended {
		m.mu.Unlock()
		return
	}
	m.expired = true
	heeded := m.heeded
	if heeded {
		m.timer = time.AfterFunc(lastWords, c.giveUp)
	}
	m.mu.Unlock()
	c.cancel(context.DeadlineExceeded)
	if !heeded {
		c.giveUp()
	}
}

// overdue reports whether the attempt outlived its limit before its function returned.
func (c *Context) overdue() bool {
	m := c.extra()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.expired
}

// giveUp settles an attempt that outlived its limit and whose function has not returned. The function goes on, since Go
// cannot stop it, and keeps its slot and token; its result will be dropped.
func (c *Context) giveUp() {
	r := c.run
	if !r.takeToken() { // the function may be returning now, and with it its token
		return
	}
	defer r.dropTokens(1, nil)
	t := r.task(c.index)
	k := &r.calls[c.call]
	f := &Failure{
		Reason: ReasonLimit, Run: r, Task: c.index, Call: c.call, Attempt: int(c.attempt) + 1, Err: &limitError{limit: time.Duration(k.limit)},
	}
	if k.gang && r.gangOf(c.index).restart(c, f) {
		return
	}
	if !t.win(c.attempt) {
		return
	}
	if c.attempt < uint32(k.retries) && r.cancelled.Load() == nil {
		r.retry(c.index, t, f, nil)
		return
	}
	k.group.failed.Add(1)
	r.x.observeFailure(f)
	r.publish(c.index, t, StatusFailed, f, nil)
}

// limitError is the error of an attempt that outlived its limit: the limit, and what its function said at its end.
type limitError struct {
	limit time.Duration
	said  error // or nil
}

func (e *limitError) Error() string {
	if e.said == nil || e.said.Error() == context.DeadlineExceeded.Error() {
		return fmt.Sprintf("it outlived its time limit of %v: %v", e.limit, context.DeadlineExceeded)
	}
	return fmt.Sprintf("it outlived its time limit of %v, and ended with: %v", e.limit, e.said)
}

// Unwrap returns what the context says, and what the function said.
func (e *limitError) Unwrap() []error {
	if e.said == nil {
		return []error{context.DeadlineExceeded}
	}
	return []error{context.DeadlineExceeded, e.said}
}
