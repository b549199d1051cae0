package driver

import (
	"errors"
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

var errSchedulerGone = errors.New("the scheduler that it was connected with is gone")

// Open starts a driver that goes on where an earlier one ended, as far as the journal tells: with its submissions, its clients, which come
// back by themselves, and its names. End it with Close.
func Open(cfg Config) (*Driver, error) {
	d := prepare(cfg, defaultLimits)
	d.keeping.journal = cfg.Journal
	if err := d.recall(); err != nil {
		return nil, fmt.Errorf("what an earlier scheduler has kept: %w", err)
	}
	for _, c := range d.clients {
		go d.readClient(c)
	}
	go d.loop()
	return d, nil
}

// recall takes in what the journal tells. Nobody is connected meanwhile: what clients are to be told waits in their conversations.
func (d *Driver) recall() error {
	d.keeping.recalls = true
	gone := make(map[word.Client]bool)
	for what, err := range d.keeping.journal.Replay() {
		if err != nil {
			return err
		}
		switch x := what.(type) {
		case record.Attached:
			d.recallClient(x)
		case record.Named:
			d.named[x.Name] = &publication{
				run: x.Run, typ: x.Type, program: x.Program, since: time.Now(), release: func() {}, client: x.Client, question: x.Question,
			}
		case record.Numbers:
			d.lastRun, d.lastAgent, d.lastClient = max(d.lastRun, x.Run), max(d.lastAgent, x.Agent), max(d.lastClient, x.Client)
		case sched.Submitted:
			d.recallRun(x)
		case sched.AgentWord:
			if w, ok := x.Word.(*word.Failed); ok {
				d.step(sched.FailedBefore{Word: w})
			}
		case sched.ClientGone:
			gone[x.Client] = true
			d.step(x)
		case sched.Event:
			d.step(x)
		}
		d.perform(d.effects)
		d.effects = d.effects[:0]
	}
	d.keeping.recalls = false
	d.awaitAgents()
	for _, s := range d.runs {
		if s.client != ownClient && d.clients[s.client] == nil && !gone[s.client] { // it was inside the process that is gone
			gone[s.client] = true
			d.in.put(note{do: func() { d.step(sched.ClientGone{Client: s.client}) }})
		}
	}
	for _, c := range d.clients {
		if d.cfg.Lives != nil && !d.cfg.Lives(c.program.Pid) { // what it wanted must not be placed once more
			d.in.put(note{do: func() { d.clientGone(c) }})
			continue
		}
		c.cut = cut{since: time.Now(), why: errSchedulerGone, said: true}
		d.lookAfter(c, lookPause)
	}
	return nil
}

// recallClient enters a client, which has no connection yet.
func (d *Driver) recallClient(x record.Attached) {
	c := &client{
		number: x.Client, token: x.Token, program: Program{Name: x.Program, Pid: x.Pid, Worker: x.Worker}, since: time.Now(),
		runs: make(map[uint64]word.Run), release: func() {}, heard: x.Heard, kept: x.Heard,
	}
	c.line = reconnect.Recover(x.Token, x.Heard, d.lineOptions(c))
	c.conn = c.line
	d.conns.enter(c.line)
	d.clients[c.number], d.tokens[c.token] = c, c
	d.lastClient = max(d.lastClient, c.number)
	d.say(c.conn, &word.Welcome{Client: c.number, Term: d.term()})
}

// recallRun enters a submission. Its client is told once more that it was accepted.
func (d *Driver) recallRun(x sched.Submitted) {
	bytes, _ := weigh(x.Graph, d.limits.argument) // which was checked when it came
	d.runs[x.Run] = &submission{graph: x.Graph, bytes: bytes, client: x.Client, sequence: x.Graph.Submission, all: x.All, wanted: x.Wanted}
	d.lastRun = max(d.lastRun, x.Run)
	if c := d.clients[x.Client]; c != nil {
		c.runs[x.Graph.Submission] = x.Run
		d.say(c.conn, &word.Accepted{Sequence: x.Graph.Submission, Run: x.Run})
	}
	d.step(x)
}

// awaitAgents lets agents come back before work is placed.
func (d *Driver) awaitAgents() {
	if d.cfg.Returning <= 0 || len(d.runs) == 0 {
		return
	}
	d.settling = time.AfterFunc(d.cfg.ReturningWithin, func() { d.in.put(note{do: d.settled}) })
}

// settled lets work be placed.
func (d *Driver) settled() {
	if d.settling != nil {
		d.settling.Stop()
		d.settling = nil
	}
}

// returned notes that an agent has joined, which may be the last one that is waited for.
func (d *Driver) returned() {
	if len(d.agents) >= d.cfg.Returning {
		d.settled()
	}
}

// agentsAhead is for how many agents numbers are reserved at a time.
const agentsAhead = 64

// reserveAgents makes sure that no successor gives an agent's number again: blocks and failures are told by it.
func (d *Driver) reserveAgents(n word.Agent) {
	k := &d.keeping
	if k.journal == nil || n <= k.agents {
		return
	}
	k.agents = n + agentsAhead
	d.keep(record.Numbers{Agent: k.agents}, true)
}
