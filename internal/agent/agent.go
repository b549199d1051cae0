package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// Conn carries words to and from the scheduler or another process. Send does not block; Receive returns io.EOF after an
// orderly end.
type Conn interface {
	Send(w any) error
	Receive() (any, error)
	Close() error
}

// A buffered connection keeps the words of Put until Flush.
type buffered interface {
	Put(w any) error
	Flush()
}

// Config says what an agent offers.
type Config struct {
	Name      string
	Slots     int          // tasks that run at once
	Memory    int64        // bytes of results above which tasks without inputs wait; 0 means no limit
	Store     *block.Store // where large results are kept; nil: they stay in memory. See [exec.Config]
	Resources []word.Resource
	Address   string                             // where others reach it
	Dial      func(address string) (Conn, error) // connects to another agent
	MaxBlock  int64                              // bytes of a result that its connections take; 0 means 4 GiB, as links do
	Op        func(graph.Op) (*exec.Op, error)   // finds the function behind an op
	Owner     any                                // see [exec.Config]
	// Rejoin connects with the scheduler that takes the place of one whose connection ended without a farewell. nil: there will be none.
	Rejoin func(ctx context.Context) (Conn, error)
	// Spare says whether the runtime is to run one goroutine more than there are slots, which it does at first. nil: that stays as it is.
	Spare func(on bool)
	Log   func(format string, args ...any) // what a person should know; nil: not said
}

// Agent runs tasks for a scheduler.
type Agent struct {
	cfg   Config
	x     *exec.Executor
	in    inbox
	conns sync.WaitGroup // goroutines that read connections

	encoder *encoder
	poller  poller
	spare   spare
	life    context.Context // until Run ends

	// What follows belongs to whoever handles what is in the inbox.
	scheduler Conn
	self      word.Agent
	state     *workerstate.State
	effects   []workerstate.Effect
	tables    map[word.Run]*table
	latestRun word.Run // the run looked for last, and its table; nil if there is none any more
	latest    *table
	windows   map[*exec.Run]*window
	copies    map[word.Block]*replica
	shelf     *shelf
	cleaning  *time.Timer // until the shelf is to be cleaned; nil if it is empty
	encodings map[word.Block]*encoding
	meetings  map[word.Block]*meeting
	arrivals  arrivals
	loans     loans
	mourning  *time.Timer           // until it is looked whether borrowers live; nil if none is to be looked at
	offerTo   map[word.Client]int64 // the bytes from which a visitor wants blocks to be offered
	arriving  word.Block            // the block whose Delivery is being handled
	taken     bool                  // somebody here takes it
	addresses map[word.Agent]string
	outgoing  map[word.Agent]*outgoing
	incoming  map[word.Client]Conn // by a number of our own
	visitors  word.Client
	ticking   *time.Timer     // until the next Tick; nil if none is needed
	unended   int             // tasks that were handed to the executor and have no outcome yet
	reports   []word.Finished // that wait for others
	reported  int             // how many there were the last time
	urgent    bool            // a client wants one of them
	longer    bool            // they have waited, and wait for longer
	reporting *time.Timer     // until they are sent; nil if there are none
	over      error           // why Run shall end
	rejoining bool            // another scheduler was told of the agent, and has not given it a number yet
	early     []note          // of visitors that know that number before
	unflushed []buffered      // connections that keep words
}

// tick is how often the state machine is told that time passes, while it wants to know.
const tick = 100 * time.Millisecond

// New returns an agent, which does nothing before Run.
func New(cfg Config) *Agent {
	a := &Agent{
		cfg:    cfg,
		tables: make(map[word.Run]*table), windows: make(map[*exec.Run]*window), copies: make(map[word.Block]*replica),
		addresses: make(map[word.Agent]string), outgoing: make(map[word.Agent]*outgoing), incoming: make(map[word.Client]Conn),
		encodings: make(map[word.Block]*encoding), meetings: make(map[word.Block]*meeting), shelf: newShelf(cfg.Memory),
		arrivals: newArrivals(&cfg), loans: newLoans(&cfg), offerTo: make(map[word.Client]int64),
	}
	a.spare.set = cfg.Spare
	a.encoder = newEncoder(&cfg, func(e encoded) bool {
		ok := a.in.putEncoded(e)
		a.drive()
		return ok
	})
	resources := make([]exec.Resource, len(cfg.Resources))
	for k, r := range cfg.Resources {
		resources[k] = exec.Resource(r)
	}
	a.x = exec.New(exec.Config{
		Slots: cfg.Slots, MemoryLimit: cfg.Memory, Store: cfg.Store, Resources: resources, Owner: cfg.Owner,
		Meet: a.meet,
		Between: func(last, now int64, idle bool) {
			if idle || a.in.ripe(last, now) {
				a.drive()
			}
			a.poller.look(now)
			a.spare.passed(last, now, idle)
		},
		Expect: func() bool { return a.poller.expect() },
		Blocked: func(r *exec.Run, i graph.Index) {
			a.in.put(note{blocked: r, task: i})
			a.in.callRun()
		},
	})
	a.in.init()
	return a
}

