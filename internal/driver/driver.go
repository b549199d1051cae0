package driver

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/linger"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Config says how a driver works. The zero value is useful.
type Config struct {
	Sched   sched.Config
	Journal Journal                                // nil: nothing is kept. See Open
	Log     func(format string, args ...any)       // notable events, a line each; nil: not said
	Joined  func(agent word.Agent, join word.Join) // told of every agent that joins
	Lost    func(agent word.Agent, why string)     // told of every agent that is lost
	// Certificate says how the process behind a lost agent ended, if that is known; it may wait for the process to end.
	Certificate func(join word.Join) string
	// End is told when the cluster is to end, and why: because somebody asked for it, or because no program was attached for
	// IdleTimeout, if that is not 0. It must not wait. nil: only who started it ends it.
	End         func(why string)
	IdleTimeout time.Duration
	// ClientTimeout is for how long what a client wanted is kept when its connection has broken, if it can come back: see Attach. 0
	// means not at all.
	ClientTimeout time.Duration
	// AgentTimeout is the same for agents: see AttachAgent.
	AgentTimeout time.Duration
	// Returning says how many agents of an earlier scheduler may come back, and for how long nothing is placed while they are waited for: they
	// may hold what would be made again.
	Returning       int
	ReturningWithin time.Duration
	// Lives reports whether the process of a program or an agent is there: one that has ended does not come back. nil: it is not known.
	Lives func(pid uint32) bool
}

// Driver runs a scheduler. It is safe for concurrent use.
type Driver struct {
	cfg     Config
	limits  limits
	start   time.Time
	in      inbox
	ended   chan struct{}
	conns   connections
	answers answers

	polled linger.Conns // of agents

	// What follows belongs to whoever handles what is in the inbox.
	state       *sched.State
	keeping     keeping
	settling    *time.Timer // until work is placed although not all agents have come back; nil if it is
	effects     []sched.Effect
	runs        map[word.Run]*submission
	agents      map[word.Agent]*agent
	clients     map[word.Client]*client
	tokens      map[word.Token]*client // those that may come back
	agentTokens map[word.Token]*agent
	cut         *cutter
	small       map[word.Block][]byte // results that came along with Done and go along with Settled
	lastRun     word.Run
	named       map[string]*publication // results with a name
	pacing      *time.Timer             // until words that are held back are looked at again; nil if there are none
	stopped     bool
	unflushed   []buffered // connections that keep words

	idleSince time.Time   // when the last program left, or the first agent joined; zero before, and while a program is attached
	idleTimer *time.Timer // until that has been too long

	questions    map[uint64]question
	lastQuestion uint64

	meetings map[meetingID]*meeting // of gangs whose members wait for each other

	mu         sync.Mutex
	lastAgent  word.Agent
	lastClient word.Client
	joined     int
	changed    chan struct{} // closed and replaced when an agent joins or is lost
}

// submission is a run's graph, for as long as something of it may have to be made.
type submission struct {
	graph    *graph.Graph
	bytes    int64 // of its literals
	client   word.Client
	sequence uint64 // the client's own number of it
	all      bool   // every task is wanted
	wanted   []graph.Index
}

// agent is a connected agent.
type agent struct {
	number word.Agent
	join   word.Join
	conn   Conn
	since  time.Time // when it joined
	held   []held    // words that wait until it has taken those before them

	line  *reconnect.Conn // conn, if it may come back; nil otherwise
	token word.Token
	cut   cut // while it has no connection
}

// client is a connected client.
type client struct {
	number  word.Client
	conn    Conn
	program Program
	since   time.Time           // when it attached
	runs    map[uint64]word.Run // by the client's own numbers of its submissions
	release func()              // what Program.Hold returned
	heard   uint64              // of its words, those that were taken in
	kept    uint64              // of them, those that the journal was told of

	line  *reconnect.Conn // conn, if it may come back; nil otherwise
	token word.Token
	cut   cut // while it has no connection
}

// ErrStopped is the error of a driver that was closed.
var ErrStopped = errors.New("the scheduler has stopped")

// New starts a driver without a journal. End it with Close.
func New(cfg Config) *Driver { return open(cfg, defaultLimits) }

func open(cfg Config, l limits) *Driver {
	cfg.Journal = nil
	d := prepare(cfg, l)
	go d.loop()
	return d
}

func prepare(cfg Config, l limits) *Driver {
	d := &Driver{
		cfg: cfg, limits: l, start: time.Now(), ended: make(chan struct{}), state: sched.New(cfg.Sched),
		runs: make(map[word.Run]*submission), agents: make(map[word.Agent]*agent), clients: make(map[word.Client]*client),
		tokens: make(map[word.Token]*client), agentTokens: make(map[word.Token]*agent), named: make(map[string]*publication),
		questions: make(map[uint64]question), cut: newCutter(), small: make(map[word.Block][]byte), changed: make(chan struct{}),
	}
	d.in.init()
	d.conns.init()
	return d
}

func (d *Driver) now() sched.Instant { return sched.Instant(time.Since(d.start)) }

func (d *Driver) log(format string, args ...any) {
	if d.cfg.Log != nil {
		d.cfg.Log(format, args...)
	}
}

