package block

import (
	"context"
	"errors"
	"time"
)

// makeRoom writes blocks to files until what is in memory is below the pause mark. Whoever needs memory does that himself, so
// that memory is never made faster than files are written; the keeper alone could fall behind. When no block can leave memory
// it returns: the caller's task must come to its end for others to be freed.
func (s *Store) makeRoom(ctx context.Context) error {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return ErrClosed
		}
		over := s.inUse() - s.options.PauseMark
		if over <= 0 {
			s.mu.Unlock()
			return nil
		}
		// While others write what would be enough, one more is written instead of waiting for them, down to the spill mark.
		free, batch := s.victims(max(over-s.usage.leaving, min(s.excess(), 1)))
		if len(free)+len(batch) > 0 {
			s.calls.Add(1)
			s.mu.Unlock()
			s.evict(free, batch)
			s.calls.Done()
			continue
		}
		if s.usage.leaving == 0 {
			s.mu.Unlock()
			return nil
		}
		if s.moved == nil {
			s.moved = make(chan struct{})
		}
		moved := s.moved
		s.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// victims picks blocks that have not been used for longest, of need bytes together or for one file. Those that are in files
// already leave memory at once: free is what they had. The others are to be written, small ones some more at a time than
// are needed, since each file costs. Called with mu held.
func (s *Store) victims(need int64) (free []memory, batch []*Block) {
	bytes, least := int64(0), min(ownFile, s.options.Limit/32)
	for need > 0 || len(batch) > 0 && bytes < least {
		c, d := s.clean.first, s.dirty.first
		if need <= 0 {
			c = nil
		}
		if s.stalled != nil {
			d = nil
		}
		switch {
		case c != nil && (d == nil || c.used < d.used || s.spares(d)):
			need -= c.size
			free = append(free, s.leave(c))
		case d == nil || len(batch) > 0 && (d.size >= ownFile || bytes+d.size > segmentBytes):
			return free, batch
		default:
			d.remove()
			d.writing = true
			s.usage.leaving += d.size
			need -= d.size
			bytes += d.size
			if batch = append(batch, d); d.size >= ownFile {
				return free, batch
			}
		}
	}
	return free, batch
}

// spares says whether a block that is in no file stays although it was not used for longest: writing it and reading it back costs
// more than reading another one. Whoever goes through everything there is, again and again, comes to each block before as much was read as
// there is, and then finds it in memory; one that nobody used meanwhile leaves in its turn. Called with mu held.
func (s *Store) spares(b *Block) bool {
	return s.stats.ReadBytes-b.read < s.stats.FileBytes+s.usage.all()
}

// evict gives memory back and writes a batch of blocks to a file.
func (s *Store) evict(free []memory, batch []*Block) {
	for _, m := range free {
		s.arena.give(m)
	}
	if len(batch) == 0 {
		s.mu.Lock()
		s.moves()
		s.mu.Unlock()
		return
	}
	out, stuck := s.payloads(batch)
	var seg *segment
	var places []place
	var err error
	if len(out) > 0 {
		seg, places, err = s.spill.write(out)
	}
	s.mu.Lock()
	for _, b := range stuck {
		b.stuck = true
	}
	switch {
	case err != nil:
		s.stall(err)
	case seg != nil:
		seg.live = len(out)
		s.stats.Files++
		s.stats.FileBytes += seg.bytes
		s.stats.SpilledBytes += seg.bytes
		for k, o := range out {
			o.b.filed, o.b.place, o.b.kind, o.b.payload = true, places[k], o.kind, int64(len(o.payload))
		}
	}
	free = free[:0]
	for _, o := range out {
		if o.kind == kindBoxed {
			s.usage.buffers -= int64(len(o.payload))
			free = append(free, o.scratch)
		}
	}
	for _, b := range batch {
		s.usage.leaving -= b.size
		b.writing = false
		switch {
		case b.refs == 0:
			free = append(free, s.free(b))
		case b.filed && b.pins == 0:
			free = append(free, s.leave(b))
		default:
			free = append(free, s.unpage(b))
			s.idle(b)
		}
	}
	s.roomier()
	s.wake()
	s.mu.Unlock()
	for _, m := range free {
		s.arena.give(m)
	}
	if err != nil {
		s.options.Log("%v", err)
	}
}