// Run joins the scheduler at the other end of the connection and works for it until the connection or ctx ends.
// closeTimeout bounds the wait for functions that still run then. That the connection ends is no error, in whatever way: the
// scheduler's process may be noticed to be gone before its farewell arrives.
func (a *Agent) Run(ctx context.Context, scheduler Conn, closeTimeout time.Duration) error {
	var end context.CancelFunc
	a.life, end = context.WithCancel(ctx)
	defer end()
	a.scheduler = scheduler
	err := a.join()
	if err == nil {
		a.in.open()
		a.readScheduler()
		stopWatching := context.AfterFunc(ctx, func() { a.heard(note{end: context.Cause(ctx)}) })
		for a.in.await() {
			a.handle(0)
		}
		stopWatching()
		err = a.over
	}
	for _, t := range []*time.Timer{a.ticking, a.cleaning, a.reporting, a.arrivals.waiting, a.mourning} {
		if t != nil {
			t.Stop()
		}
	}
	unheard := a.in.close()
	for _, n := range unheard.notes {
		for _, conn := range []Conn{n.conn, n.successor} { // a visitor who came too late
			if conn != nil {
				_ = conn.Close()
			}
		}
	}
	for _, e := range unheard.encoded {
		if e.parcel != nil {
			e.parcel.done()
		}
	}
	end()
	_ = a.scheduler.Close()
	for _, p := range a.outgoing {
		p.close()
	}
	for _, c := range a.incoming {
		_ = c.Close()
	}
	closed := errors.Join(a.x.Close(closeTimeout), a.encoder.close(closeTimeout))
	a.conns.Wait()
	a.spare.end()
	if errors.Is(err, errSchedulerGone) {
		err = nil
	}
	return errors.Join(err, closed)
}

var errSchedulerGone = errors.New("the connection to the scheduler has ended")

// join says what the agent offers and waits for its number.
func (a *Agent) join() error {
	if err := a.scheduler.Send(a.offer()); err != nil {
		return fmt.Errorf("agent: join the scheduler: %w", err)
	}
	first, err := a.scheduler.Receive()
	if err != nil {
		return fmt.Errorf("agent: join the scheduler: %w", err)
	}
	w, ok := first.(*word.Welcome)
	if gone, refused := first.(*word.Gone); refused {
		return fmt.Errorf("agent: the scheduler refuses this worker: %s", gone.Why)
	}
	if !ok {
		return fmt.Errorf("agent: the scheduler answered %T instead of a welcome", first)
	}
	a.self = w.Agent
	a.state = workerstate.New(a.self)
	return nil
}

func (a *Agent) readScheduler() {
	scheduler := a.scheduler
	a.conns.Go(func() {
		err := a.poller.conns.Serve(scheduler, func(w any) { a.heard(note{scheduler: true, word: w}) })
		a.heard(note{scheduler: true, err: err})
	})
}

// tickIfNeeded arranges for a Tick if somebody waits for one, so that an idle agent is idle.
func (a *Agent) tickIfNeeded() {
	if a.ticking == nil && a.state.Stats().Early > 0 {
		a.ticking = time.AfterFunc(tick, func() { a.heard(note{event: workerstate.Tick{}}) })
	}
}

// heard adds a note to the inbox and sees to it. It reports false when the agent has ended.
func (a *Agent) heard(n note) bool {
	ok := a.in.put(n)
	a.drive()
	return ok
}

// roundsAtMost bounds how often one who came by looks into the inbox for more.
const roundsAtMost = 64

// drive handles what is in the inbox, unless somebody does so already.
func (a *Agent) drive() {
	if a.in.begin() {
		a.handle(roundsAtMost)
	}
}

// handle handles what is in the inbox, and what comes meanwhile, in so many rounds; 0 means as many as it takes.
func (a *Agent) handle(rounds int) {
	var l lists
	for n := 1; ; n++ {
		var some bool
		if l, some = a.in.next(l); !some {
			return
		}
		if len(l.ended) > 0 {
			a.tasksEnded(l.ended)
			a.fetch()
		}
		if len(l.encoded) > 0 {
			a.resultsEncoded(l.encoded)
		}
		for _, n := range l.notes {
			a.hear(n)
		}
		a.flush()
		a.tickIfNeeded()
		a.poller.have(a.unended > 0)
		if a.over != nil {
			a.in.end()
			return
		}
		if n == rounds {
			a.in.relieve(l)
			return
		}
	}
}

// send sends a word. A connection that was lost is noticed by its reader.
func (a *Agent) send(conn Conn, w any) {
	b, ok := conn.(buffered)
	if !ok {
		_ = conn.Send(w)
		return
	}
	_ = b.Put(w)
	if !slices.Contains(a.unflushed, b) {
		a.unflushed = append(a.unflushed, b)
	}
}

