package agent

import (
	"cmp"
	"container/list"
	"time"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// replica is a block of another agent that tasks here wait for or take.
type replica struct {
	value  exec.Encoded
	stored *block.Block // has the value instead, if it is of some size
	takers int          // attempts that it was handed to so far
}

// live returns what tasks are given.
func (c *replica) live() any {
	if c.stored != nil {
		return c.stored
	}
	return &c.value
}

func (c *replica) bytes() int64 {
	if c.stored != nil {
		return c.stored.Size()
	}
	return int64(len(c.value.Data))
}

// release lets go of what the store has.
func (c *replica) release() {
	if c.stored != nil {
		c.stored.Release()
	}
}

// shelf keeps copies that several tasks took and none takes now, for the next that do: what many tasks share (a scattered
// value, an argument of a whole Map) is fetched and decoded once by each agent and not once for each batch of tasks. A block
// never changes, so a copy of it is never wrong. What nobody takes for a while goes, and before that what was taken longest
// ago, so that the rest fits. Trifles have few places: in a graph with short tasks tens of thousands of them come each second, whose entries
// take more memory than they do, and more of the collector's time than it takes to ask for one again.
type shelf struct {
	limit   int64
	bytes   int64
	byBlock map[word.Block]*list.Element
	order   list.List // of *shelved, the one that was laid down last at the front
	trifles list.List // the same, of those that have few bytes
}

type shelved struct {
	block word.Block
	copy  *replica
	since time.Time
}

const (
	shelfTime  = 30 * time.Second // how long a copy that nobody takes is kept
	shelfShare = 8                // of an agent's memory, one part in so many is for such copies
	shelfBytes = 256 << 20        // in bytes, of an agent whose memory has no limit
	trifle     = 1 << 10          // bytes of a copy below which it is one
	trifles    = 1024             // that are kept
)

func newShelf(memory int64) *shelf {
	s := &shelf{limit: shelfBytes, byBlock: make(map[word.Block]*list.Element)}
	if memory > 0 {
		s.limit = memory / shelfShare
	}
	return s
}

// lay keeps a copy.
func (s *shelf) lay(b word.Block, c *replica, now time.Time) {
	n := c.bytes()
	if n > s.limit {
		c.release()
		return
	}
	if old := s.take(b); old != nil {
		old.release()
	}
	s.byBlock[b] = s.place(n).PushFront(&shelved{b, c, now})
	s.bytes += n
	if s.trifles.Len() > trifles {
		s.discard(s.trifles.Back()).release()
	}
	for s.bytes > s.limit {
		s.discard(cmp.Or(s.order.Back(), s.trifles.Back())).release()
	}
}

// place returns where copies of so many bytes are.
func (s *shelf) place(bytes int64) *list.List {
	if bytes < trifle {
		return &s.trifles
	}
	return &s.order
}

// take takes a copy off the shelf, or returns nil if it is not there.
func (s *shelf) take(b word.Block) *replica {
	e := s.byBlock[b]
	if e == nil {
		return nil
	}
	return s.discard(e)
}

func (s *shelf) discard(e *list.Element) *replica {
	l := e.Value.(*shelved)
	n := l.copy.bytes()
	s.place(n).Remove(e)
	delete(s.byBlock, l.block)
	s.bytes -= n
	return l.copy
}

// clean discards what nobody has taken for a while and says when to come again, 0 for never.
func (s *shelf) clean(now time.Time) (next time.Duration) {
	for _, place := range []*list.List{&s.order, &s.trifles} {
		for e := place.Back(); e != nil; e = place.Back() {
			if left := shelfTime - now.Sub(e.Value.(*shelved).since); left > 0 {
				if next == 0 || left < next {
					next = left
				}
				break
			}
			s.discard(e).release()
		}
	}
	return next
}

// delivered keeps a block that came from a peer for as long as the state machine wants it. stored has it, if it is of some size.
func (a *Agent) delivered(p workerstate.Peer, d *word.Delivery, stored *block.Block) {
	c := &replica{stored: stored}
	if len(d.Outputs) > 0 && stored == nil {
		c.value.Data = d.Outputs[0]
	}
	a.arrivals.ended(p, []word.Block{d.Block})
	a.arrived(p, d, c)
	a.fetch()
}

// arrived is delivered for a copy that is here already.
func (a *Agent) arrived(p workerstate.Peer, d *word.Delivery, c *replica) {
	fresh := a.copies[d.Block] == nil
	if fresh {
		a.copies[d.Block] = c
		a.arrivals.unused += c.bytes()
	}
	arriving, taken := a.arriving, a.taken
	a.arriving, a.taken = d.Block, false
	a.step(workerstate.FromPeer{Peer: p, Word: d})
	switch {
	case !fresh:
		c.release()
	case !a.taken && a.copies[d.Block] == c:
		delete(a.copies, d.Block)
		a.arrivals.unused -= c.bytes()
		c.release()
	}
	a.arriving, a.taken = arriving, taken
}

// subscribe asks another agent for blocks, but for those of which there is a copy on the shelf: these are returned.
func (a *Agent) subscribe(p workerstate.Peer, w *word.Subscribe) (here []word.Block) {
	if len(a.shelf.byBlock) == 0 || p.Agent == word.Nobody {
		a.sendPeer(p, w)
		return nil
	}
	var far []word.Block
	for _, b := range w.Blocks {
		if a.shelf.byBlock[b] != nil {
			here = append(here, b)
		} else {
			far = append(far, b)
		}
	}
	if len(far) > 0 {
		a.sendPeer(p, &word.Subscribe{Blocks: far})
	}
	return here
}

// fromShelf fulfils subscriptions with what is on the shelf.
func (a *Agent) fromShelf(p workerstate.Peer, blocks []word.Block) {
	for _, b := range blocks {
		if c := a.shelf.take(b); c != nil {
			a.arrived(p, &word.Delivery{Block: b}, c)
		}
	}
}

// dropCopy lets go of a copy that no task takes any more.
func (a *Agent) dropCopy(b word.Block) {
	c := a.copies[b]
	if c == nil {
		return
	}
	delete(a.copies, b)
	a.arrivals.unused -= c.bytes()
	if c.takers > 1 {
		a.shelf.lay(b, c, time.Now())
		a.cleanShelf()
	} else {
		c.release()
	}
}

// cleanShelf arranges for the shelf to be cleaned as long as something is on it.
func (a *Agent) cleanShelf() {
	if a.cleaning != nil {
		return
	}
	if left := a.shelf.clean(time.Now()); left > 0 {
		a.cleaning = time.AfterFunc(left, func() { a.heard(note{clean: true}) })
	}
}
