package runner

import "sync"

// Slot is the slot of an agent that a call has. While the call waits for other tasks it yields it.
type Slot struct {
	s      *server
	number uint32

	mu    sync.Mutex
	waits int // goroutines of the call that wait
	state slotState
	over  bool
	back  chan struct{} // closed when the slot that was asked for is there, or the call is over
}

type slotState uint8

const (
	slotHeld slotState = iota
	slotYielded
	slotAsked // for again, and not there yet
)

// Yield tells the agent that the call begins to wait, and for what, for people. Retake must be called afterwards. Several goroutines of a
// call may wait; the slot is yielded while any of them does.
func (l *Slot) Yield(what string) {
	l.s.order.Lock()
	defer l.s.order.Unlock()
	l.mu.Lock()
	l.waits++
	kind := l.next()
	l.mu.Unlock()
	l.say(kind, what)
}

// Retake undoes Yield. It returns when the call has its slot again, or another of its goroutines has begun to wait.
func (l *Slot) Retake() {
	l.s.order.Lock()
	l.mu.Lock()
	l.waits--
	kind := l.next()
	l.mu.Unlock()
	l.say(kind, "")
	l.s.order.Unlock()

	l.mu.Lock()
	defer l.mu.Unlock()
	for l.waits == 0 && l.state == slotAsked && !l.over {
		back := l.back
		l.mu.Unlock()
		<-back
		l.mu.Lock()
	}
}

// next returns the message that is to be sent, or 0. Called with mu held.
func (l *Slot) next() byte {
	switch {
	case l.over:
	case l.state == slotHeld && l.waits > 0:
		l.state = slotYielded
		return frameYield
	case l.state == slotYielded && l.waits == 0:
		l.state, l.back = slotAsked, make(chan struct{})
		return frameRetake
	}
	return 0
}

// say sends a message, if there is one. Called with the server's order held. An error means that the agent is gone, which ends the process.
func (l *Slot) say(kind byte, what string) {
	switch kind {
	case frameYield:
		writeFrame(l.s.out, kind, l.number, appendYield(nil, what), nil)
	case frameRetake:
		writeFrame(l.s.out, kind, l.number, nil, nil)
	}
}

// given takes the slot that the agent gives.
func (l *Slot) given() {
	l.s.order.Lock()
	defer l.s.order.Unlock()
	l.mu.Lock()
	if l.state != slotAsked || l.over { // it crosses the answer
		l.mu.Unlock()
		return
	}
	l.state = slotHeld
	close(l.back)
	kind := l.next() // somebody may wait again
	l.mu.Unlock()
	l.say(kind, "tasks that it has submitted")
}

// end is for a call that is over: nobody waits for its slot any more. Called with the server's order held.
func (l *Slot) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.state == slotAsked {
		close(l.back)
	}
}
