package word

import "errors"

// The binary forms of what is said about names of results.

func (*Publish) kind() Kind      { return KindPublish }
func (*Unpublish) kind() Kind    { return KindUnpublish }
func (*Take) kind() Kind         { return KindTake }
func (*Publications) kind() Kind { return KindPublications }
func (*Published) kind() Kind    { return KindPublished }

func (p *Publish) encode(e *encoder) {
	e.number(p.Question)
	e.text(p.Name)
	e.text(p.Type)
	e.bytes(p.Graph)
}

func (p *Publish) decode(d *decoder) { *p = Publish{d.number(), d.text(), d.text(), d.bytes()} }

func (u *Unpublish) encode(e *encoder) { e.number(u.Question); e.text(u.Name) }
func (u *Unpublish) decode(d *decoder) { *u = Unpublish{d.number(), d.text()} }

func (t *Take) encode(e *encoder) {
	e.number(t.Question)
	e.number(t.Sequence)
	e.text(t.Name)
	e.text(t.Type)
}

func (t *Take) decode(d *decoder) { *t = Take{d.number(), d.number(), d.text(), d.text()} }

func (p *Publications) encode(e *encoder) { e.number(p.Question) }
func (p *Publications) decode(d *decoder) { p.Question = d.number() }

var errProblem = errors.New("unknown problem")

func (p *Published) encode(e *encoder) {
	if p.Problem > ProblemType {
		e.fail("unknown problem %d", p.Problem)
	}
	e.number(p.Question)
	e.number(uint64(p.Problem))
	e.text(p.Why)
	e.publications(p.List)
}

func (p *Published) decode(d *decoder) {
	p.Question = d.number()
	problem := d.number()
	if problem > uint64(ProblemType) {
		d.fail(errProblem)
	}
	p.Problem, p.Why = Problem(problem), d.text()
	p.List = d.publications()
}

func (e *encoder) publications(list []Publication) {
	e.count(len(list))
	for _, p := range list {
		e.text(p.Name)
		e.text(p.Type)
		e.text(p.Program)
		e.text(p.State)
		e.number(uint64(p.Bytes))
		e.number(uint64(p.Nanos))
	}
}

// leastPublication is how many bytes a publication has at least: one for each field.
const leastPublication = 6

func (d *decoder) publications() []Publication {
	list := alloc[Publication](d.many(leastPublication))
	for k := range list {
		list[k] = Publication{d.text(), d.text(), d.text(), d.text(), int64(d.number()), int64(d.number())}
	}
	return list
}
