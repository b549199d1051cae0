package sched

// maxHabits is how many ops are remembered of which no run is left: a name of each that was ever called would fill the memory of
// a cluster that runs for long.
const maxHabits = 10_000

// habitOf returns what is known of a name of calls, for a run that is being taken in. When there are many names, those are
// forgotten that no run has any more.
func (s *State) habitOf(name string, r *run) *habit {
	h := s.habits[name]
	if h != nil {
		return h
	}
	if len(s.habits) >= maxHabits+2*s.habitsInUse {
		s.forgetHabits(r)
	}
	h = &habit{}
	s.habits[name] = h
	return h
}

func (s *State) forgetHabits(r *run) {
	used := make(map[*habit]bool)
	mark := func(r *run) {
		for n := range r.calls {
			used[r.calls[n].habit] = true
		}
	}
	mark(r)
	for _, r := range s.runs {
		mark(r)
	}
	for name, h := range s.habits {
		if !used[h] {
			delete(s.habits, name)
		}
	}
	s.habitsInUse = len(s.habits)
}
