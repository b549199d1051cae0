package driver

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
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
	c := d.newClient(conn, p)
	if !d.in.put(note{do: func() { d.clientJoined(c) }}) {
		_ = conn.Close()
		d.conns.leave(conn)
		return fmt.Errorf("a client: %w", ErrStopped)
	}
	go d.readClient(c)
	return nil
}

// newClient gives a client its number.
func (d *Driver) newClient(conn Conn, p Program) *client {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastClient++
	return &client{number: d.lastClient, conn: conn, program: p, since: time.Now(), runs: make(map[uint64]word.Run)}
}

// readClient hands on what a client says until its connection ends.
func (d *Driver) readClient(c *client) {
	defer d.conns.leave(c.conn)
	bring := func(w any) {
		n := note{client: c, word: w}
		if c.line != nil {
			n.count = c.line.Heard()
		}
		d.in.bring(n)
	}
	err := d.hearClient(c, bring)
	d.in.put(note{client: c, err: err})
	_ = c.conn.Close()
}

func (d *Driver) hearClient(c *client, bring func(w any)) error {
	if e, ok := c.conn.(*driverEnd); ok {
		return e.serve(bring)
	}
	for {
		w, err := c.conn.Receive()
		if err != nil {
			return err
		}
		bring(w)
		d.drive()
	}
}

func (d *Driver) clientJoined(c *client) {
	d.clients[c.number] = c
	c.release = c.program.hold()
	d.idle()
	if c.line != nil {
		d.keep(record.Attached{Client: c.number, Token: c.token, Program: c.program.Name, Pid: c.program.Pid, Worker: c.program.Worker}, true)
	}
	d.say(c.conn, &word.Welcome{Client: c.number, Term: d.term()})
	for _, a := range d.agents {
		d.say(c.conn, &word.Peer{Agent: a.number, Address: a.join.Address, Name: a.join.Name})
	}
}

// clientLost says that a client is gone for good and did not leave by itself, and releases what it wanted.
func (d *Driver) clientLost(c *client, err error) {
	if d.clients[c.number] != c {
		return
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) { // its process has ended, which is its own matter
		d.log("%v is lost, and what it wanted is released: %v", c, err)
	}
	d.clientGone(c)
}

// clientGone releases everything that a client wanted.
func (d *Driver) clientGone(c *client) {
	if d.clients[c.number] != c {
		return
	}
	delete(d.clients, c.number)
	delete(d.tokens, c.token)
	c.cut.stop()
	c.release()
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
	case *word.Publish:
		d.answer(c, w.Question, d.publish(c, w))
	case *word.Unpublish:
		d.answer(c, w.Question, d.unpublish(w.Name))
	case *word.Take:
		d.answer(c, w.Question, d.take(c, w))
	case *word.Publications:
		d.say(c.conn, &word.Published{Question: w.Question, List: d.publications()})
	case *word.Leave:
		d.clientGone(c)
	default:
		d.log("%v said %T, which no client says to a scheduler, and is refused", c, w)
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
	s, err := d.read(c, w.Graph)
	if err != nil {
		return err
	}
	if _, ok := c.runs[s.sequence]; ok {
		return fmt.Errorf("submission %d was handed in already", s.sequence)
	}
	for _, i := range w.Wanted {
		if int(i) >= s.graph.Len() {
			return fmt.Errorf("task %d is wanted of a graph of %d", i, s.graph.Len())
		}
	}
	s.all, s.wanted = w.All, slices.Clone(w.Wanted)
	slices.Sort(s.wanted)
	d.begin(c, s)
	return nil
}

// read reads a graph of a client and finds what it takes.
func (d *Driver) read(c *client, data []byte) (*submission, error) {
	g, err := graph.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("the submitted graph cannot be read: %w", err)
	}
	bytes, err := weigh(g, d.limits.argument)
	if err != nil {
		return nil, err
	}
	s := &submission{bytes: bytes, client: c.number, sequence: g.Submission}
	s.graph, err = g.Bind(graph.Binding{External: func(e graph.External) (graph.External, error) { return d.external(c, e) }})
	return s, err
}

// external finds an earlier submission that a client names.
func (d *Driver) external(c *client, e graph.External) (graph.External, error) {
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
}

// begin enters a submission of a client.
func (d *Driver) begin(c *client, s *submission) {
	n := d.enter(s)
	c.runs[s.sequence] = n
	d.submitted(n, s)
	d.say(c.conn, &word.Accepted{Sequence: s.sequence, Run: n})
}

// enter gives a submission its number.
func (d *Driver) enter(s *submission) word.Run {
	d.lastRun++
	d.runs[d.lastRun] = s
	return d.lastRun
}

// submitted lets the state know of a submission.
func (d *Driver) submitted(n word.Run, s *submission) {
	d.step(sched.Submitted{Client: s.client, Run: n, Graph: s.graph, All: s.all, Wanted: s.wanted})
}
