package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// A scheduler that was killed has a successor, which knows nothing of the blocks that agents hold. The agent keeps them meanwhile, lets end what
// runs, looks for the successor, and announces them there. It comes back under another number, so all connections with others end.

// offer is what the agent says of itself.
func (a *Agent) offer() *word.Join {
	return &word.Join{
		Name: a.cfg.Name, Slots: uint32(a.cfg.Slots), Memory: a.cfg.Memory, Resources: a.cfg.Resources,
		Address: a.cfg.Address, Pid: uint32(os.Getpid()),
	}
}

// schedulerLost ends the agent, or looks for another scheduler if the old one did not end on purpose.
func (a *Agent) schedulerLost(err error) {
	if a.cfg.Rejoin == nil || errors.Is(err, io.EOF) {
		a.over = errSchedulerGone
		return
	}
	a.log("the connection to the scheduler has ended, and results are kept for another one: %v", err)
	a.reports = nil // the next Join tells of them
	a.report()
	a.step(workerstate.SchedulerLost{})
	old := a.scheduler
	a.conns.Go(func() {
		_ = old.Close()
		conn, err := a.cfg.Rejoin(a.life)
		if err != nil {
			a.heard(note{end: fmt.Errorf("%w, and no other one was found: %w", errSchedulerGone, err)})
			return
		}
		if !a.heard(note{successor: conn}) {
			_ = conn.Close()
		}
	})
}

// rejoin announces the agent to another scheduler.
func (a *Agent) rejoin(conn Conn) {
	a.scheduler, a.rejoining = conn, true
	for _, p := range a.outgoing {
		a.conns.Go(p.close)
	}
	for _, c := range a.incoming {
		a.conns.Go(func() { _ = c.Close() })
	}
	clear(a.outgoing)
	clear(a.incoming)
	clear(a.offerTo)
	clear(a.addresses)
	a.arrivals.forgetAll()
	for b, m := range a.meetings {
		delete(a.meetings, b)
		m.end(nil, context.Canceled) // the attempt is given up
	}
	a.step(workerstate.Rejoin{})
	a.readScheduler()
}

// announce completes what the state machine says when it comes back.
func (a *Agent) announce(w *word.Join) {
	join := a.offer()
	join.Blocks = w.Blocks
	a.send(a.scheduler, join)
}

// welcomed goes on under the number that another scheduler has given.
func (a *Agent) welcomed(w *word.Welcome) {
	if !a.rejoining {
		return
	}
	a.rejoining, a.self = false, w.Agent
	a.step(workerstate.Welcomed{Self: w.Agent})
	early := a.early
	a.early = nil
	for _, n := range early {
		a.hear(n)
	}
	a.log("another scheduler has taken over, and this worker has joined it")
}
