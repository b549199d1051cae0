package driver

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// limits are what is sent at once. Tests have smaller ones.
type limits struct {
	part     int64 // bytes of arguments that go to an agent in one word, unless one task has more
	full     int64 // bytes that wait for an agent: above it, words are held back
	argument int64 // bytes of one argument: it travels in a word with others
	settled  int   // bytes of results and failures that go to a client in one word, unless one outcome has more
}

var defaultLimits = limits{part: 16 << 20, full: 64 << 20, argument: word.MaxBytes - 1<<20, settled: 16 << 20}

const (
	partInputs = word.MaxItems / 4     // inputs that are named in one word, unless one task has more
	partTasks  = 512                   // tasks that take results of others in one word: they begin while the next ones travel
	longBody   = 8 << 10               // bytes of arguments from which a word is sent while the next is still being made
	pace       = 10 * time.Millisecond // how often it is looked whether words must still be held back
)

// held is a word that waits for its agent to take what was sent before.
type held struct {
	word any
	of   *submission // of an Assign
}

// send gives an agent a word of the state machine.
func (d *Driver) send(e sched.Send) {
	a := d.agents[e.Agent]
	if a == nil {
		return
	}
	h := held{word: e.Word}
	if w, ok := e.Word.(*word.Assign); ok && len(w.Tasks) > 0 {
		if h.of = d.runs[w.Tasks[0].Task.Run]; h.of == nil {
			return // the run is over, so nobody waits for it
		}
	}
	d.tell(a, h)
}

// tell gives an agent a word after those that are held back for it.
func (d *Driver) tell(a *agent, h held) {
	if d.holdsBack() {
		d.keeping.saying = append(d.keeping.saying, said{agent: a, held: h})
		return
	}
	if len(a.held) == 0 && d.convey(a, &h) {
		return
	}
	a.held = append(a.held, h)
	d.releaseSoon()
}

func (d *Driver) releaseSoon() {
	if d.pacing == nil {
		d.pacing = time.AfterFunc(pace, func() { d.in.put(note{do: d.release}) })
	}
}

// release sends what was held back, as far as it is taken.
func (d *Driver) release() {
	d.pacing = nil
	for _, a := range d.agents {
		n := 0
		for n < len(a.held) && d.convey(a, &a.held[n]) {
			n++
		}
		a.held = slices.Delete(a.held, 0, n)
		if len(a.held) > 0 {
			d.releaseSoon()
		}
	}
}

// convey sends a word. It returns false if the word, or the rest of it that it leaves in h, must wait.
func (d *Driver) convey(a *agent, h *held) bool {
	if h.of == nil {
		d.transmit(a.conn, h.word)
		return true
	}
	w := h.word.(*word.Assign)
	for w != nil {
		if waiting, _ := a.conn.Queued(); waiting > d.limits.full {
			h.word = w
			return false
		}
		w = d.conveyPart(a, h.of, w)
	}
	return true
}

// conveyPart sends as many tasks of an Assign as may travel together, with what they need to be run, and returns the rest. Tasks
// that cannot be sent have failed.
func (d *Driver) conveyPart(a *agent, s *submission, w *word.Assign) (rest *word.Assign) {
	most := len(w.Tasks)
	if len(w.Inputs) > 0 {
		most = min(most, partTasks)
	}
	if len(w.Inputs) > partInputs {
		most = max(1, sort.Search(most, func(k int) bool { return w.Ends[k] > partInputs }))
	}
	limit := int64(0)
	if s.bytes > d.limits.part {
		limit = d.limits.part
	}
	d.cut.claim = d.state.Claims(w.Tasks[0].Task.Run)
	for {
		body, n, err := d.cut.cut(s.graph, w.Tasks[0].Task.Run, w.Tasks[:most], limit)
		part, rest := divide(s.graph, w, n, a.number)
		if err == nil {
			part.Body = body
			s.want(part)
			if len(part.Body) > longBody {
				err = a.conn.Send(part)
			} else {
				err = d.put(a.conn, part)
			}
			if err == nil {
				return rest
			}
			if !tooLong(err) {
				d.check(a.conn, err)
				return nil // the agent is lost with all that it has
			}
		}
		if n > 1 {
			most = n / 2
			continue
		}
		d.failed(a, part, err)
		return rest
	}
}

