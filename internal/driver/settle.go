package driver

import (
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// settle gives a client a word of the state machine. A failure is repeated for every task that it ends, so a Settled may have any
// size, and goes in parts.
func (d *Driver) settle(e sched.Tell) {
	c := d.clients[e.Client]
	if c == nil {
		return
	}
	w, ok := e.Word.(*word.Settled)
	if !ok {
		d.say(c.conn, e.Word)
		return
	}
	d.attach(w)
	for first, last, bytes := 0, 0, 0; last < len(w.Tasks); first, bytes = last, 0 {
		for last < len(w.Tasks) && (last == first || bytes+len(w.Tasks[last].Data) <= d.limits.settled) {
			bytes += len(w.Tasks[last].Data)
			last++
		}
		part := w
		if last-first < len(w.Tasks) {
			part = &word.Settled{Run: w.Run, Tasks: w.Tasks[first:last]}
		}
		d.say(c.conn, part)
	}
}

// attach lets small results that have just come ride along with the word that they are there.
func (d *Driver) attach(settled *word.Settled) {
	if len(d.small) == 0 {
		return
	}
	for k := range settled.Tasks {
		o := &settled.Tasks[k]
		if o.Status == word.StatusDone {
			o.Data = d.small[word.Block{Task: word.Task{Run: settled.Run, Index: o.Index}, Attempt: o.Attempt}]
		}
	}
}
