package workerstate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// Check returns the first invariant that does not hold, or the first word that broke the protocol. It looks at everything and
// is for tests.
func (s *State) Check() error {
	if s.breach != nil {
		return s.breach
	}
	for _, check := range []func() error{s.checkTables, s.checkExtras, s.checkCopies, s.checkEarly, s.checkFlushed} {
		if err := check(); err != nil {
			return fmt.Errorf("workerstate: agent %d: %w", s.self, err)
		}
	}
	return nil
}

func (s *State) checkTables() error {
	opens, helds, bytes := 0, 0, int64(0)
	for run, t := range s.runs {
		pages := 0
		for n, p := range t.pages {
			if p == nil {
				continue
			}
			pages++
			live := 0
			for _, r := range p.records {
				switch r.phase {
				case open:
					live++
					opens++
				case held:
					live++
					helds++
					bytes += r.bytes
				default:
					if r.extra != 0 || r.unasked {
						return fmt.Errorf("run %d page %d: a record that is %v has something left", run, n, r.phase)
					}
				}
			}
			if live != p.live || live == 0 {
				return fmt.Errorf("run %d page %d has %d live records and counts %d", run, n, live, p.live)
			}
		}
		if pages != t.live || pages == 0 {
			return fmt.Errorf("run %d has %d pages and counts %d", run, pages, t.live)
		}
	}
	if opens != s.opens || helds != s.helds || bytes != s.bytes {
		return fmt.Errorf("%d open, %d held and %d bytes are counted as %d, %d and %d", opens, helds, bytes, s.opens, s.helds, s.bytes)
	}
	if s.latest != nil && s.runs[s.latestRun] != s.latest {
		return fmt.Errorf("the table of run %d is remembered and is not its table", s.latestRun)
	}
	return nil
}

func (s *State) checkExtras() (err error) {
	owners := make([]int, len(s.extras))
	claims := map[*replica]int{}
	s.each(func(b word.Block, r *record) {
		if r.extra == 0 || err != nil {
			return
		}
		owners[r.extra]++
		e := &s.extras[r.extra]
		switch {
		case !e.inUse:
			err = fmt.Errorf("%v has an extra that is spare", b)
		case r.phase == held && (len(e.peers) > 0 || len(e.copies) > 0):
			err = fmt.Errorf("%v is held, and still has %d subscribers and takes %d copies", b, len(e.peers), len(e.copies))
		case r.unasked && len(e.peers) > 0:
			err = fmt.Errorf("%v was freed and has subscribers", b)
		}
		for _, p := range e.peers {
			if p == (Peer{Agent: s.self}) {
				if c := s.copies[b]; c == nil || c.arrival != wanted || c.holder != s.self {
					err = fmt.Errorf("%v has the agent itself as a subscriber, for nothing", b)
				}
			}
		}
		for _, c := range e.copies {
			if s.copies[c.block] != c || c.arrival != here && !slices.Contains(c.takers, b) {
				err = fmt.Errorf("%v takes %v, which does not know of it", b, c.block)
			}
			claims[c]++
		}
	})
	for i := 1; i < len(s.extras) && err == nil; i++ {
		want := 0
		if s.extras[i].inUse {
			want = 1
		}
		if owners[i] != want {
			err = fmt.Errorf("extra %d has %d owners instead of %d", i, owners[i], want)
		}
	}
	for _, b := range slices.SortedFunc(maps.Keys(s.copies), before) {
		if c := s.copies[b]; err == nil && c.claims != claims[c] {
			err = fmt.Errorf("the copy of %v is taken by %d attempts and counts %d", b, claims[c], c.claims)
		}
	}
	return err
}

func (s *State) checkCopies() error {
	for _, b := range slices.SortedFunc(maps.Keys(s.copies), before) {
		c := s.copies[b]
		if c.block != b || c.claims == 0 || c.arrival == here != (len(c.takers) == 0) {
			return fmt.Errorf("the copy of %v (%v) is one of %v with %d claims by %d", b, c.arrival, c.block, c.claims, len(c.takers))
		}
		for i, t := range c.takers {
			r := s.find(t)
			if r == nil || r.phase != open || r.extra == 0 || !slices.Contains(s.extras[r.extra].copies, c) {
				return fmt.Errorf("the copy of %v (%v) has %v as a taker, which is not open or does not know of it", b, c.arrival, t)
			}
			if slices.Contains(c.takers[:i], t) {
				return fmt.Errorf("the copy of %v has %v as a taker twice", b, t)
			}
		}
		if c.holder != s.self || c.arrival != wanted {
			continue
		}
		var peers []Peer
		if r := s.find(b); r != nil && r.phase == open && r.extra != 0 {
			peers = s.extras[r.extra].peers
		} else if e := s.early[b]; e != nil {
			peers = e.peers
		}
		if !slices.Contains(peers, Peer{Agent: s.self}) {
			return fmt.Errorf("%v is awaited from the agent itself, which does not know of it", b)
		}
	}
	return nil
}

func (s *State) checkEarly() error {
	for b, e := range s.early {
		if len(e.peers) == 0 || len(e.peers) != len(e.aged) {
			return fmt.Errorf("%v has %d early subscribers of %d ages", b, len(e.peers), len(e.aged))
		}
		if r := s.find(b); r != nil {
			return fmt.Errorf("%v has early subscribers, though it is %v", b, r.phase)
		}
	}
	return nil
}

func (s *State) checkFlushed() error {
	if len(s.asks.peers)+len(s.unasks.peers)+len(s.denials.peers)+len(s.settled)+len(s.missing)+len(s.dropped) > 0 {
		return fmt.Errorf("a Step kept effects back")
	}
	return nil
}
