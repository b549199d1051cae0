package word

// The binary forms of what a scheduler is asked from outside.

func (x *Inspect) encode(e *encoder) { e.number(x.Question) }
func (x *Inspect) decode(d *decoder) { x.Question = d.number() }

func (s *Shutdown) encode(e *encoder) { e.number(s.Question); e.flag(s.Force) }
func (s *Shutdown) decode(d *decoder) { *s = Shutdown{d.number(), d.flag()} }

func (x *Inspected) encode(e *encoder) {
	e.number(x.Question)
	e.text(x.Refused)
	e.number(uint64(x.Nanos))
	e.number(uint64(x.Idle))
	e.count(len(x.Workers))
	for _, w := range x.Workers {
		e.index(uint32(w.Agent))
		e.text(w.Name)
		e.index(w.Pid)
		e.index(w.Slots)
		e.index(w.Assigned)
		e.number(uint64(w.Memory))
		e.number(uint64(w.Bytes))
		e.number(uint64(w.Nanos))
	}
	e.count(len(x.Programs))
	for _, p := range x.Programs {
		e.index(uint32(p.Client))
		e.text(p.Name)
		e.index(p.Pid)
		e.flag(p.Worker)
		e.index(p.Runs)
		e.number(uint64(p.Nanos))
		e.number(uint64(p.Left))
		e.count(len(p.Groups))
		for _, g := range p.Groups {
			e.text(g.Name)
			e.number(g.Total)
			e.number(g.Done)
			e.number(g.Failed)
			e.number(g.Cancelled)
			e.number(uint64(g.Nanos))
		}
	}
	e.publications(x.Results)
}

// The fewest bytes of an item of the lists: one for each field.
const (
	leastWorker  = 8
	leastProgram = 8
	leastGroup   = 6
)

func (x *Inspected) decode(d *decoder) {
	x.Question, x.Refused, x.Nanos, x.Idle = d.number(), d.text(), int64(d.number()), int64(d.number())
	x.Workers = alloc[Worker](d.many(leastWorker))
	for k := range x.Workers {
		x.Workers[k] = Worker{
			agent(d), d.text(), d.index(), d.index(), d.index(), int64(d.number()), int64(d.number()), int64(d.number()),
		}
	}
	x.Programs = alloc[Program](d.many(leastProgram))
	for k := range x.Programs {
		p := Program{
			Client: Client(d.index()), Name: d.text(), Pid: d.index(), Worker: d.flag(), Runs: d.index(), Nanos: int64(d.number()), Left: int64(d.number()),
		}
		p.Groups = alloc[Group](d.many(leastGroup))
		for n := range p.Groups {
			p.Groups[n] = Group{d.text(), d.number(), d.number(), d.number(), d.number(), int64(d.number())}
		}
		x.Programs[k] = p
	}
	x.Results = d.publications()
}
