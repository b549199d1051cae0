package runner

import (
	"context"
	"errors"
)

// Meeting is one of the tasks of a gang, to which a call has come. It is over when all have come, or cannot.
type Meeting struct {
	over chan struct{}
	all  [][]byte
	err  error
}

// Over returns a channel that is closed when the meeting is over, or the call is.
func (m *Meeting) Over() <-chan struct{} { return m.over }

// All returns what each task brought, by rank, or why the meeting did not take place. Call it when the meeting is over.
func (m *Meeting) All() ([][]byte, error) { return m.all, m.err }

var (
	errMeets    = errors.New("this task is meeting the others already, in another goroutine")
	errReturned = errors.New("the call has returned")
)

// Come tells the agent that the call has come to the next meeting of its gang, and what it brings.
func (p *Place) Come(data []byte) (*Meeting, error) {
	p.s.order.Lock()
	defer p.s.order.Unlock()
	p.mu.Lock()
	m := &Meeting{over: make(chan struct{})}
	switch {
	case p.over:
		p.mu.Unlock()
		return nil, errReturned
	case p.meeting != nil:
		p.mu.Unlock()
		return nil, errMeets
	}
	p.meeting = m
	p.mu.Unlock()
	return m, writeFrame(p.s.out, frameMeet, p.number, data, nil)
}

// met ends the meeting that the call has come to.
func (p *Place) met(all [][]byte, why string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.meeting
	if m == nil {
		if p.over {
			return nil // it crosses the answer
		}
		return errors.New("a meeting is over to which the call has not come")
	}
	if p.meeting, m.all = nil, all; why != "" {
		m.err = errors.New(why)
	}
	close(m.over)
	return nil
}

// gathering is the agent's side of the meetings of a call, one after the other.
type gathering struct {
	waits Waits // nil: the call is of no gang
	end   context.CancelFunc
	over  chan met // has a value when the meeting is over; nil while there is none
}

// met is how a meeting ended.
type met struct {
	all [][]byte
	err error
}

// errMeet is what is wrong with a runner whose call comes to a meeting before the last one is over.
var errMeet = errors.New("its call comes to a second meeting at a time")

// come lets the call's task meet the others of its gang, until ctx ends or the call is over.
func (g *gathering) come(ctx context.Context, data []byte) error {
	if g.over != nil {
		return errMeet
	}
	over := make(chan met, 1)
	g.over = over
	if g.waits == nil {
		over <- met{err: errors.New("the call is of no gang")}
		return nil
	}
	ctx, g.end = context.WithCancel(ctx)
	go func() { // it ends before the call does: see leave
		all, err := g.waits.Meet(ctx, data)
		over <- met{all, err}
	}()
	return nil
}

// left notes that the meeting is over.
func (g *gathering) left() {
	if g.end != nil {
		g.end()
	}
	g.end, g.over = nil, nil
}

// leave ends the meeting of a call that is over.
func (g *gathering) leave() {
	if g.end != nil {
		g.end()
		<-g.over
	}
}
