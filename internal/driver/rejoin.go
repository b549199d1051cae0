package driver

import (
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

// AttachAgent takes a connection whose other end is an agent that may come back: it says word.Attach first, and in the conversation that
// follows Join. It returns as Agent does, or when an agent goes on over this connection that was cut off.
func (d *Driver) AttachAgent(conn Conn) error {
	return d.greet(conn, "an agent", func(w *word.Attach) error {
		if w.Again {
			return d.within("an agent", func() error { return d.agentBack(conn, w) })
		}
		a := &agent{token: w.Token}
		a.line = reconnect.Accept(conn, w.Token, reconnect.Options{
			Patience: d.cfg.AgentTimeout,
			Broken:   func(why error) { d.in.put(note{do: func() { d.agentCut(a, why) }}) },
		})
		a.conn = a.line
		return d.takeIn(a)
	})
}

// agentCut notes that the connection of an agent has broken, and waits for the next one.
func (d *Driver) agentCut(a *agent, why error) {
	if d.agents[a.number] != a || a.line.Connected() || a.cut.off() {
		return
	}
	if d.cfg.AgentTimeout <= 0 {
		a.line.GiveUp(why)
		return
	}
	a.cut = cut{since: time.Now(), why: why}
	d.count(-1)
	d.lookAfterAgent(a, 0)
}

// How often it is looked whether the process of an agent that is cut off still lives: what it was to do waits to be done elsewhere.
const (
	agentPause     = time.Millisecond
	lastAgentPause = 100 * time.Millisecond
)

// lookAfterAgent waits for an agent that is cut off, and looks after its process.
func (d *Driver) lookAfterAgent(a *agent, pause time.Duration) {
	d.watch(&a.cut, d.cfg.AgentTimeout, pause, a.join.Pid, func(lives bool) {
		switch {
		case !lives:
			a.line.GiveUp(a.cut.why) // its reader says how it ended
		case time.Since(a.cut.since) >= d.cfg.AgentTimeout:
			a.line.GiveUp(fmt.Errorf("it has not come back within %v: %w", d.cfg.AgentTimeout, a.cut.why))
		default:
			if pause >= lastAgentPause && !a.cut.said {
				a.cut.said = true
				d.log("worker %q (pid %d) is cut off, and is waited for for %v: %v", a.join.Name, a.join.Pid, d.cfg.AgentTimeout, a.cut.why)
			}
			d.lookAfterAgent(a, min(max(2*pause, agentPause), lastAgentPause))
		}
	})
}

// agentBack goes on with an agent over another connection.
func (d *Driver) agentBack(conn Conn, w *word.Attach) error {
	a := d.agentTokens[w.Token]
	if a == nil {
		return fmt.Errorf("the scheduler does not know this worker any more: it was cut off for more than %v, or the cluster was started again", d.cfg.AgentTimeout)
	}
	if err := a.line.Resume(conn, w.Heard); err != nil {
		a.line.GiveUp(err)
		return fmt.Errorf("this worker cannot go on where it was: %w", err)
	}
	if a.cut.said {
		d.log("worker %q (pid %d) is back after %v", a.join.Name, a.join.Pid, time.Since(a.cut.since).Round(time.Millisecond))
	}
	if a.cut.off() {
		d.count(1)
	}
	a.cut.stop()
	return nil
}
