package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Call executes an op and returns its outputs or how it failed. It waits for its turn if another call runs.
//
// The error is a [*Death] if the runner has ended, during this call or before; the cause of the context if that was cancelled
// and the op, told so, gave no result; or says why the request cannot be sent. What an op says after a deadline of the
// context is its answer. If the runner does not answer within the
// grace time after the end of the context or the time limit, it is killed, and the Death says so.
//
// The outputs are the caller's. The arguments must not change until Call returns.
func (r *Runner) Call(ctx context.Context, q Request) (Response, error) {
	if err := checkRequest(q); err != nil {
		return Response{}, err
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-r.over:
		return Response{}, r.died("")
	case <-ctx.Done():
		return Response{}, context.Cause(ctx)
	}
	select {
	case <-r.over: // the turn may have come first
		return Response{}, r.died("")
	default:
	}
	if err := ctx.Err(); err != nil {
		return Response{}, context.Cause(ctx)
	}
	r.limitMemory(q.Memory)
	if r.maps && len(q.Loans) > 0 {
		a, err := r.call(ctx, q)
		if a.Failure == nil || a.Failure.Kind != KindLoan {
			return a, err
		}
		r.maps = false
	}
	q.Loans = nil
	return r.call(ctx, q)
}

// call is Call for who has the turn. Arguments of which there are loans are lent, the others are sent.
func (r *Runner) call(ctx context.Context, q Request) (Response, error) {
	first, args := appendCall(nil, q), unlent(q.Args, q.Loans)
	if n := sizeOf(len(first), args); n > r.limit {
		return Response{}, fmt.Errorf("runner: call of %s: the arguments have %d bytes, and the runner takes at most %d", q.Op, n, r.limit)
	}
	r.number++
	c := &call{
		r: r, q: q, number: r.number, sent: make(chan error, 1),
		slot: yielding{waits: q.Waits}, gang: gathering{waits: q.Waits}, result: rooming{give: q.Room},
	}
	return c.run(ctx, first, args)
}

// died returns the death of a runner that has ended, with what it ran.
func (r *Runner) died(op string) *Death {
	return &Death{Op: op, Certificate: r.death.Certificate}
}

// limitMemory sets the memory limit of the next call. The first limit is counted from what the idle runner has.
func (r *Runner) limitMemory(bytes int64) {
	if bytes == r.current || r.lacks != "" {
		return
	}
	var err error
	if r.memory == nil {
		r.memory, err = r.proc.LimitMemory(bytes)
	} else {
		err = r.memory(bytes)
	}
	if err != nil {
		r.lacks = err.Error() // the runner may be dead, which the call will tell
		return
	}
	r.current = bytes
}

// call is one call while it runs.
type call struct {
	r      *Runner
	q      Request
	number uint32
	sent   chan error // one value for each message that was being sent
	busy   bool       // a message is being sent
	slot   yielding
	given  bool // the runner is to be told that it has its slot again
	gang   gathering
	met    *met // how a meeting ended, which the runner is to be told
	result rooming
	here   bool // the runner is to be told where there is room

	ended string      // why the call shall end, completing "ended because"
	why   reason      // the same, for the runner
	over  bool        // the context has ended
	told  bool        // the runner knows
	grace *time.Timer // until it is killed
	late  <-chan time.Time
}

// send writes a message on a goroutine of its own, because a runner that does not read must not hold up its end.
func (c *call) send(kind byte, first []byte, values [][]byte) {
	c.busy = true
	go func() {
		if kind == frameCall && len(c.q.Loans) > 0 {
			appendFrame(c.r.out, frameLend, c.number, appendLend(nil, c.q.Loans), nil)
		}
		c.sent <- writeFrame(c.r.out, kind, c.number, first, values)
	}()
}