// failed ends a task that cannot be sent to an agent, as if the agent had tried it. It is an event like any other, so it is taken in
// with those that come next.
func (d *Driver) failed(a *agent, part *word.Assign, err error) {
	b := part.Tasks[0]
	text := fmt.Sprintf("it cannot be sent to a worker: %v", err)
	switch {
	case errors.Is(err, word.ErrItems):
		text = fmt.Sprintf("it takes %d results, and at most about %d can be named to a worker at once: combine them in several steps, as a tree", len(part.Inputs), word.MaxItems)
	case errors.Is(err, word.ErrBytes):
		text = fmt.Sprintf("its arguments have %s together, and at most %s can be sent to a worker at once: %s", size(int64(len(part.Body))), size(word.MaxBytes), smaller)
	}
	d.in.put(note{agent: a, word: &word.Failed{Block: b, Failure: []byte(text)}})
}

// smaller says what to do about arguments that are too large.
const smaller = "make the data inside a task, read it from a file there, or hand it in in parts"

func size(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// tooLong reports whether a word could not be sent for its length, which leaves the connection as it is.
func tooLong(err error) bool { return errors.Is(err, word.ErrBytes) || errors.Is(err, word.ErrItems) }

// divide returns the first n tasks of an Assign and the others, which take what the first ones make as they take what else the agent
// holds.
func divide(g *graph.Graph, w *word.Assign, n int, self word.Agent) (part, rest *word.Assign) {
	if n == len(w.Tasks) {
		return w, nil
	}
	inputs := w.Ends[n-1]
	part = &word.Assign{Tasks: w.Tasks[:n:n], Ends: w.Ends[:n:n], Inputs: w.Inputs[:inputs:inputs]}
	rest = &word.Assign{Tasks: w.Tasks[n:], Ends: make([]uint32, 0, len(w.Tasks)-n), Inputs: make([]word.Input, 0, len(w.Inputs)-int(inputs))}
	made := make(map[graph.Index]word.Block, n)
	for _, b := range part.Tasks {
		made[b.Task.Index] = b
	}
	buf := make([]graph.Ref, 0, 8)
	for k := n; k < len(w.Tasks); k++ {
		begin := len(rest.Inputs)
		rest.Inputs = append(rest.Inputs, w.InputsOf(k)...)
		_, refs := g.Task(w.Tasks[k].Task.Index, buf)
		for _, r := range refs {
			if r.Kind() != graph.RefOutput {
				continue
			}
			b, here := made[r.Task()]
			in := word.Input{Block: b, Holder: self}
			if here && !slices.Contains(rest.Inputs[begin:], in) {
				rest.Inputs = append(rest.Inputs, in)
			}
		}
		rest.Ends = append(rest.Ends, uint32(len(rest.Inputs)))
	}
	return part, rest
}

// want marks the tasks of an Assign whose results the client wants.
func (s *submission) want(w *word.Assign) {
	w.AllWanted, w.Wanted = s.all, nil
	if s.all {
		return
	}
	for k, b := range w.Tasks {
		if _, found := slices.BinarySearch(s.wanted, b.Task.Index); found {
			w.Wanted = append(w.Wanted, uint32(k))
		}
	}
}

// weigh adds up the bytes of a graph's literals, and names an argument that no word can hold.
func weigh(g *graph.Graph, most int64) (total int64, err error) {
	for n := range g.Literals() {
		for k, item := range g.Literal(uint32(n)).Encoded.Items {
			if total += int64(len(item)); int64(len(item)) > most {
				return total, fmt.Errorf("an argument of %s has %s as bytes, and at most %s can be sent to a worker at once: %s",
					takerOf(g, uint32(n), uint32(k)), size(int64(len(item))), size(most), smaller)
			}
		}
	}
	return total, nil
}

// takerOf names the first task that takes an item of a literal.
func takerOf(g *graph.Graph, table, item uint32) string {
	buf := make([]graph.Ref, 0, 8)
	for i := range graph.Index(g.Len()) {
		_, refs := g.Task(i, buf)
		for _, r := range refs {
			switch r.Kind() {
			case graph.RefLiteral, graph.RefItem:
				if r.Table() == table && (r.Kind() == graph.RefLiteral || r.Item() == item) {
					at := g.SiteOf(i)
					if at.File == "" {
						return g.Name(i)
					}
					return fmt.Sprintf("%s (%s:%d)", g.Name(i), at.File, at.Line)
				}
			}
		}
	}
	return "no task"
}
