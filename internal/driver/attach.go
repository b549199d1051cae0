package driver

import (
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

// Attach takes a connection whose other end is a client that may come back, and says word.Attach first. It returns when the client
// was taken in, or was refused and told why.
func (d *Driver) Attach(conn Conn, p Program) error {
	return d.greet(conn, "a client", func(w *word.Attach) error {
		return d.within("a client", func() error { return d.attached(conn, p, w) })
	})
}

// greet hears Attach on a connection. What welcome returns as an error is told to the other side.
func (d *Driver) greet(conn Conn, who string, welcome func(*word.Attach) error) error {
	if !d.conns.enter(conn) {
		_ = conn.Close()
		return fmt.Errorf("%s: %w", who, ErrStopped)
	}
	defer d.conns.leave(conn) // what is made of it is entered by itself
	w, err := hearAttach(conn, who)
	if err == nil {
		err = welcome(w)
	}
	if err != nil {
		_ = conn.Send(&word.Gone{Why: err.Error()})
		_ = conn.Close()
	}
	return err
}

func hearAttach(conn Conn, who string) (*word.Attach, error) {
	late := time.AfterFunc(joinTime, func() { _ = conn.Close() })
	first, err := conn.Receive()
	if !late.Stop() {
		return nil, fmt.Errorf("%s did not attach within %v", who, joinTime)
	}
	if err != nil {
		return nil, fmt.Errorf("%s left before it attached: %w", who, err)
	}
	w, ok := first.(*word.Attach)
	if !ok {
		return nil, fmt.Errorf("%s said %T before it attached", who, first)
	}
	return w, nil
}

// within runs something in the loop and returns its error.
func (d *Driver) within(who string, fn func() error) error {
	done := make(chan error, 1)
	if !d.in.put(note{do: func() { done <- fn() }}) {
		return fmt.Errorf("%s: %w", who, ErrStopped)
	}
	select {
	case err := <-done:
		return err
	case <-d.ended:
		return fmt.Errorf("%s: %w", who, ErrStopped)
	}
}

// attached goes on with a client that has come back, or begins with a new one.
func (d *Driver) attached(conn Conn, p Program, w *word.Attach) error {
	if c := d.tokens[w.Token]; c != nil {
		return d.back(c, conn, w)
	}
	if w.Again && w.Heard > 0 { // otherwise nothing has come of what it said: it has not even been welcomed
		return fmt.Errorf("the scheduler does not know this program any more: it was cut off for more than %v, or the cluster was started again; what it wanted was released", d.cfg.ClientTimeout)
	}
	c := d.newClient(nil, p)
	c.line, c.token = reconnect.Accept(conn, w.Token, d.lineOptions(c)), w.Token
	c.conn = c.line
	if !d.conns.enter(c.line) {
		return ErrStopped
	}
	d.tokens[c.token] = c
	d.clientJoined(c)
	go d.readClient(c)
	return nil
}

// lineOptions say how the conversation with a client is kept.
func (d *Driver) lineOptions(c *client) reconnect.Options {
	return reconnect.Options{
		Patience: d.cfg.ClientTimeout, Confirms: d.keeping.journal != nil,
		Broken: func(why error) { d.in.put(note{do: func() { d.clientCut(c, why) }}) },
	}
}

// clientCut notes that the connection of a client has broken, and waits for the next one.
func (d *Driver) clientCut(c *client, why error) {
	if d.clients[c.number] != c || c.line.Connected() || c.cut.off() {
		return
	}
	if d.cfg.ClientTimeout <= 0 {
		d.clientLost(c, why)
		return
	}
	c.cut = cut{since: time.Now(), why: why}
	d.lookAfter(c, lookPause)
}

// How often it is looked whether the process of a client that is cut off still lives.
const (
	lookPause     = 50 * time.Millisecond
	lastLookPause = time.Second
)

// lookAfter waits for a client that is cut off, and looks after its process.
func (d *Driver) lookAfter(c *client, pause time.Duration) {
	d.watch(&c.cut, d.cfg.ClientTimeout, pause, c.program.Pid, func(lives bool) {
		d.stillCut(c, lives, min(2*pause, lastLookPause))
	})
}

// stillCut decides about a client that has not come back yet.
func (d *Driver) stillCut(c *client, lives bool, pause time.Duration) {
	switch {
	case !lives: // which is its own matter
		d.clientGone(c)
	case time.Since(c.cut.since) >= d.cfg.ClientTimeout:
		d.log("%v has not come back within %v, and what it wanted is released", c, d.cfg.ClientTimeout)
		d.clientGone(c)
	default:
		if !c.cut.said {
			c.cut.said = true
			d.log("%v is cut off, and what it wants is kept for %v: %v", c, d.cfg.ClientTimeout, c.cut.why)
		}
		d.lookAfter(c, pause)
	}
}

// back goes on with a client over another connection.
func (d *Driver) back(c *client, conn Conn, w *word.Attach) error {
	if err := c.line.Resume(conn, w.Heard); err != nil {
		d.clientGone(c)
		return fmt.Errorf("this program cannot go on where it was: %w", err)
	}
	if c.cut.said {
		d.log("%v is back after %v", c, time.Since(c.cut.since).Round(time.Millisecond))
	}
	c.cut.stop()
	return nil
}

func (c *client) String() string {
	if c.program.Name == "" {
		return fmt.Sprintf("client %d", c.number)
	}
	return fmt.Sprintf("client %d, %s (pid %d),", c.number, c.program.Name, c.program.Pid)
}
