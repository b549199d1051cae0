package word

// The binary forms of what is said about connections that may be resumed.

func (a *Attach) encode(e *encoder) {
	e.b = append(e.b, a.Token[:]...)
	e.flag(a.Again)
	e.number(a.Heard)
}

func (a *Attach) decode(d *decoder) {
	copy(a.Token[:], d.take(uint64(len(a.Token))))
	a.Again, a.Heard = d.flag(), d.number()
}

func (a *Attached) encode(e *encoder) { e.number(a.Heard); e.number(uint64(a.Nanos)) }
func (a *Attached) decode(d *decoder) { *a = Attached{d.number(), int64(d.number())} }

func (*End) encode(*encoder) {}
func (*End) decode(*decoder) {}

func (h *Heard) encode(e *encoder) { e.number(h.Count) }
func (h *Heard) decode(d *decoder) { h.Count = d.number() }
