package driver

import (
	"errors"
	"fmt"
	"io"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Agent takes a connection whose other end is an agent, which says Join first. It returns when the agent has its number, or
// was refused; a goroutine of the driver reads on.
func (d *Driver) Agent(conn Conn) error {
	first, err := conn.Receive()
	if err != nil {
		return refuse(conn, "an agent left before it joined: %w", err)
	}
	join, ok := first.(*word.Join)
	if !ok {
		return refuse(conn, "an agent said %T before it joined", first)
	}
	if join.Slots == 0 {
		return refuse(conn, "agent %q offers no slots", join.Name)
	}
	d.mu.Lock()
	d.lastAgent++
	a := &agent{number: d.lastAgent, join: *join, conn: conn}
	d.mu.Unlock()
	if !d.in.put(note{do: func() { d.agentJoined(a) }}) {
		return refuse(conn, "agent %q: %w", join.Name, ErrStopped)
	}
	d.conns.Add(1)
	go func() {
		defer d.conns.Done()
		for {
			w, err := conn.Receive()
			if err != nil {
				d.in.put(note{agent: a, err: d.why(a, err)})
				return
			}
			d.in.put(note{agent: a, word: w})
		}
	}()
	return nil
}

// agentJoined makes everybody known to everybody before the scheduler hears of the agent.
func (d *Driver) agentJoined(a *agent) {
	_ = a.conn.Send(&word.Welcome{Agent: a.number, Term: d.term()})
	here := &word.Peer{Agent: a.number, Address: a.join.Address, Name: a.join.Name}
	for _, other := range d.agents {
		_ = other.conn.Send(here)
		_ = a.conn.Send(&word.Peer{Agent: other.number, Address: other.join.Address, Name: other.join.Name})
	}
	for _, c := range d.clients {
		_ = c.conn.Send(here)
	}
	d.agents[a.number] = a
	d.step(sched.AgentJoined{Agent: a.number, Join: a.join})
	d.count(1)
	if d.cfg.Joined != nil {
		d.cfg.Joined(a.number, a.join)
	}
}

func (d *Driver) term() uint32 { return max(d.cfg.Sched.Term, 1) }

// why says why an agent is lost: how its process ended, where that is known.
func (d *Driver) why(a *agent, err error) error {
	if d.cfg.Certificate != nil {
		if c := d.cfg.Certificate(a.join); c != "" {
			return errors.New(c)
		}
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("worker %q (pid %d) ended its connection", a.join.Name, a.join.Pid)
	}
	return fmt.Errorf("the connection to worker %q (pid %d) ended: %w", a.join.Name, a.join.Pid, err)
}

// agentLost forgets an agent whose connection ended.
func (d *Driver) agentLost(a *agent, why error) {
	if d.agents[a.number] != a {
		return
	}
	delete(d.agents, a.number)
	_ = a.conn.Close()
	d.unanswered(a.number)
	gone := &word.Peer{Agent: a.number}
	for _, other := range d.agents {
		_ = other.conn.Send(gone)
	}
	for _, c := range d.clients {
		_ = c.conn.Send(gone)
	}
	d.step(sched.AgentLost{Agent: a.number, Why: why.Error()})
	d.count(-1)
	if d.cfg.Lost != nil {
		d.cfg.Lost(a.number, why.Error())
	}
}

// agentSays gives an agent's word to the state.
func (d *Driver) agentSays(a *agent, w any) {
	if d.agents[a.number] != a {
		return
	}
	switch w := w.(type) {
	case *word.Done:
		for k := range w.Tasks {
			if f := &w.Tasks[k]; len(f.Data) > 0 {
				d.small[f.Block], f.Data = f.Data, nil
			}
		}
		d.step(sched.AgentWord{Agent: a.number, Word: w})
	case *word.Explained:
		d.explained(w)
	case *word.Failed, *word.Returned, *word.Started, *word.Blocked, *word.InputMissing, *word.Unreachable:
		d.step(sched.AgentWord{Agent: a.number, Word: w})
	default:
		d.agentLost(a, fmt.Errorf("it said %T, which no agent says to a scheduler", w))
	}
}
