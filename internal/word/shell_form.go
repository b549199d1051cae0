package word

// The binary forms of what the shells say to each other.

func (w *Welcome) encode(e *encoder) {
	e.index(uint32(w.Agent))
	e.index(uint32(w.Client))
	e.index(w.Term)
}

func (w *Welcome) decode(d *decoder) { *w = Welcome{agent(d), Client(d.index()), d.index()} }

func (p *Peer) encode(e *encoder) { e.index(uint32(p.Agent)); e.text(p.Address); e.text(p.Name) }
func (p *Peer) decode(d *decoder) { *p = Peer{agent(d), d.text(), d.text()} }

func (g *Gone) encode(e *encoder) { e.text(g.Why) }
func (g *Gone) decode(d *decoder) { g.Why = d.text() }

func (l *Log) encode(e *encoder) { e.index(uint32(l.Agent)); e.bytes(l.Line) }
func (l *Log) decode(d *decoder) { *l = Log{agent(d), d.bytes()} }

func (p *Progress) encode(e *encoder) {
	e.count(len(p.Groups))
	for _, g := range p.Groups {
		e.text(g.Name)
		for _, v := range [...]uint64{g.Total, g.Done, g.Failed, g.Cancelled, uint64(g.Nanos)} {
			e.number(v)
		}
	}
	e.index(p.Workers)
	e.index(p.Slots)
	e.index(p.Running)
}

func (p *Progress) decode(d *decoder) {
	p.Groups = alloc[Group](d.many(6))
	for k := range p.Groups {
		p.Groups[k] = Group{d.text(), d.number(), d.number(), d.number(), d.number(), int64(d.number())}
	}
	p.Workers, p.Slots, p.Running = d.index(), d.index(), d.index()
}

func (x *Explain) encode(e *encoder) {
	e.number(x.Question)
	e.task(x.Task)
	e.index(x.Attempt.Term)
	e.index(x.Attempt.Count)
}

func (x *Explain) decode(d *decoder) {
	*x = Explain{d.number(), d.task(), Attempt{d.index(), d.index()}}
}

func (x *Explained) encode(e *encoder) {
	e.number(x.Question)
	e.text(x.State)
	e.text(x.Why)
	e.index(x.Attempt)
	e.number(uint64(x.Nanos))
}

func (x *Explained) decode(d *decoder) {
	*x = Explained{d.number(), d.text(), d.text(), d.index(), int64(d.number())}
}
