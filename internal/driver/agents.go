package driver

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// joinTime is how long an agent may take to say Join.
const joinTime = 10 * time.Second

// Agent takes a connection whose other end is an agent, which says Join first. It returns when the agent has its number, or
// was refused and told why; a goroutine of the driver reads on.
func (d *Driver) Agent(conn Conn) error { return d.takeIn(&agent{conn: conn}) }

// takeIn takes an agent in whose connection is known.
func (d *Driver) takeIn(a *agent) error {
	if !d.conns.enter(a.conn) {
		_ = a.conn.Close()
		return fmt.Errorf("an agent: %w", ErrStopped)
	}
	if err := d.admit(a); err != nil {
		_ = a.conn.Close()
		d.conns.leave(a.conn)
		return err
	}
	go d.readAgent(a)
	return nil
}

// admit hears what an agent offers and gives it its number.
func (d *Driver) admit(a *agent) error {
	late := time.AfterFunc(joinTime, func() { _ = a.conn.Close() })
	first, err := a.conn.Receive()
	if !late.Stop() {
		return fmt.Errorf("an agent did not join within %v", joinTime)
	}
	if err != nil {
		return fmt.Errorf("an agent left before it joined: %w", err)
	}
	join, ok := first.(*word.Join)
	if !ok {
		return fmt.Errorf("an agent said %T before it joined", first)
	}
	if err := checkJoin(join); err != nil {
		_ = a.conn.Send(&word.Gone{Why: fmt.Sprintf("the scheduler refuses this worker: %v", err)})
		return fmt.Errorf("agent %.100q is refused: %w", join.Name, err)
	}
	d.mu.Lock()
	d.lastAgent++
	a.number, a.join, a.since = d.lastAgent, *join, time.Now()
	d.mu.Unlock()
	if !d.in.put(note{do: func() { d.agentJoined(a) }}) {
		return fmt.Errorf("agent %q: %w", join.Name, ErrStopped)
	}
	return nil
}

// readAgent hands on what an agent says until its connection ends.
func (d *Driver) readAgent(a *agent) {
	defer d.conns.leave(a.conn)
	err := d.polled.Serve(a.conn, func(w any) {
		d.in.bring(note{agent: a, word: w})
		d.drive()
	})
	d.in.put(note{agent: a, err: d.why(a, err)})
	_ = a.conn.Close()
}

// agentJoined makes everybody known to everybody before the scheduler hears of the agent.
func (d *Driver) agentJoined(a *agent) {
	d.reserveAgents(a.number)
	d.say(a.conn, &word.Welcome{Agent: a.number, Term: d.term()})
	here := &word.Peer{Agent: a.number, Address: a.join.Address, Name: a.join.Name}
	for _, other := range d.agents {
		d.tell(other, held{word: here})
		d.say(a.conn, &word.Peer{Agent: other.number, Address: other.join.Address, Name: other.join.Name})
	}
	for _, c := range d.clients {
		d.say(c.conn, here)
	}
	d.agents[a.number] = a
	if a.line != nil {
		d.agentTokens[a.token] = a
	}
	d.idle()
	d.step(sched.AgentJoined{Agent: a.number, Join: a.join})
	d.returned()
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
	wasCut := a.cut.off()
	a.cut.stop()
	delete(d.agentTokens, a.token)
	d.conns.cut(a.conn)
	a.held = nil
	d.unanswered(a.number)
	gone := &word.Peer{Agent: a.number}
	for _, other := range d.agents {
		d.tell(other, held{word: gone})
	}
	for _, c := range d.clients {
		d.say(c.conn, gone)
	}
	d.step(sched.AgentLost{Agent: a.number, Why: why.Error()})
	if !wasCut { // which has been counted
		d.count(-1)
	}
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
		missed := d.expected(a, w)
		d.step(sched.AgentWord{Agent: a.number, Word: w})
		d.endMissed(missed)
	case *word.Meet:
		d.meet(a, w)
	case *word.Explained:
		d.explained(w)
	case *word.Failed:
		d.memberFailed(a, w)
	case *word.Lost, *word.Returned, *word.Started, *word.Blocked, *word.InputMissing, *word.Unreachable:
		d.step(sched.AgentWord{Agent: a.number, Word: w})
	default:
		d.agentLost(a, fmt.Errorf("it said %T, which no agent says to a scheduler", w))
	}
}
