package driver

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// A result with a name is a submission of the cluster's own, of one task that takes the result. So it holds what that is
// made of, is made again if its agent is lost, and outlives the client that gave it its name. Who takes it gets a submission of one
// task, too, which takes that one.

// ownClient is the client of the cluster's own submissions. Others have numbers from 1.
const ownClient word.Client = 0

// maxPublications limits the results with names.
const maxPublications = 10_000

// publication is a result with a name.
type publication struct {
	run     word.Run
	typ     string
	program string
	since   time.Time
	release func() // of what the program's tasks need from outside

	client   word.Client // that gave the name
	question uint64      // by this
}

// problem is why something about names cannot be done.
type problem struct {
	kind word.Problem
	why  string
}

func refused(kind word.Problem, format string, args ...any) *problem {
	return &problem{kind, fmt.Sprintf(format, args...)}
}

// answer answers a client's word about names.
func (d *Driver) answer(c *client, question uint64, p *problem) {
	w := &word.Published{Question: question}
	if p != nil {
		w.Problem, w.Why = p.kind, p.why
	}
	d.say(c.conn, w)
}

// publish gives a result of a client a name.
func (d *Driver) publish(c *client, w *word.Publish) *problem {
	if err := word.CheckPublication(w.Name, w.Type); err != nil {
		return refused(word.ProblemOther, "%v", err)
	}
	switch p := d.named[w.Name]; {
	case p == nil:
	case w.Question > 0 && p.client == c.number && p.question == w.Question:
		return nil // it asks again, because the scheduler that it asked is gone
	default:
		return refused(word.ProblemTaken, "by a result that %s published %v ago: unpublish that, or choose another name",
			cmp.Or(p.program, "a program"), time.Since(p.since).Round(time.Second))
	}
	if len(d.named) >= maxPublications {
		return refused(word.ProblemOther, "%d results have names, which is the most: unpublish some", maxPublications)
	}
	s, err := d.read(c, w.Graph)
	if err == nil && s.graph.Len() != 1 {
		err = fmt.Errorf("it is published by %d tasks", s.graph.Len())
	}
	if err != nil {
		return refused(word.ProblemOther, "%v", err)
	}
	s.client, s.all = ownClient, true
	p := &publication{
		run: d.enter(s), typ: w.Type, program: c.program.Name, since: time.Now(), release: c.program.hold(), client: c.number, question: w.Question,
	}
	d.named[w.Name] = p
	d.submitted(p.run, s)
	d.keep(record.Named{Run: p.run, Client: c.number, Question: w.Question, Name: w.Name, Type: w.Type, Program: p.program}, true)
	return nil
}

// unpublish takes a name back. Who has taken the result keeps it.
func (d *Driver) unpublish(name string) *problem {
	p := d.named[name]
	if p == nil {
		return d.unknown(name)
	}
	delete(d.named, name)
	p.release()
	d.keep(record.Unnamed{Name: name}, true)
	d.step(sched.ClientWord{Client: ownClient, Word: &word.Release{Run: p.run, All: true}})
	return nil
}

// take hands a client the result of a name, as a submission of its own.
func (d *Driver) take(c *client, w *word.Take) *problem {
	p := d.named[w.Name]
	switch {
	case p == nil:
		return d.unknown(w.Name)
	case w.Type != p.typ:
		return refused(word.ProblemType, "its type is %s, and %s is asked for", p.typ, w.Type)
	}
	if n, ok := c.runs[w.Sequence]; ok {
		if e := d.runs[n].graph.Externals(); w.Question > 0 && len(e) == 1 && e[0].Submission == uint64(p.run) {
			return nil // it asks again
		}
		return refused(word.ProblemOther, "submission %d was handed in already", w.Sequence)
	}
	source := d.runs[p.run].graph
	call := source.Calls()[source.CallOf(0)]
	b := graph.NewBuilder()
	call.Op = b.Op(source.Ops()[call.Op]) // which passes on what it is given
	call.Traits, call.Site = b.Traits(graph.Traits{}), b.AddSite(source.Sites()[call.Site])
	b.Add(b.Call(call), b.External(graph.External{Submission: uint64(p.run)}))
	b.Number(source.Client, w.Sequence)
	g, err := b.Build()
	if err != nil {
		return refused(word.ProblemOther, "%v", err)
	}
	d.begin(c, &submission{graph: g, client: c.number, sequence: w.Sequence, all: true})
	return nil
}

func (d *Driver) unknown(name string) *problem {
	return refused(word.ProblemUnknown, "there are %d results with a name", len(d.named))
}

// publications returns what is known of the results with names, in the order of these.
func (d *Driver) publications() []word.Publication {
	var list []word.Publication
	for name, p := range d.named {
		state, bytes := d.state.Standing(word.Task{Run: p.run})
		list = append(list, word.Publication{
			Name: name, Type: p.typ, Program: p.program, State: state, Bytes: bytes, Nanos: int64(time.Since(p.since)),
		})
	}
	slices.SortFunc(list, func(a, b word.Publication) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
