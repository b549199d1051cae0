package workerstate

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// phase is what is known here about the latest attempt of a task.
type phase uint8

const (
	absent phase = iota // never assigned here
	open                // handed to the executor, not ended
	held                // its block is here
	gone                // ended without a block here, or freed; nothing of it will come
)

func (p phase) String() string { return [...]string{"absent", "open", "held", "gone"}[p] }

// record is the latest attempt of a task that was assigned to this agent.
type record struct {
	attempt word.Attempt
	bytes   int64  // of a held block
	extra   uint32 // index into State.extras, 0 for none
	phase   phase
	unasked bool // freed while it is open: its block is dropped as soon as it is there
}

// extra holds what most records do not have.
type extra struct {
	peers  []Peer       // who subscribed to the block; the agent itself, if attempts here wait for it as for a copy
	copies []*replica   // the blocks from elsewhere that the open attempt takes
	used   []word.Block // inputs of a held block, for the next Join
	inUse  bool
}

// A task's number has its page above and its place in the page below.
const (
	pageBits = 8
	pageSize = 1 << pageBits
)

// page is a stretch of a run's tasks. Shares of a run are contiguous, so pages are well filled. A page is
// dropped when none of its records is open or held; with it go its records of what is gone, without which a late subscriber is
// answered by a Tick.
type page struct {
	live    int // records that are open or held
	records [pageSize]record
}

// table holds the records of a run.
type table struct {
	pages []*page
	live  int // pages that exist
}

// table returns the records of a run, nil if there are none.
func (s *State) table(r word.Run) *table {
	if r == s.latestRun {
		return s.latest
	}
	t := s.runs[r]
	if t != nil {
		s.latestRun, s.latest = r, t
	}
	return t
}

// find returns the record of a block's task if it is about that attempt, otherwise nil.
func (s *State) find(b word.Block) *record {
	r := s.lookup(b.Task)
	if r == nil || r.attempt != b.Attempt || r.phase == absent {
		return nil
	}
	return r
}

// lookup returns the record of a task if its page exists.
func (s *State) lookup(task word.Task) *record {
	t := s.table(task.Run)
	if t == nil {
		return nil
	}
	n := int(task.Index >> pageBits)
	if n >= len(t.pages) || t.pages[n] == nil {
		return nil
	}
	return &t.pages[n].records[task.Index%pageSize]
}

// open returns a fresh record for an attempt that is now open.
func (s *State) open(b word.Block) *record {
	t := s.table(b.Task.Run)
	if t == nil {
		t = &table{}
		s.runs[b.Task.Run] = t
		s.latestRun, s.latest = b.Task.Run, t
	}
	n := int(b.Task.Index >> pageBits)
	if n >= len(t.pages) {
		t.pages = append(t.pages, make([]*page, n+1-len(t.pages))...)
	}
	p := t.pages[n]
	if p == nil {
		p = &page{}
		t.pages[n] = p
		t.live++
	}
	p.live++
	s.opens++
	r := &p.records[b.Task.Index%pageSize]
	*r = record{attempt: b.Attempt, phase: open}
	return r
}

// end makes an open or held record one of what is gone, and drops the page if it was the last.
func (s *State) end(task word.Task, r *record) {
	if r.phase == open {
		s.opens--
	} else {
		s.helds--
		s.bytes -= r.bytes
	}
	s.dropExtra(r)
	*r = record{attempt: r.attempt, phase: gone}
	t := s.table(task.Run)
	n := task.Index >> pageBits
	p := t.pages[n]
	p.live--
	if p.live > 0 {
		return
	}
	t.pages[n] = nil
	t.live--
	if t.live == 0 {
		delete(s.runs, task.Run)
		s.latestRun, s.latest = 0, nil
	}
}

// extra returns what the record has beside itself, making it if need be.
func (s *State) extra(r *record) *extra {
	if r.extra == 0 {
		if n := len(s.spare); n > 0 {
			r.extra = s.spare[n-1]
			s.spare = s.spare[:n-1]
		} else {
			if len(s.extras) == 0 {
				s.extras = append(s.extras, extra{})
			}
			r.extra = uint32(len(s.extras))
			s.extras = append(s.extras, extra{})
		}
		s.extras[r.extra].inUse = true
	}
	return &s.extras[r.extra]
}

// dropExtra gives back what the record has beside itself.
func (s *State) dropExtra(r *record) {
	if r.extra == 0 {
		return
	}
	e := &s.extras[r.extra]
	clear(e.copies)
	*e = extra{peers: recycle(e.peers), copies: recycle(e.copies)}
	s.spare = append(s.spare, r.extra)
	r.extra = 0
}

// each calls f for every record that is open or held, by run and index.
func (s *State) each(f func(word.Block, *record)) {
	for _, run := range sortedRuns(s.runs) {
		for n, p := range s.runs[run].pages {
			if p == nil {
				continue
			}
			for i := range p.records {
				r := &p.records[i]
				if r.phase != open && r.phase != held {
					continue
				}
				task := word.Task{Run: run, Index: graph.Index(n<<pageBits + i)}
				f(word.Block{Task: task, Attempt: r.attempt}, r)
			}
		}
	}
}

// recycle keeps a list's memory for the next use if it is small.
func recycle[T any](list []T) []T {
	const most = 32
	if cap(list) > most {
		return nil
	}
	return list[:0]
}