// loop handles what is in the inbox, but for what others do who come by.
func (d *Driver) loop() {
	defer close(d.ended)
	for !d.stopped {
		d.round(d.in.take(d.settling == nil && d.state.More()))
	}
	for _, t := range []*time.Timer{d.pacing, d.idleTimer, d.settling} {
		if t != nil {
			t.Stop()
		}
	}
	for _, c := range d.clients {
		c.cut.stop()
	}
	for _, a := range d.agents {
		a.cut.stop()
	}
	d.in.close()
	d.conns.end()
}

// roundsAtMost bounds how often one who came by looks into the inbox for more.
const roundsAtMost = 16

// drive handles what is in the inbox, if that is light and nobody is at it.
func (d *Driver) drive() {
	if d.keeping.journal != nil { // the loop knows what waits for it
		d.in.wake()
		return
	}
	notes, ok := d.in.begin()
	for n := 1; ok; n++ {
		if d.round(notes); d.stopped || d.state.More() || n == roundsAtMost {
			d.in.leave()
			return
		}
		notes, ok = d.in.next()
	}
}

// round handles some notes and all that follows from them.
func (d *Driver) round(notes []note) {
	d.effects = d.effects[:0]
	for _, n := range notes {
		d.interpret(n)
	}
	if !d.stopped { // otherwise nothing more is decided: it may be another's turn
		if d.settling == nil {
			d.effects = d.state.Plan(d.now(), d.effects)
		}
		d.endTurn()
	}
	d.flush()
}

// step gives an event to the state.
func (d *Driver) step(ev sched.Event) {
	d.keepEvent(ev)
	before := len(d.effects)
	d.effects = d.state.Step(d.now(), ev, d.effects)
	d.keepPast(d.effects[before:])
}

// interpret turns what came in into events.
func (d *Driver) interpret(n note) {
	switch {
	case n.do != nil:
		n.do()
	case n.agent != nil && n.err != nil:
		d.agentLost(n.agent, n.err)
	case n.agent != nil:
		d.agentSays(n.agent, n.word)
	case n.client != nil && n.err != nil:
		d.clientLost(n.client, n.err)
	case n.client != nil:
		d.listens(n.client, n.count)
		d.clientSays(n.client, n.word)
	}
}

// perform carries out what the state decided.
func (d *Driver) perform(effects []sched.Effect) {
	for k, e := range effects {
		effects[k] = nil
		switch e := e.(type) {
		case sched.Send:
			d.send(e)
		case sched.Tell:
			d.settle(e)
		case sched.RunOver:
			d.runOver(e.Run)
		}
	}
	clear(d.small)
}

// A buffered connection keeps the words of Put until Flush, or until it is closed. See package link.
type buffered interface {
	Put(w any) error
	Flush()
}

// say sends a word that is never too long, as soon as what it follows from is kept.
func (d *Driver) say(conn Conn, w any) {
	if d.holdsBack() {
		d.keeping.saying = append(d.keeping.saying, said{conn: conn, word: w})
		return
	}
	d.transmit(conn, w)
}

// transmit sends a word that is never too long.
func (d *Driver) transmit(conn Conn, w any) { d.check(conn, d.put(conn, w)) }

// put sends a word, at the end of the round if the connection can wait with it.
func (d *Driver) put(conn Conn, w any) error {
	b, ok := conn.(buffered)
	if !ok {
		return conn.Send(w)
	}
	if !slices.Contains(d.unflushed, b) {
		d.unflushed = append(d.unflushed, b)
	}
	return b.Put(w)
}

// flush has written what was put, by this thread as far as the sockets take it.
func (d *Driver) flush() {
	for k, b := range d.unflushed {
		b.Flush()
		d.unflushed[k] = nil
	}
	d.unflushed = d.unflushed[:0]
}

// check ends a connection over which a word could not be sent: whoever misses a word must not go on. Mostly it has ended already,
// which its reader notices.
func (d *Driver) check(conn Conn, err error) {
	if err != nil {
		d.conns.cut(conn)
	}
}

func (d *Driver) runOver(n word.Run) {
	s := d.runs[n]
	if s == nil {
		return
	}
	delete(d.runs, n)
	d.keep(record.Over{Run: n}, false)
	d.forgetMeetings(n)
	if c := d.clients[s.client]; c != nil {
		delete(c.runs, s.sequence)
	}
}

// Do runs fn with the state, between two events. It returns false if the driver has stopped.
func (d *Driver) Do(fn func(*sched.State)) bool {
	done := make(chan struct{})
	if !d.in.put(note{do: func() { fn(d.state); close(done) }}) {
		return false
	}
	select {
	case <-done:
		return true
	case <-d.ended:
		return false
	}
}

// Stop ends the driver for a reason that its clients are told. It does not wait.
func (d *Driver) Stop(why error) {
	d.in.put(note{do: func() { d.stop(why) }})
}

// stop lets the loop end, and tells clients why.
func (d *Driver) stop(why error) {
	for _, c := range d.clients {
		d.transmit(c.conn, &word.Gone{Why: why.Error()})
	}
	d.stopped = true
}

// Close ends the driver and its connections.
func (d *Driver) Close() {
	d.in.put(note{do: func() { d.stopped = true }})
	<-d.ended
	d.conns.wait()
}

// Agents returns how many agents are connected, and a channel that is closed when that changes.
func (d *Driver) Agents() (int, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.joined, d.changed
}

// count notes that an agent came or went.
func (d *Driver) count(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.joined += n
	close(d.changed)
	d.changed = make(chan struct{})
}
