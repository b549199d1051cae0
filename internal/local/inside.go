package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/agent"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/word"
)

// InsideOptions say what [StartInside] starts.
type InsideOptions struct {
	Agents       int
	Slots        int
	Memory       int64
	Resources    []word.Resource
	CloseTimeout time.Duration
}

// Inside is a cluster whose scheduler and agents are all in this process: everything that a cluster of processes does, with
// connections that are no sockets, for tests under virtual time and with planned faults.
type Inside struct {
	o      InsideOptions
	name   string
	driver *driver.Driver
	agents sync.WaitGroup

	mu      sync.Mutex
	members map[string]*member // by address
	err     error
}

type member struct {
	agent  *agent.Agent
	cancel context.CancelCauseFunc
	visits sync.WaitGroup
}

// StartInside starts a cluster in this process.
func StartInside(o InsideOptions) (*Inside, error) {
	c := &Inside{o: o, driver: driver.New(driver.Config{}), members: make(map[string]*member)}
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
	c.members["inside:"+name] = m
	c.mu.Unlock()
	ours, theirs := driver.Pipe()
	c.agents.Go(func() {
		err := m.agent.Run(ctx, ours, c.o.CloseTimeout)
		c.Kill(name) // nobody dials it any more
		_ = leave()
		m.visits.Wait()
		if err != nil && !errors.Is(err, ErrKilled) {
			c.mu.Lock()
			c.err = errors.Join(c.err, fmt.Errorf("%s: %w", name, err))
			c.mu.Unlock()
		}
	})
	return c.driver.Agent(theirs)
}

// ErrKilled is why an agent ended that was killed.
var ErrKilled = errors.New("the worker was killed")

// Kill ends an agent as the death of its process would: its connections end, and what it held is gone.
func (c *Inside) Kill(name string) {
	c.mu.Lock()
	m := c.members["inside:"+name]
	delete(c.members, "inside:"+name)
	c.mu.Unlock()
	if m != nil {
		m.cancel(ErrKilled)
	}
}

// Connect returns a connection to the scheduler for a client.
func (c *Inside) Connect() (driver.Conn, error) {
	ours, theirs := driver.Pipe()
	return ours, c.driver.Client(theirs)
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
	c.driver.Close()
	c.agents.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