// payloads returns what is to be written of a batch, and the blocks that cannot be encoded. Values are encoded into pages
// of the arena, since the Go heap may be at its limit.
func (s *Store) payloads(batch []*Block) (out []outgoing, stuck []*Block) {
	for _, b := range batch {
		if b.form == nil {
			out = append(out, outgoing{b: b, kind: kindFlat, payload: b.mem.bytes})
			continue
		}
		if data, ok := b.rawBytes(); ok {
			out = append(out, outgoing{b: b, kind: kindRaw, payload: data})
			continue
		}
		s.mu.Lock()
		bound := s.bound()
		s.mu.Unlock()
		scratch := s.arena.take(b.size+headroom, bound)
		data, err := b.form.encode(scratch.bytes[:0], b.value) // which moves to the heap if it is longer
		if err != nil {
			s.arena.give(scratch)
			stuck = append(stuck, b)
			s.options.Log("a value of %s cannot be encoded, so it stays in memory: %v", b.form.Name, err)
			continue
		}
		out = append(out, outgoing{b: b, kind: kindBoxed, payload: data, scratch: scratch})
		s.mu.Lock()
		s.usage.buffers += int64(len(data))
		s.mu.Unlock()
	}
	return out, stuck
}

// headroom is by how much a value's bytes may be more than it is counted with, before encoding it takes memory of the heap.
const headroom = 4 << 10

// stall stops the writing of files for a while. Called with mu held.
func (s *Store) stall(err error) {
	s.stalled, s.stalledTill = err, time.Now().Add(retryAfter)
	s.stats.Stalls++
	if s.again != nil {
		s.again.Stop()
	}
	if !s.closed {
		s.again = time.AfterFunc(retryAfter, s.resume)
	}
}

// resume tries to write files again.
func (s *Store) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || time.Now().Before(s.stalledTill) {
		return
	}
	s.stalled = nil
	s.wake()
}

// wake starts the keeper if there is something to do for it. Called with mu held.
func (s *Store) wake() {
	if s.keeping || s.closed || len(s.removed) == 0 && (s.excess() <= 0 || !s.canLeave()) {
		return
	}
	s.keeping = true
	s.calls.Go(s.keep)
}

// canLeave says whether a block can leave memory. Called with mu held.
func (s *Store) canLeave() bool {
	return s.clean.first != nil || s.dirty.first != nil && s.stalled == nil
}

// excess returns how many bytes should leave memory: what is above the spill mark, or what the first who waits for room
// needs. Called with mu held.
func (s *Store) excess() int64 {
	n := s.inUse() - s.usage.leaving
	e := n - s.options.SpillMark
	if s.waiting.len() > 0 {
		e = max(e, n+s.waiting.first().n-s.options.PauseMark)
	}
	return e
}

// keep is the keeper: it removes what nobody wants from files, and keeps memory below the spill mark, until there is
// nothing to do.
func (s *Store) keep() {
	for {
		s.mu.Lock()
		if s.closed {
			s.keeping = false
			s.mu.Unlock()
			return
		}
		if len(s.removed) > 0 {
			places, sizes := s.removed, s.removedSize
			s.removed, s.removedSize = nil, nil
			s.mu.Unlock()
			for k, p := range places {
				s.discard(p, sizes[k])
			}
			continue
		}
		free, batch := s.victims(s.excess())
		if len(free)+len(batch) == 0 {
			s.keeping = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		s.evict(free, batch)
	}
}

// discard returns the space of a record, with its file if no other record in that is wanted. A store that could not write
// tries again.
func (s *Store) discard(p place, size int64) {
	s.mu.Lock()
	p.seg.live--
	last := p.seg.live == 0
	s.mu.Unlock()
	returned := int64(0)
	switch {
	case last:
		if err := s.spill.disk.remove(p.seg.path); err != nil {
			s.options.Log("a spill file cannot be removed: %v", err)
			break
		}
		returned = p.seg.bytes
	case recordSize(size) >= leastPunched:
		returned = s.spill.punch(p, size)
	}
	s.mu.Lock()
	if last {
		s.stats.Files--
	}
	p.seg.bytes -= returned
	s.stats.FileBytes -= returned
	if returned > 0 {
		s.stalled = nil
	}
	s.mu.Unlock()
}

// lose notes that a block cannot be had any more, unless the reason passes. Called with mu held.
func (s *Store) lose(b *Block, err error) {
	if !errors.Is(err, ErrLost) {
		return
	}
	b.lost = err
	s.stats.Lost++
	s.unfile(b)
}
