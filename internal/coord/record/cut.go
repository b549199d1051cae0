package record

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// numbersAhead is how many numbers of runs, agents and clients are left out when it is not known any more which ones were given.
const numbersAhead = 1 << 24

// Names returns the names that results have, sorted.
func (l *Ledger) Names() []string { return slices.Sorted(maps.Keys(l.names)) }

// Cut leaves what can be relied on after some of the records were lost: results with names, and what it takes to make them. A client may have been told of what
// nobody remembers, or wait for it, so all clients are gone; Cut returns their programs. A run that takes results of one that
// is lost cannot be made, and a name without its run means nothing.
func (l *Ledger) Cut() (programs []string) {
	l.dropOrphans()
	for name, x := range l.names {
		if l.runs[x.Run] == nil {
			l.unname(name)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(l.clients)) {
		if x := l.clients[c]; !x.Worker {
			programs = append(programs, fmt.Sprintf("%s (pid %d)", x.Program, x.Pid))
		}
		l.gone(c)
	}
	for _, c := range slices.Sorted(maps.Keys(l.open)) {
		if c != 0 { // the cluster's own
			l.gone(c)
		}
	}
	l.last = Numbers{ahead(l.last.Run), ahead(l.last.Agent), ahead(l.last.Client)}
	return programs
}

// dropOrphans drops the runs that take results of runs which are not there, and those that take theirs.
func (l *Ledger) dropOrphans() {
	var orphans []word.Run
	orphan := make(map[word.Run]bool)
	for _, x := range l.lines {
		e, ok := x.what.(sched.Submitted)
		if !ok || l.runs[e.Run] == nil {
			continue
		}
		for _, ext := range e.Graph.Externals() {
			if from := word.Run(ext.Submission); (l.runs[from] == nil || orphan[from]) && !(ext.List && ext.Count == 0) {
				orphan[e.Run] = true
			}
		}
		if orphan[e.Run] {
			orphans = append(orphans, e.Run)
		}
	}
	for _, run := range orphans {
		l.over(run)
	}
}

func ahead[N ~uint32](n N) N { return N(min(uint64(n)+numbersAhead, math.MaxUint32)) }
