package runner

import (
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/block"
)

// Place is what a call has at its agent: a slot, which it yields while it waits for other tasks, a place in a gang, and room for its result.
type Place struct {
	s      *server
	number uint32

	mu    sync.Mutex
	waits int // goroutines of the call that wait
	state slotState
	over  bool
	back  chan struct{} // closed when the slot that was asked for is there, or the call is over

	meeting *Meeting  // that the call has come to last, until it is over
	answer  chan room // gets where there is room for the result; nil while nobody asks

	room *block.Mapped // for the result; of the goroutine that runs the call
	kept atomic.Bool   // lent arguments stay
}

type slotState uint8

const (
	slotHeld slotState = iota
	slotYielded
	slotAsked // for again, and not there yet
)

// Yield tells the agent that the call begins to wait, and for what, for people. Retake must be called afterwards. Several goroutines of a
// call may wait; the slot is yielded while any of them does.
func (p *Place) Yield(what string) {
	p.s.order.Lock()
	defer p.s.order.Unlock()
	p.mu.Lock()
	p.waits++
	kind := p.next()
	p.mu.Unlock()
	p.say(kind, what)
}

// Retake undoes Yield. It returns when the call has its slot again, or another of its goroutines has begun to wait.
func (p *Place) Retake() {
	p.s.order.Lock()
	p.mu.Lock()
	p.waits--
	kind := p.next()
	p.mu.Unlock()
	p.say(kind, "")
	p.s.order.Unlock()

	p.mu.Lock()
	defer p.mu.Unlock()
	for p.waits == 0 && p.state == slotAsked && !p.over {
		back := p.back
		p.mu.Unlock()
		<-back
		p.mu.Lock()
	}
}

// next returns the message that is to be sent, or 0. Called with mu held.
func (p *Place) next() byte {
	switch {
	case p.over:
	case p.state == slotHeld && p.waits > 0:
		p.state = slotYielded
		return frameYield
	case p.state == slotYielded && p.waits == 0:
		p.state, p.back = slotAsked, make(chan struct{})
		return frameRetake
	}
	return 0
}

// say sends a message, if there is one. Called with the server's order held. An error means that the agent is gone, which ends the process.
func (p *Place) say(kind byte, what string) {
	switch kind {
	case frameYield:
		writeFrame(p.s.out, kind, p.number, appendYield(nil, what), nil)
	case frameRetake:
		writeFrame(p.s.out, kind, p.number, nil, nil)
	}
}

// given takes the slot that the agent gives.
func (p *Place) given() {
	p.s.order.Lock()
	defer p.s.order.Unlock()
	p.mu.Lock()
	if p.state != slotAsked || p.over { // it crosses the answer
		p.mu.Unlock()
		return
	}
	p.state = slotHeld
	close(p.back)
	kind := p.next() // somebody may wait again
	p.mu.Unlock()
	p.say(kind, "tasks that it has submitted")
}

// end is for a call that is over: nobody waits for its slot any more. Called with the server's order held.
func (p *Place) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.state == slotAsked {
		close(p.back)
	}
	if m := p.meeting; m != nil {
		p.meeting, m.err = nil, errReturned
		close(m.over)
	}
}
