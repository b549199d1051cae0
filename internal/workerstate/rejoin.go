package workerstate

import "github.com/braid-compute/braid/internal/word"

// What happens when the scheduler is lost and found again.

// schedulerLost takes back what has not begun: the scheduler will give it to others. What runs may end, because its block
// may be of use to the next scheduler.
func (s *State) schedulerLost(out []Effect) []Effect {
	s.alone = true
	var asked []word.Block
	s.each(func(b word.Block, r *record) {
		if r.phase == open {
			asked = append(asked, b)
		}
	})
	if len(asked) > 0 {
		out = append(out, TakeBack{asked})
	}
	return out
}

// rejoin gives up what is still open, because no scheduler waits for it, and announces the rest.
func (s *State) rejoin(out []Effect) []Effect {
	s.alone, s.unsaid = true, nil
	var aborted []word.Block
	join := &word.Join{}
	s.each(func(b word.Block, r *record) {
		if r.phase == open {
			aborted = append(aborted, b)
			return
		}
		h := word.Held{Block: b, Bytes: r.bytes}
		if r.extra != 0 {
			h.Used = s.extras[r.extra].used
		}
		join.Blocks = append(join.Blocks, h)
	})
	for _, b := range aborted {
		s.giveUp(b, s.find(b))
	}
	if len(aborted) > 0 {
		out = append(out, Abort{aborted})
	}
	// The connections with peers end with the old number, so nothing is said to them.
	clear(s.early)
	s.asks.reset()
	s.unasks.reset()
	s.denials.reset()
	return append(out, SendScheduler{join})
}
