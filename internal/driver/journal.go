package driver

import (
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Journal keeps what a successor of this scheduler needs: records of package record.
type Journal interface {
	// Replay returns what earlier schedulers have kept and still matters, and last a record.Numbers. It is called once, before Append.
	Replay() iter.Seq2[any, error]
	// Append takes records in and returns at once. kept is called later, by any goroutine: when a successor will find them and all before them,
	// or with the reason why it will not.
	Append(records []any, kept func(error))
}

// keeping is what waits for the journal. What is said goes out when that from which it follows is kept; the loop goes on meanwhile. It
// belongs to the goroutine of loop.
type keeping struct {
	journal  Journal
	recalls  bool       // what is stepped comes from the journal
	agents   word.Agent // numbers of agents up to this one are reserved
	records  []any
	binds    bool // what is said from now on follows from these
	waiting  []turn
	first    uint64 // number of the first that waits
	saying   []said // of this turn
	heard    []*client
	releases bool         // a turn that waited is performed
	unkept   atomic.Int64 // what was handed to the journal and is not known to be kept
}

// turn is one round of the loop: what is to be said and done when the journal has what came before.
type turn struct {
	saying  []said
	effects []sched.Effect
	small   map[word.Block][]byte
	heard   []heardOf
}

// said is a word for a connection, or one for an agent that may have to be held back.
type said struct {
	conn  Conn
	word  any
	agent *agent
	held  held
}

// heardOf is how many words of a client were taken in.
type heardOf struct {
	client *client
	count  uint64
}

// keep has something kept. What binds must be kept before anything that follows from it is said.
func (d *Driver) keep(what any, binds bool) {
	k := &d.keeping
	if k.journal == nil || k.recalls {
		return
	}
	k.records = append(k.records, what)
	k.binds = k.binds || binds
}

// keepEvent has an event kept if a successor needs it.
func (d *Driver) keepEvent(ev sched.Event) {
	if d.keeping.journal == nil {
		return
	}
	switch ev := ev.(type) {
	case sched.Submitted:
		d.keep(ev, true)
	case sched.ClientWord, sched.ClientGone: // if it is not kept, the client says it again, or is missed again
		d.keep(ev, false)
	case sched.AgentWord:
		if w, ok := ev.Word.(*word.Failed); ok && d.state.Decides(ev.Agent, w) {
			d.keep(ev, true)
		}
	}
}

// keepPast has what attempts of tasks have shown kept, before they are tried again.
func (d *Driver) keepPast(effects []sched.Effect) {
	if d.keeping.journal == nil {
		return
	}
	for _, e := range effects {
		if past, ok := e.(sched.Past); ok {
			d.keep(past, true)
		}
	}
}

// holdsBack reports whether what is said now has to wait.
func (d *Driver) holdsBack() bool {
	k := &d.keeping
	return (k.binds || len(k.waiting) > 0) && !k.releases
}

// listens notes how many words of a client were taken in, with the one that is taken in now.
func (d *Driver) listens(c *client, count uint64) {
	k := &d.keeping
	if k.journal == nil || c.line == nil {
		return
	}
	if c.heard == c.kept {
		k.heard = append(k.heard, c)
	}
	c.heard = count
}

// endTurn performs what was decided, now or when the journal has what it follows from.
func (d *Driver) endTurn() {
	k := &d.keeping
	if k.journal == nil {
		d.perform(d.effects)
		return
	}
	var heard []heardOf
	for _, c := range k.heard {
		if c.kept = c.heard; d.clients[c.number] == c { // also of words that leave no record: a client forgets them, too
			k.records = append(k.records, record.Heard{Client: c.number, Count: c.heard})
		}
		heard = append(heard, heardOf{c, c.heard})
	}
	clear(k.heard)
	k.heard = k.heard[:0]
	if !d.holdsBack() {
		if len(k.records) > 0 || len(heard) > 0 && k.unkept.Load() > 0 {
			d.handOver(func() { confirm(heard) })
		} else {
			confirm(heard)
		}
		d.perform(d.effects)
		return
	}
	t := turn{saying: k.takeSaying(), effects: d.effects, small: d.small, heard: heard}
	d.effects, d.small = nil, make(map[word.Block][]byte)
	k.binds = false
	number := k.first + uint64(len(k.waiting))
	k.waiting = append(k.waiting, t)
	d.handOver(func() { d.in.put(note{do: func() { d.wereKept(number) }}) })
}

// handOver gives what there is to the journal. An error ends the scheduler, whatever it was for.
func (d *Driver) handOver(kept func()) {
	k := &d.keeping
	records := k.records
	k.records = nil
	k.unkept.Add(1)
	k.journal.Append(records, func(err error) {
		if err != nil {
			d.in.put(note{do: func() { d.journalFailed(err) }})
			return
		}
		kept()
		k.unkept.Add(-1)
	})
}

func (d *Driver) journalFailed(err error) {
	if d.stopped {
		return
	}
	d.log("the journal cannot be written, the scheduler stops: %v", err)
	d.stop(fmt.Errorf("the scheduler cannot write its journal: %w", err))
}

// wereKept performs the turns up to one.
func (d *Driver) wereKept(number uint64) {
	k := &d.keeping
	for len(k.waiting) > 0 && k.first <= number && !d.stopped {
		t := k.waiting[0]
		k.waiting[0] = turn{}
		k.waiting = k.waiting[1:]
		k.first++
		d.performTurn(t)
	}
	if len(k.waiting) == 0 {
		k.waiting = nil
		if !k.binds { // then nothing holds back what this turn has said so far, and it goes before what follows
			d.sayHeld(k.takeSaying())
		}
	}
}

// performTurn says and does what has waited. This turn's own goes on behind it.
func (d *Driver) performTurn(t turn) {
	small := d.small
	d.small, d.keeping.releases = t.small, true
	d.sayHeld(t.saying)
	d.perform(t.effects)
	d.small, d.keeping.releases = small, false
	confirm(t.heard)
}

// takeSaying returns what this turn has held back until now.
func (k *keeping) takeSaying() []said {
	saying := k.saying
	k.saying = nil
	return saying
}

// sayHeld says what was held back.
func (d *Driver) sayHeld(saying []said) {
	for _, s := range saying {
		if s.agent != nil {
			d.tell(s.agent, s.held)
		} else {
			d.say(s.conn, s.word)
		}
	}
}

// confirm lets clients forget words from which everything that follows is kept.
func confirm(list []heardOf) {
	for _, h := range list {
		h.client.line.Confirm(h.count)
	}
}
