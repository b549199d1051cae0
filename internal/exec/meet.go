package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// meeting is where the members of a gang wait for each other: all of them come, or nobody goes on.
type meeting struct {
	data [][]byte // by rank; nil where nobody has come
	came int
	err  error         // why it does not take place
	over chan struct{} // closed when all have come, or one cannot
}

func newMeeting(n int) *meeting { return &meeting{data: make([][]byte, n), over: make(chan struct{})} }

// come takes what a member brings.
func (m *meeting) come(rank int, data []byte) error {
	if m.err != nil {
		return nil // it learns that as the others do
	}
	if m.data[rank] != nil {
		return errors.New("this task is meeting the others already, in another goroutine")
	}
	if m.data[rank] = slices.Clone(data); data == nil {
		m.data[rank] = []byte{}
	}
	if m.came++; m.came == len(m.data) {
		close(m.over)
	}
	return nil
}

// leave ends the meeting, and those to come, because a member has returned.
func (m *meeting) leave(name string) {
	if m.err != nil {
		return
	}
	m.data, m.err = nil, errLeft(name)
	close(m.over)
}

func errLeft(name string) error {
	return fmt.Errorf("%s, another task of the gang, has returned without coming to this meeting", name)
}

// Meet waits until every task of this one's gang has called it as often as this one, and returns what each brought, by rank. It
// ends with ctx, and with an error when a task of the gang returns instead. A task that did not wait for the end of a meeting, to which it
// has come as far as the others see, would be a meeting behind them: it has no others.
func (c *Context) Meet(ctx context.Context, data []byte) ([][]byte, error) {
	m := c.extra()
	m.mu.Lock()
	behind := m.behind
	m.mu.Unlock()
	if behind {
		return nil, errBehind
	}
	all, err := c.meet(ctx, data)
	if err != nil && ctx.Err() != nil {
		m.mu.Lock()
		m.behind = true
		m.mu.Unlock()
	}
	return all, err
}

var errBehind = errors.New("this task has not waited for the end of an earlier meeting, so it would be behind the others of its gang: " +
	"let it fail, with Retries if they shall begin again")

func (c *Context) meet(ctx context.Context, data []byte) ([][]byte, error) {
	g := c.run.gangOf(c.index)
	if g == nil && c.run.x.config.Elsewhere == nil {
		return nil, errors.New("this task is of no gang here")
	}
	if meet := c.run.x.config.Meet; meet != nil {
		return meet(ctx, c, data)
	}
	g.mu.Lock()
	if g.attempt != c.attempt || g.over {
		g.mu.Unlock()
		return nil, c.whyDone(ctx)
	}
	m := g.meeting
	err := m.come(g.rank(c.index), data)
	if m.came == g.count && m.err == nil {
		g.meeting = newMeeting(g.count)
	}
	g.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := AwaitMeeting(ctx, m.over); err != nil {
		return nil, err
	}
	return m.data, m.err
}

// patience is how long a task that waits for the others of its gang keeps its slot.
const patience = time.Second

// AwaitMeeting waits until a meeting is over, or ctx, which belongs to a task. The others have begun as well, so mostly that takes no time, and the
// slot is worth keeping. After a while it is yielded, as in every wait: what one of the others waits for may need it.
func AwaitMeeting(ctx context.Context, over <-chan struct{}) error {
	t := FromContext(ctx)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for waited := false; ; waited = true {
		select {
		case <-over:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.Done():
			return context.Cause(t)
		case <-timer.C:
		}
		if !waited {
			t.Block("the others of its gang")
			defer t.Unblock()
		}
	}
}

// InGang reports whether the task is one of a gang.
func (c *Context) InGang() bool { return c.run.calls[c.call].gang }

// Run returns the run of the task.
func (c *Context) Run() *Run { return c.run }

// whyDone returns why the gang of this attempt does not go on.
func (c *Context) whyDone(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return context.Canceled
}
