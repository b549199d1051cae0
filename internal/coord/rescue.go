package coord

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// rescued is what can be read of a journal of which something is missing, whatever the server makes of its files: each message says how
// long it is, which one it is, and what its checksum is.
type rescued struct {
	why      error
	messages []found // in the order of their numbers, without those that a snapshot replaces
	missing  []span  // of numbers
	last     uint64  // number of the last message that is known of
	term     uint32  // highest that is known of
	broken   int     // records of which the end or the beginning is missing
}

// found is a message in a file.
type found struct {
	head
	payload []byte
}

// span is a range of numbers.
type span struct{ first, last uint64 }

func (s span) String() string {
	if s.first == s.last {
		return fmt.Sprint(s.first)
	}
	return fmt.Sprintf("%d to %d", s.first, s.last)
}

// rescue reads what there is in the files below a folder. The note says how far the journal went at least.
func rescue(dir string, n note, why error) (*rescued, error) {
	r := &rescued{why: why, last: n.number, term: n.term}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil // as if it were missing; what was in it is
		}
		r.messages = findMessages(r.messages, data)
		return nil
	})
	if err != nil && exists(dir) {
		return nil, err
	}
	slices.SortStableFunc(r.messages, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(b.term, a.term))
	})
	r.messages = slices.CompactFunc(r.messages, func(a, b found) bool { return a.number == b.number })
	r.trim()
	return r, nil
}

// findMessages appends the messages that are somewhere in data.
func findMessages(list []found, data []byte) []found {
	for {
		k := bytes.Index(data, magic)
		if k < 0 || len(data)-k < headBytes {
			return list
		}
		data = data[k:]
		n := headBytes + payloadBytes(data)
		if n <= len(data) {
			if h, payload, err := unseal(data[:n:n], numberOf(data)); err == nil {
				list = append(list, found{h, payload})
				data = data[n:]
				continue
			}
		}
		data = data[len(magic):]
	}
}

// trim drops what the last whole snapshot replaces, and finds out what is missing.
func (r *rescued) trim() {
	from := uint64(0)
	for _, m := range r.messages {
		r.last, r.term = max(r.last, m.number), max(r.term, m.term)
		if m.kind == kindMark {
			if x, err := readMark(m.payload); err == nil && x.from <= m.number {
				from = x.from
			}
		}
	}
	k, _ := slices.BinarySearchFunc(r.messages, from, func(m found, from uint64) int { return cmp.Compare(m.number, from) })
	r.messages = r.messages[k:]
	next := max(1, from)
	for _, m := range r.messages {
		if m.number > next {
			r.missing = append(r.missing, span{next, m.number - 1})
		}
		next = m.number + 1
	}
	if next <= r.last {
		r.missing = append(r.missing, span{next, r.last})
	}
}

// records hands over the records of the messages in their order, until yield returns false. Those of a snapshot and those behind it are not told apart: they
// may tell of the same. The first message of a journal of which the beginning is missing may say what was over long ago.
func (r *rescued) records(yield func([]byte) bool) {
	var tail, snapshot around
	r.broken = 0
	for _, m := range r.messages {
		s := &tail
		switch m.kind {
		case kindTerm:
			tail.drop()
			tail.last = m.number
			continue
		case kindMark:
			continue
		case kindSnapshot:
			s = &snapshot
		}
		if !s.take(m, yield) {
			return
		}
	}
	r.broken = tail.broken + snapshot.broken
}

// around puts records together from the messages of one subject, around those that are missing.
type around struct {
	assembler
	last   uint64 // message that was read
	broken int
}

func (a *around) take(m found, yield func([]byte) bool) bool {
	if m.previous != a.last && a.open {
		a.drop()
		a.broken++
	}
	a.last = m.number
	payload := m.payload
	for m.within && !a.open && len(payload) > 0 { // the rest of a record whose beginning is missing
		_, rest, more, err := nextPiece(payload)
		if err != nil || more {
			return true
		}
		a.broken++
		payload, m.within = rest, false
	}
	more, err := a.assembler.take(payload, yield)
	if err != nil {
		a.drop()
		return true
	}
	return more
}

// lossy reports whether something is lost.
func (r *rescued) lossy() bool { return len(r.missing) > 0 || r.broken > 0 }

// String says what is missing.
func (r *rescued) String() string {
	if len(r.missing) == 0 {
		return fmt.Sprintf("all of its %d messages could be read", len(r.messages))
	}
	const shown = 5
	count := uint64(0)
	var list []string
	for k, s := range r.missing {
		count += s.last - s.first + 1
		if k < shown {
			list = append(list, s.String())
		}
	}
	if len(r.missing) > shown {
		list = append(list, "and others")
	}
	return fmt.Sprintf("of its %d messages, %d could not be read: %s", count+uint64(len(r.messages)), count, strings.Join(list, ", "))
}
