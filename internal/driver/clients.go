package driver

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Client takes a connection whose other end is a client.
func (d *Driver) Client(conn Conn) error { return d.ClientOf(conn, Program{}) }

// ClientOf takes a connection whose other end is a client of a program.
func (d *Driver) ClientOf(conn Conn, p Program) error {
	if !d.conns.enter(conn) {
		_ = conn.Close()
		return fmt.Errorf("a client: %w", ErrStopped)
	}
	d.mu.Lock()
	d.lastClient++
	c := &client{number: d.lastClient, conn: conn, program: p, since: time.Now(), runs: make(map[uint64]word.Run)}
	d.mu.Unlock()
	if !d.in.put(note{do: func() { d.clientJoined(c) }}) {
		_ = conn.Close()
		d.conns.leave(conn)
		return fmt.Errorf("a client: %w", ErrStopped)
	}
	go d.readClient(c)
	return nil
}

// readClient hands on what a client says until its connection ends.
func (d *Driver) readClient(c *client) {
	defer d.conns.leave(c.conn)
	for {
		w, err := c.conn.Receive()
		d.in.put(note{client: c, word: w, err: err})
		if err != nil {
			_ = c.conn.Close()
			return
		}
	}
}

func (d *Driver) clientJoined(c *client) {
	d.clients[c.number] = c
	d.idle()
	d.say(c.conn, &word.Welcome{Client: c.number, Term: d.term()})
	for _, a := range d.agents {
		d.say(c.conn, &word.Peer{Agent: a.number, Address: a.join.Address, Name: a.join.Name})
	}
}

// clientLost says that a client did not leave by itself, and releases what it wanted.
func (d *Driver) clientLost(c *client, err error) {
	if d.clients[c.number] != c {
		return
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // its process has ended, which is its own matter
		d.log("client %d is lost, and what it wanted is released: %v", c.number, err)
	}
	d.clientGone(c)
}

// clientGone releases everything that a client wanted.
func (d *Driver) clientGone(c *client) {
	if d.clients[c.number] != c {
		return
	}
	delete(d.clients, c.number)
	d.idle()
	d.conns.cut(c.conn)
	d.unasked(c)
	d.step(sched.ClientGone{Client: c.number})
}

// clientSays gives a client's word to the state.
func (d *Driver) clientSays(c *client, w any) {
	if d.clients[c.number] != c {
		return
	}
	switch w := w.(type) {
	case *word.Submit:
		if err := d.submit(c, w); err != nil {
			d.say(c.conn, &word.Accepted{Sequence: w.Sequence, Refused: err.Error()})
		}
	case *word.Release:
		if d.owns(c, w.Run) {
			d.step(sched.ClientWord{Client: c.number, Word: w})
		}
	case *word.CancelTasks:
		if d.owns(c, w.Run) {
			d.step(sched.ClientWord{Client: c.number, Word: w})
		}
	case *word.Explain:
		d.explain(c, w)
	case *word.Leave:
		d.clientGone(c)
	default:
		d.log("client %d said %T, which no client says to a scheduler, and is cut off", c.number, w)
		d.clientGone(c)
	}
}

// owns reports whether a run is one of the client's: nobody cancels or releases what is another's.
func (d *Driver) owns(c *client, n word.Run) bool {
	s := d.runs[n]
	return s != nil && s.client == c.number
}

// submit takes a graph in. Its externals name earlier submissions of the same client, by the client's own numbers.
func (d *Driver) submit(c *client, w *word.Submit) error {
	g, err := graph.Decode(w.Graph)
	if err != nil {
		return fmt.Errorf("the submitted graph cannot be read: %w", err)
	}
	bytes, err := weigh(g, d.limits.argument)
	if err != nil {
		return err
	}
	if _, ok := c.runs[g.Submission]; ok {
		return fmt.Errorf("submission %d was handed in already", g.Submission)
	}
	for _, i := range w.Wanted {
		if int(i) >= g.Len() {
			return fmt.Errorf("task %d is wanted of a graph of %d", i, g.Len())
		}
	}
	g, err = g.Bind(graph.Binding{External: func(e graph.External) (graph.External, error) {
		n, ok := c.runs[e.Submission]
		if e.List && e.Count == 0 { // of nothing: whatever it names may be gone
			e.Submission = 0
			return e, nil
		}
		if !ok {
			return e, fmt.Errorf("that submission is over: its results were released")
		}
		end := uint64(e.Task) + 1
		if e.List {
			end = uint64(e.Task) + uint64(e.Count)
		}
		if src := d.runs[n].graph; end > uint64(src.Len()) {
			return e, fmt.Errorf("that submission has %d tasks", src.Len())
		}
		e.Submission = uint64(n)
		return e, nil
	}})
	if err != nil {
		return err
	}
	d.lastRun++
	n := d.lastRun
	wanted := slices.Clone(w.Wanted)
	slices.Sort(wanted)
	d.runs[n] = &submission{graph: g, bytes: bytes, client: c.number, all: w.All, wanted: wanted}
	c.runs[g.Submission] = n
	d.say(c.conn, &word.Accepted{Sequence: w.Sequence, Run: n})
	d.step(sched.Submitted{Client: c.number, Run: n, Graph: g, All: w.All, Wanted: w.Wanted})
	return nil
}