// flush has written what was sent.
func (a *Agent) flush() {
	for k, b := range a.unflushed {
		b.Flush()
		a.unflushed[k] = nil
	}
	a.unflushed = a.unflushed[:0]
}

// hear handles one note.
func (a *Agent) hear(n note) {
	switch {
	case n.event != nil:
		if _, ok := n.event.(workerstate.Tick); ok {
			a.ticking = nil
		}
		a.step(n.event)
	case n.report:
		a.reportsDue()
	case n.stalled:
		a.arrivals.waiting = nil
		a.arrivals.stalled = true
		a.fetch()
	case n.returned != nil:
		a.giveBack(n.returned)
	case n.mourn:
		a.mourning = nil
		a.mourn()
	case n.clean:
		a.cleaning = nil
		a.cleanShelf()
	case n.end != nil:
		a.over = n.end
	case n.scheduler && n.err != nil:
		a.schedulerLost(n.err)
	case n.successor != nil:
		a.rejoin(n.successor)
	case a.rejoining && n.peer.Client != 0:
		a.early = append(a.early, n)
	case n.scheduler:
		switch w := n.word.(type) {
		case *word.Welcome:
			a.welcomed(w)
		case *word.Gone:
			a.over = fmt.Errorf("agent: the scheduler refuses this worker: %s", w.Why)
		case *word.Peer:
			a.peerIs(w)
		case *word.Explain:
			a.explain(w)
		case *word.Met:
			a.met(w)
		case *word.Broken:
			a.broken(w)
		default:
			a.step(workerstate.FromScheduler{Word: n.word})
		}
	case n.meeting != nil:
		a.comes(n.meeting)
	case n.blocked != nil:
		a.taskBlocked(n.blocked, n.task)
	case n.conn != nil:
		a.incoming[n.peer.Client] = n.conn
	case n.err != nil:
		delete(a.incoming, n.peer.Client)
		delete(a.offerTo, n.peer.Client)
		a.borrowerLost(n.peer.Client)
		if p := a.outgoing[n.peer.Agent]; p != nil && p == n.from {
			delete(a.outgoing, n.peer.Agent)
			n.from.mapping.lost()
		} else if n.from != nil {
			return // an earlier connection
		}
		a.arrivals.lost(n.peer)
		a.step(workerstate.PeerLost{Peer: n.peer, Unreachable: n.peer.Agent != 0})
		a.fetch()
	default:
		switch w := n.word.(type) {
		case *word.Delivery:
			a.delivered(n.peer, w, n.copied)
		case *word.OfferFirst:
			a.offerTo[n.peer.Client] = w.Least
		case *word.Fetch:
			a.fetched(n.peer, w)
		case *word.Borrow:
			a.borrowed(n.peer, w)
		case *word.GiveBack:
			a.givenBack(w)
		case *word.Lent:
			a.borrow(n.peer, n.from, w)
		case *word.Offer:
			a.offered(n.peer, w)
		case *word.NotHere:
			a.arrivals.ended(n.peer, w.Blocks)
			a.step(workerstate.FromPeer{Peer: n.peer, Word: w})
			a.fetch()
		default:
			a.step(workerstate.FromPeer{Peer: n.peer, Word: n.word})
		}
	}
}

// step gives an event to the state machine and carries out what follows.
func (a *Agent) step(ev workerstate.Event) {
	a.effects = a.state.Step(ev, a.effects[:0])
	var answer workerstate.TakenBack
	var here []found
	for k, e := range a.effects {
		a.effects[k] = nil
		switch e := e.(type) {
		case workerstate.Execute:
			a.execute(e.Assign)
		case workerstate.TakeBack:
			a.takeBack(e.Tasks, &answer)
		case workerstate.Abort:
			a.abort(e.Tasks)
		case workerstate.SendScheduler:
			if w, ok := e.Word.(*word.Join); ok {
				a.announce(w)
			} else {
				a.tell(e.Word)
			}
		case workerstate.SendPeer:
			switch w := e.Word.(type) {
			case *word.Subscribe:
				if blocks := a.subscribe(e.Peer, w); len(blocks) > 0 {
					here = append(here, found{e.Peer, blocks})
				}
			case *word.Unsubscribe:
				a.arrivals.forget(w.Blocks)
				a.sendPeer(e.Peer, w)
			default:
				a.sendPeer(e.Peer, w)
			}
		case workerstate.Deliver:
			a.deliver(e.Peer, e.Block)
		case workerstate.Settle:
			a.settle(e)
		case workerstate.Drop:
			a.drop(e.Blocks)
		}
	}
	if len(answer.Returned)+len(answer.Started) > 0 {
		a.step(answer)
	}
	for _, f := range here {
		a.fromShelf(f.peer, f.blocks)
	}
}

// found is what a peer was to be asked for and is on the shelf.
type found struct {
	peer   workerstate.Peer
	blocks []word.Block
}

func (a *Agent) log(format string, args ...any) {
	if a.cfg.Log != nil {
		a.cfg.Log(format, args...)
	}
}