func (c *call) run(ctx context.Context, first []byte, args [][]byte) (Response, error) {
	r := c.r
	c.send(frameCall, first, args)
	defer c.finish()
	var limit <-chan time.Time
	if c.q.Time > 0 {
		t := time.NewTimer(c.q.Time)
		defer t.Stop()
		limit = t.C
	}
	done := ctx.Done()
	for {
		select {
		case a := <-r.answers:
			return c.answered(ctx, a)
		case <-r.over:
			select {
			case a := <-r.answers: // its last words
				return c.answered(ctx, a)
			default:
				return Response{}, r.died(c.q.Op)
			}
		case err := <-c.sent:
			c.busy = false
			if err != nil {
				c.told = true // it cannot be
				c.end(reasonCancelled, "it closed its input")
				continue // it has ended, as a rule, and its certificate shall say how
			}
			c.tell()
		case w := <-r.words:
			if err := c.hear(ctx, w); err != nil {
				r.proc.Kill("it does not keep to the protocol: " + err.Error())
			}
		case <-c.slot.taking:
			c.slot.taken()
			c.given = true
			c.tell()
		case m := <-c.gang.over:
			c.gang.left()
			c.met = &m
			c.tell()
		case c.result.room = <-c.result.over:
			c.result.over, c.here = nil, true
			c.tell()
		case <-done:
			done = nil
			c.over = true
			why, what := reasonCancelled, "was cancelled"
			if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
				why, what = reasonLimit, "outlived its time limit"
			}
			c.end(why, fmt.Sprintf("its task %s and did not return within %v", what, r.options.Grace))
		case <-limit:
			limit = nil
			c.end(reasonLimit, fmt.Sprintf("its task took longer than its limit of %v and did not return within %v after it", c.q.Time, r.options.Grace))
		case <-c.late:
			c.late = nil
			r.proc.Kill(c.ended)
		}
	}
}

// hear acts on what the runner says about its slot, its gang and its result.
func (c *call) hear(ctx context.Context, w word) error {
	if w.number != c.number {
		return fmt.Errorf("words about call %d while call %d runs", w.number, c.number)
	}
	switch w.kind {
	case frameMeet:
		return c.gang.come(ctx, w.data)
	case frameRoom:
		return c.result.ask(ctx, w.bytes)
	}
	return c.slot.take(w)
}

// finish leaves nothing of the call behind. A runner that answers before it has read all is broken, and may not read on.
func (c *call) finish() {
	c.slot.end()
	c.gang.leave()
	c.result.leave()
	for len(c.r.words) > 0 {
		<-c.r.words // they came before the answer, and mean nothing after it
	}
	if c.busy {
		late := time.AfterFunc(c.r.options.Grace, func() { c.r.proc.Kill("it answered a call that it has not read") })
		<-c.sent
		late.Stop()
	}
	if c.grace != nil {
		c.grace.Stop()
	}
}

// end begins the grace time. The first reason counts.
func (c *call) end(why reason, ended string) {
	if c.ended != "" {
		return
	}
	c.why, c.ended = why, ended
	c.grace = time.NewTimer(c.r.options.Grace)
	c.late = c.grace.C
	c.tell()
}

// tell sends what there is to say when the last message is out: that the slot is there, how a meeting ended,
// where there is room, and the cancellation, once.
func (c *call) tell() {
	switch {
	case c.busy:
	case c.given:
		c.given = false
		c.send(frameGiven, nil, nil)
	case c.met != nil:
		why := ""
		if err := c.met.err; err != nil {
			why = cmp.Or(err.Error(), "no reason was given")
		}
		c.send(frameMet, appendMet(nil, len(c.met.all), why), c.met.all)
		c.met = nil
	case c.here:
		c.here = false
		c.send(frameHere, appendHere(nil, c.result.room), nil)
	case c.ended != "" && !c.told:
		c.told = true
		c.send(frameCancel, []byte{byte(c.why)}, nil)
	}
}

// answered judges an answer.
func (c *call) answered(ctx context.Context, a answer) (Response, error) {
	if a.number != c.number {
		c.r.proc.Kill(fmt.Sprintf("it answered call %d while call %d ran", a.number, c.number))
		<-c.r.over
		return Response{}, c.r.died(c.q.Op)
	}
	f := a.response.Failure
	if f != nil && c.over && c.why != reasonLimit {
		return Response{}, context.Cause(ctx)
	}
	if a.response.Placed {
		if a.response.Room = c.result.take(); a.response.Room == nil {
			c.r.proc.Kill("its result is in room that it was not given")
			<-c.r.over
			return Response{}, c.r.died(c.q.Op)
		}
		return a.response, nil
	}
	if f == nil && len(a.response.Outputs) != max(1, int(c.q.Outputs)) {
		a.response = Response{Failure: &Failure{Kind: KindResult, Text: fmt.Sprintf("%d outputs came, and %d were expected", len(a.response.Outputs), max(1, int(c.q.Outputs)))}}
	}
	return a.response, nil
}
