package word

import "github.com/braid-compute/braid/graph"

// The binary forms of what the scheduler and the clients say to each other.

func (s *Submit) encode(e *encoder) {
	e.number(s.Sequence)
	e.flag(s.All)
	e.indexList(s.Wanted)
	e.bytes(s.Graph)
}

func (s *Submit) decode(d *decoder) {
	s.Sequence, s.All, s.Wanted, s.Graph = d.number(), d.flag(), d.indexList(), d.bytes()
}

func (r *Release) encode(e *encoder) { e.index(uint32(r.Run)); e.flag(r.All); e.indexList(r.Tasks) }
func (r *Release) decode(d *decoder) { *r = Release{Run(d.index()), d.flag(), d.indexList()} }

func (c *CancelTasks) encode(e *encoder) { e.index(uint32(c.Run)); e.flag(c.All); e.indexList(c.Tasks) }
func (c *CancelTasks) decode(d *decoder) { *c = CancelTasks{Run(d.index()), d.flag(), d.indexList()} }

func (*Leave) encode(*encoder) {}
func (*Leave) decode(*decoder) {}

func (a *Accepted) encode(e *encoder) {
	e.number(a.Sequence)
	e.index(uint32(a.Run))
	e.text(a.Refused)
}
func (a *Accepted) decode(d *decoder) { *a = Accepted{d.number(), Run(d.index()), d.text()} }

func (s *Settled) encode(e *encoder) {
	e.index(uint32(s.Run))
	t := s.Tasks
	n := len(t)
	e.indices(n, func(k int) graph.Index { return t[k].Index })
	putColumn(e, n, func(k int) Status { return t[k].Status }, putStatus)
	putColumn(e, n, func(k int) Attempt { return t[k].Attempt }, (*encoder).attempt)
	putColumn(e, n, func(k int) Agent { return t[k].Holder }, putAgent)
	putColumn(e, n, func(k int) uint64 { return uint64(t[k].Bytes) }, (*encoder).number)
	putColumn(e, n, func(k int) Task { return t[k].Cause }, (*encoder).task)
	putColumn(e, n, func(k int) Status { return t[k].CauseStatus }, putCauseStatus)
	e.pieces(n, func(k int) []byte { return t[k].Data })
}

func (s *Settled) decode(d *decoder) {
	s.Run = Run(d.index())
	d.indices(func(n int) { s.Tasks = alloc[Outcome](n) }, func(k int, i graph.Index) { s.Tasks[k].Index = i })
	t := s.Tasks
	n := len(t)
	column(d, n, status, func(k int, v Status) { t[k].Status = v })
	column(d, n, (*decoder).attempt, func(k int, v Attempt) { t[k].Attempt = v })
	column(d, n, agent, func(k int, v Agent) { t[k].Holder = v })
	column(d, n, (*decoder).number, func(k int, v uint64) { t[k].Bytes = int64(v) })
	column(d, n, (*decoder).task, func(k int, v Task) { t[k].Cause = v })
	column(d, n, causeStatus, func(k int, v Status) { t[k].CauseStatus = v })
	d.pieces(n, func(k int, data []byte) { t[k].Data = data })
}

func putStatus(e *encoder, s Status) {
	if s == 0 {
		e.fail("a task without a status")
	}
	putCauseStatus(e, s)
}

// putCauseStatus writes a status that may be missing.
func putCauseStatus(e *encoder, s Status) {
	if s > StatusDied {
		e.fail("unknown status %d", s)
	}
	e.number(uint64(s))
}

func status(d *decoder) Status {
	s := causeStatus(d)
	if s == 0 {
		d.fail(errStatus)
	}
	return s
}

func causeStatus(d *decoder) Status {
	v := d.number()
	if v > uint64(StatusDied) {
		d.fail(errStatus)
		return 0
	}
	return Status(v)
}
