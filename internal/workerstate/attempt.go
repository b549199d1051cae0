package workerstate

import "github.com/braid-compute/braid/internal/word"

// What happens to the attempts that are assigned here.

func (s *State) assign(w *word.Assign, out []Effect) []Effect {
	self := word.Block{}
	for k, b := range w.Tasks {
		if old := s.lookup(b.Task); old != nil && (old.phase == open || old.phase == held) {
			s.breaks("%v was assigned while attempt %v of it is %v", b, old.attempt, old.phase)
			out = s.supersede(word.Block{Task: b.Task, Attempt: old.attempt}, old, out)
		}
		r := s.open(b)
		if len(s.early) > 0 {
			if e := s.early[b]; e != nil {
				s.extra(r).peers = append(s.extra(r).peers, e.peers...)
				delete(s.early, b)
			}
		}
		for _, in := range w.InputsOf(k) {
			if in.Holder == s.self {
				if in.Block == self { // the same input as that of the task before
					continue
				}
				if have := s.find(in.Block); have != nil && (have.phase == open || have.phase == held) {
					self = in.Block
					continue
				}
			}
			s.take(b, s.lookup(b.Task), in)
		}
	}
	return append(out, Execute{w})
}

// supersede gives up an attempt whose task is assigned again.
func (s *State) supersede(b word.Block, r *record, out []Effect) []Effect {
	if r.phase == open {
		out = append(out, Abort{[]word.Block{b}})
	} else {
		s.dropped = append(s.dropped, b)
	}
	s.giveUp(b, r)
	return out
}

// giveUp ends an attempt whose block will not be here: who waits for it is told.
func (s *State) giveUp(b word.Block, r *record) {
	s.release(b, r)
	if r.extra != 0 {
		for _, p := range s.extras[r.extra].peers {
			s.deny(p, b)
		}
	}
	s.end(b.Task, r)
}

func (s *State) tasksEnded(ev TasksEnded, out []Effect) []Effect {
	fresh := 0
	for _, f := range ev.Finished {
		if s.expects(f.Block) {
			fresh++
		}
	}
	done := ev.Finished
	if fresh < len(done) {
		done = make([]word.Finished, 0, fresh)
	}
	for _, f := range ev.Finished {
		r := s.find(f.Block)
		if r == nil || r.phase != open {
			if r == nil || r.phase == gone {
				s.dropped = append(s.dropped, f.Block) // of an attempt that was aborted while it ran
			} else {
				s.breaks("%v ended twice", f.Block)
			}
			continue
		}
		if fresh < len(ev.Finished) {
			done = append(done, f)
		}
		out = s.finish(f, r, out)
	}
	if len(done) > 0 && !s.alone {
		out = append(out, SendScheduler{&word.Done{Tasks: done}})
	}
	for i := range ev.Failed {
		f := &ev.Failed[i]
		r := s.find(f.Block)
		if r == nil || r.phase != open && r.phase != held {
			continue // aborted while it ran
		}
		if r.phase == held { // its block cannot leave the process
			s.dropped = append(s.dropped, f.Block)
		}
		s.giveUp(f.Block, r)
		if !s.alone {
			out = append(out, SendScheduler{f})
		}
	}
	return out
}

// expects reports whether the end of an attempt is news.
func (s *State) expects(b word.Block) bool {
	r := s.find(b)
	return r != nil && r.phase == open
}

// finish takes in a block that was made here.
func (s *State) finish(f word.Finished, r *record, out []Effect) []Effect {
	s.release(f.Block, r)
	if r.unasked {
		s.end(f.Block.Task, r)
		s.dropped = append(s.dropped, f.Block)
		return out
	}
	r.phase, r.bytes = held, f.Bytes
	s.opens--
	s.helds++
	s.bytes += f.Bytes
	if r.extra != 0 {
		e := &s.extras[r.extra]
		for _, p := range e.peers {
			if p.Agent == s.self && p.Client == 0 {
				s.arrived(s.copies[f.Block])
				continue
			}
			out = append(out, Deliver{p, f.Block})
		}
		e.peers = e.peers[:0]
		if len(f.Used) == 0 {
			s.dropExtra(r)
		}
	}
	if len(f.Used) > 0 {
		s.extra(r).used = f.Used
	}
	return out
}

func (s *State) revoke(w *word.Revoke, out []Effect) []Effect {
	var asked, returned, started []word.Block
	for _, b := range w.Tasks {
		switch r := s.find(b); {
		case r == nil || r.phase == gone:
			returned = append(returned, b)
		case r.phase == held:
			started = append(started, b)
		default:
			asked = append(asked, b)
		}
	}
	if len(asked) > 0 {
		out = append(out, TakeBack{asked})
	}
	return s.answer(returned, started, out)
}

func (s *State) takenBack(ev TakenBack, out []Effect) []Effect {
	for _, b := range ev.Returned {
		if r := s.find(b); r != nil && r.phase == open {
			s.giveUp(b, r)
		}
	}
	return s.answer(ev.Returned, ev.Started, out)
}

// answer tells the scheduler what became of a Revoke.
func (s *State) answer(returned, started []word.Block, out []Effect) []Effect {
	if s.alone {
		return out
	}
	if len(returned) > 0 {
		out = append(out, SendScheduler{&word.Returned{Tasks: returned}})
	}
	if len(started) > 0 {
		out = append(out, SendScheduler{&word.Started{Tasks: started}})
	}
	return out
}

func (s *State) cancel(w *word.Cancel, out []Effect) []Effect {
	var aborted []word.Block
	for _, b := range w.Tasks {
		r := s.find(b)
		switch {
		case r == nil || r.phase == gone:
			continue
		case r.phase == open:
			aborted = append(aborted, b)
		default: // its Done crossed the Cancel and is dropped by the scheduler, so nobody would free it
			s.dropped = append(s.dropped, b)
		}
		s.giveUp(b, r)
	}
	if len(aborted) > 0 {
		out = append(out, Abort{aborted})
	}
	return out
}

func (s *State) free(w *word.Free) {
	for _, b := range w.Blocks {
		r := s.find(b)
		if r == nil || r.phase == gone {
			continue
		}
		if r.phase == held {
			s.dropped = append(s.dropped, b)
			s.giveUp(b, r)
			continue
		}
		r.unasked = true
		if r.extra != 0 {
			e := &s.extras[r.extra]
			for _, p := range e.peers {
				s.deny(p, b)
			}
			e.peers = e.peers[:0]
		}
	}
}
