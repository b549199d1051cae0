package workerstate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// State is the state of one agent.
type State struct {
	self  word.Agent
	alone bool // the scheduler is not connected

	runs      map[word.Run]*table
	latestRun word.Run // the run asked for last, and its table
	latest    *table
	extras    []extra // number 0 is no extra
	spare     []uint32

	copies      map[word.Block]*replica
	spareCopies []*replica
	singles     []word.Block          // what lists of one block are cut from
	early       map[word.Block]*early // subscriptions to blocks that are not known here yet

	opens, helds int
	bytes        int64 // of held blocks

	// Collected during a Step and given out at its end.
	asks    lists[*word.Subscribe]
	unasks  lists[*word.Unsubscribe]
	denials lists[*word.NotHere]
	settled []Settle
	missing []*word.InputMissing
	unsaid  []word.Block // blocks that were lost while the scheduler was not there, and that it may have been told of by the last Join
	dropped []word.Block

	breach error // the first word that broke the protocol
}

// early is who subscribed to a block before this agent heard of it.
type early struct {
	peers []Peer
	aged  []bool // the peer has waited for a Tick
}

// Stats counts what an agent has.
type Stats struct {
	Open   int   // attempts that have not ended
	Held   int   // blocks made here
	Bytes  int64 // of these blocks, as far as known
	Copies int   // blocks from elsewhere, here or subscribed to
	Early  int   // blocks that peers asked for and that are not known yet
}

// New returns the state of an agent that has just joined under this number.
func New(self word.Agent) *State {
	return &State{
		self:   self,
		runs:   map[word.Run]*table{},
		copies: map[word.Block]*replica{},
		early:  map[word.Block]*early{},
	}
}

// Stats counts what the agent has now.
func (s *State) Stats() Stats {
	return Stats{Open: s.opens, Held: s.helds, Bytes: s.bytes, Copies: len(s.copies), Early: len(s.early)}
}

// Step takes an event in and appends what the shell shall do to out. Time is linear in the event, but for PeerLost,
// SchedulerLost, Rejoin and Tick, which look at all that is open.
func (s *State) Step(ev Event, out []Effect) []Effect {
	switch ev := ev.(type) {
	case FromScheduler:
		if s.alone {
			s.breaks("a word came from a scheduler that is not connected: %v", ev)
			return out
		}
		out = s.fromScheduler(ev.Word, out)
	case FromPeer:
		out = s.fromPeer(ev.Peer, ev.Word, out)
	case PeerLost:
		out = s.peerLost(ev, out)
	case TasksEnded:
		out = s.tasksEnded(ev, out)
	case TakenBack:
		out = s.takenBack(ev, out)
	case BlocksLost:
		out = s.blocksLost(ev, out)
	case SchedulerLost:
		out = s.schedulerLost(out)
	case Rejoin:
		out = s.rejoin(out)
	case Welcomed:
		s.self, s.alone = ev.Self, false
		if len(s.unsaid) > 0 {
			out = append(out, SendScheduler{&word.Lost{Blocks: s.unsaid}})
			s.unsaid = nil
		}
	case Tick:
		s.tick()
	}
	return s.flush(out)
}

func (s *State) fromScheduler(w any, out []Effect) []Effect {
	switch w := w.(type) {
	case *word.Assign:
		return s.assign(w, out)
	case *word.Revoke:
		return s.revoke(w, out)
	case *word.Cancel:
		return s.cancel(w, out)
	case *word.Free:
		s.free(w)
	case *word.Resolve:
		s.resolve(w)
	default:
		s.breaks("the scheduler sent a word that is not for agents: %T", w)
	}
	return out
}

func (s *State) fromPeer(p Peer, w any, out []Effect) []Effect {
	switch w := w.(type) {
	case *word.Subscribe:
		return s.subscribe(p, w, out)
	case *word.Unsubscribe:
		s.unsubscribe(p, w)
	case *word.Delivery:
		s.delivery(w)
	case *word.NotHere:
		s.notHere(p, w)
	default:
		s.breaks("%v sent a word that is not about blocks: %T", p, w)
	}
	return out
}

// flush gives out what the Step has collected, each list as one effect.
func (s *State) flush(out []Effect) []Effect {
	for i := range s.settled {
		out = append(out, s.settled[i])
	}
	clear(s.settled)
	s.settled = s.settled[:0]
	for i, p := range s.unasks.peers {
		out = append(out, SendPeer{p, &word.Unsubscribe{Blocks: s.unasks.blocks[i]}})
	}
	s.unasks.reset()
	for i, p := range s.asks.peers {
		out = append(out, SendPeer{p, &word.Subscribe{Blocks: s.asks.blocks[i]}})
	}
	s.asks.reset()
	for i, p := range s.denials.peers {
		out = append(out, SendPeer{p, &word.NotHere{Blocks: s.denials.blocks[i]}})
	}
	s.denials.reset()
	for _, w := range s.missing {
		if !s.alone {
			out = append(out, SendScheduler{w})
		}
	}
	clear(s.missing)
	s.missing = s.missing[:0]
	if len(s.dropped) > 0 {
		out = append(out, Drop{s.dropped})
		s.dropped = nil
	}
	return out
}

// lists collects blocks by peer, in the order in which the peers came.
type lists[W any] struct {
	peers  []Peer
	blocks [][]word.Block
	index  map[Peer]int
}

func (l *lists[W]) add(p Peer, b word.Block) {
	if n := len(l.peers); n > 0 && l.peers[n-1] == p { // the usual case
		l.blocks[n-1] = append(l.blocks[n-1], b)
		return
	}
	if l.index == nil {
		l.index = map[Peer]int{}
	}
	n, ok := l.index[p]
	if !ok {
		n = len(l.peers)
		l.index[p] = n
		l.peers = append(l.peers, p)
		l.blocks = append(l.blocks, nil)
	}
	l.blocks[n] = append(l.blocks[n], b)
}

func (l *lists[W]) reset() {
	if len(l.peers) == 0 {
		return
	}
	clear(l.index)
	clear(l.blocks)
	l.peers, l.blocks = l.peers[:0], l.blocks[:0]
}

// breaks remembers the first word that broke the protocol, for Check. The word is survived.
func (s *State) breaks(format string, args ...any) {
	if s.breach == nil {
		s.breach = fmt.Errorf("workerstate: agent %d: %w", s.self, fmt.Errorf(format, args...))
	}
}

func sortedRuns(runs map[word.Run]*table) []word.Run { return slices.Sorted(maps.Keys(runs)) }

// before orders blocks by run, index and attempt.
func before(a, b word.Block) int {
	return cmp.Or(
		cmp.Compare(a.Task.Run, b.Task.Run),
		cmp.Compare(a.Task.Index, b.Task.Index),
		cmp.Compare(a.Attempt.Term, b.Attempt.Term),
		cmp.Compare(a.Attempt.Count, b.Attempt.Count),
	)
}
