package runner

import (
	"context"
	"errors"

	"github.com/braid-compute/braid/internal/block"
)

// room is the agent's answer to a call that wants room for its result.
type room struct {
	at    block.Loan
	given bool
}

// Room returns memory of the agent for the call's only output, an encoded value of n bytes, which it is put into instead of being sent:
// then [Response.Placed] says so. It returns nil if there is no such memory. The call's own goroutine asks for it, once, when all else is
// done.
func (p *Place) Room(ctx context.Context, n int64) []byte {
	if !p.s.maps || n <= 0 {
		return nil
	}
	answer := make(chan room, 1)
	p.mu.Lock()
	p.answer = answer
	p.mu.Unlock()
	p.s.order.Lock()
	err := writeFrame(p.s.out, frameRoom, p.number, appendRoom(nil, n), nil)
	p.s.order.Unlock()
	if err != nil { // the agent is gone, which ends the process
		return nil
	}
	var r room
	select {
	case r = <-answer:
	case <-ctx.Done(): // the room is given back with the answer
	}
	if !r.given || r.at.Ref.Bytes != n {
		return nil
	}
	m, err := block.MapRoom(r.at)
	if err != nil {
		return nil
	}
	p.room = m
	return m.Bytes()
}

// Keep leaves the arguments that are lent to the call where they are when it is over. It is for a process that ends then, too.
func (p *Place) Keep() { p.kept.Store(true) }

// here takes the agent's word on room.
func (p *Place) here(at block.Loan, given bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answer == nil {
		return errors.New("room for a result that nobody has asked for")
	}
	p.answer <- room{at, given}
	p.answer = nil
	return nil
}

// leaveRoom unmaps the room for the result of a call that is over. Without room, or if the call has failed, nothing is there.
func (p *Place) leaveRoom(a *Response) {
	if a.Placed && (a.Failure != nil || p.room == nil) {
		*a = Response{Failure: &Failure{Kind: KindResult, Text: "the result was put into room that there is not"}}
	}
	if p.room != nil {
		_ = p.room.Close() // of a mapping that there is
		p.room = nil
	}
}
