package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/internal/agent"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

// InsideOptions say what [StartInside] starts.
type InsideOptions struct {
	Agents       int
	Slots        int
	Memory       int64
	Resources    []word.Resource
	CloseTimeout time.Duration
	// ClientTimeout is for how long what a client wanted is kept when its connection has broken. 0 means not at all.
	ClientTimeout time.Duration
	// AgentTimeout is the same for agents. 0 means that their connections cannot be cut.
	AgentTimeout time.Duration
	// Lasts says how many words the next connection with the scheduler carries before it is cut; 0 means that it is not. nil: none is.
	Lasts func() int
}

// Inside is a cluster whose scheduler and agents are all in this process: everything that a cluster of processes does, with
// connections that are no sockets, for tests under virtual time and with planned faults.
type Inside struct {
	o      InsideOptions
	name   string
	driver *driver.Driver
	agents sync.WaitGroup
	visits sync.WaitGroup // of those who attach

	mu      sync.Mutex
	members map[string]*member // by address
	closed  bool
	err     error
}

type member struct {
	agent  *agent.Agent
	cancel context.CancelCauseFunc
	cut    func() // ends its connection with the scheduler; set before it joins
	killed atomic.Bool
	visits sync.WaitGroup
}

// StartInside starts a cluster in this process.
func StartInside(o InsideOptions) (*Inside, error) {
	c := &Inside{o: o, members: make(map[string]*member)}
	c.driver = driver.New(driver.Config{ClientTimeout: o.ClientTimeout, AgentTimeout: o.AgentTimeout})
	insides.mu.Lock()
	insides.last++
	c.name = strconv.Itoa(insides.last)
	if insides.byName == nil {
		insides.byName = make(map[string]*Inside)
	}
	insides.byName[c.name] = c
	insides.mu.Unlock()
	for n := range o.Agents {
		if err := c.Add(Role + "-" + strconv.Itoa(n)); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// Add starts one more agent and waits until it has joined.
func (c *Inside) Add(name string) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	owner, leave := program.Owner(insideRemote{c})
	m := &member{cancel: cancel}
	m.agent = agent.New(agent.Config{
		Name: name, Slots: c.o.Slots, Memory: c.o.Memory, Resources: c.o.Resources, Address: "inside:" + name, Op: program.Op, Owner: owner,
		Dial: func(address string) (agent.Conn, error) { return c.Dial(address) },
	})
	c.mu.Lock()
	taken := c.members["inside:"+name] != nil
	if !taken {
		c.members["inside:"+name] = m
	}
	c.mu.Unlock()
	if taken {
		cancel(nil)
		return errors.Join(fmt.Errorf("add a worker: there is one with the name %q: choose another, or kill that one first", name), leave())
	}
	conn, joined, err := c.agentConn(ctx)
	if err != nil {
		cancel(err)
		c.forget(name, m)
		return errors.Join(err, leave())
	}
	c.mu.Lock()
	m.cut = func() { _ = conn.Close() }
	if r, ok := conn.(*reconnect.Conn); ok {
		m.cut = func() { r.GiveUp(ErrKilled) }
	}
	c.mu.Unlock()
	c.agents.Go(func() {
		err := m.agent.Run(ctx, conn, c.o.CloseTimeout)
		cancel(nil)
		c.forget(name, m) // nobody dials it any more
		_ = leave()
		m.visits.Wait()
		if err != nil && !m.killed.Load() {
			c.mu.Lock()
			c.err = errors.Join(c.err, fmt.Errorf("%s: %w", name, err))
			c.mu.Unlock()
		}
	})
	return joined()
}

// agentConn connects an agent to the scheduler. joined waits until it has its number there.
func (c *Inside) agentConn(ctx context.Context) (conn driver.Conn, joined func() error, err error) {
	if c.o.AgentTimeout == 0 {
		ours, theirs := driver.Pipe()
		return ours, func() error { return c.driver.Agent(theirs) }, nil
	}
	first := make(chan error, 1)
	carrier, err := c.carrier(func(conn driver.Conn) { first <- c.driver.AttachAgent(conn) })
	if err != nil {
		return nil, nil, err
	}
	conn, err = reconnect.Dial(ctx, carrier, reconnect.Options{Dial: func(context.Context) (reconnect.Carrier, error) {
		return c.carrier(func(conn driver.Conn) { _ = c.driver.AttachAgent(conn) })
	}})
	return conn, func() error { return <-first }, err
}

// ErrKilled is why an agent ended that was killed.
var ErrKilled = errors.New("the worker was killed")

// Kill ends an agent as the death of its process would: its connections end, and what it held is gone. No word that the scheduler says
// from now on reaches it.
func (c *Inside) Kill(name string) {
	if m := c.forget(name, nil); m != nil {
		m.killed.Store(true)
		m.cancel(ErrKilled)
		m.cut()
	}
}

// forget takes an agent out of those that can be dialled and killed; nil if it is none of them. If only is not nil, another agent, which has
// the name by now, stays.
func (c *Inside) forget(name string, only *member) *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members["inside:"+name]
	if only != nil && m != only {
		return nil
	}
	delete(c.members, "inside:"+name)
	if m != nil && m.cut == nil { // it is still being added
		m.cut = func() {}
	}
	return m
}

// Connect returns a connection to the scheduler for a client, which goes on by itself when it is cut.
func (c *Inside) Connect(ctx context.Context, notice func(string)) (driver.Conn, error) {
	again := func() (driver.Conn, error) {
		return c.carrier(func(conn driver.Conn) { _ = c.driver.Attach(conn, driver.Program{}) }) // the client is told why not
	}
	carrier, err := again()
	if err != nil {
		return nil, err
	}
	return reconnect.Dial(ctx, carrier, reconnect.Options{
		Notice: notice, Dial: func(context.Context) (reconnect.Carrier, error) { return again() },
	})
}

// Dial connects to an agent, to get blocks from it.
func (c *Inside) Dial(address string) (driver.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members[address]
	if m == nil {
		return nil, fmt.Errorf("there is no worker at %q", address)
	}
	ours, theirs := driver.Pipe()
	m.visits.Go(func() { m.agent.Serve(theirs) })
	return ours, nil
}

// Address returns what [Attach] finds the cluster by.
func (c *Inside) Address() string { return insidePrefix + c.name }

// Close ends the agents and the scheduler. The error says which agents ended badly, or had functions that did not return.
func (c *Inside) Close() error {
	insides.mu.Lock()
	delete(insides.byName, c.name)
	insides.mu.Unlock()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.driver.Close()
	c.visits.Wait()
	c.agents.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
