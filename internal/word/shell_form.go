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
