package sim

import (
	"fmt"
	"strings"
)

// Failure is something that must not happen, with the last events before it.
type Failure struct {
	Scenario Scenario
	What     string
	Story    string // what happened last, a line each
}

func (f *Failure) Error() string {
	return fmt.Sprintf("sim: seed %d: %s\nto repeat it: go test ./internal/sim -run TestSeed -size %s -seed %d\n%s",
		f.Scenario.Seed, f.What, f.Scenario.Size, f.Scenario.Seed, f.Story)
}

// story remembers the last events. They become text only when somebody reads them.
type story struct {
	lines []line
	count int
}

type line struct {
	at    int64
	who   string
	n     int
	event any // a fmt.Stringer or a string
}

// tell adds an event of a machine, which has a number if n is not 0.
func (s *simulation) tell(who string, n int, event any) {
	st := &s.story
	l := line{s.now, who, n, event}
	if len(st.lines) < s.sc.Story {
		st.lines = append(st.lines, l)
	} else {
		st.lines[st.count%len(st.lines)] = l
	}
	st.count++
}

func (s *story) String() string {
	var b strings.Builder
	for i := s.count - len(s.lines); i < s.count; i++ {
		l := &s.lines[i%len(s.lines)]
		fmt.Fprintf(&b, "%9.3f ms  %s", float64(l.at)/float64(Millisecond), l.who)
		if l.n != 0 {
			fmt.Fprintf(&b, " %d", l.n)
		}
		fmt.Fprintf(&b, ": %v\n", l.event)
	}
	return b.String()
}

// fail ends the run, keeping the first reason.
func (s *simulation) fail(format string, args ...any) {
	if s.err == nil {
		s.err = &Failure{s.sc, fmt.Sprintf(format, args...), s.story.String()}
	}
}
