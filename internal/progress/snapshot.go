package progress

import "time"

// Snapshot is the state of the work at one moment. Counts only grow during the life of a [Meter].
type Snapshot struct {
	Elapsed time.Duration // since the work was opened
	Active  time.Duration // of it, while there were tasks; 0 if unknown
	CPU     time.Duration // of the whole process in that time; 0 if unknown

	Slots     int // tasks that may run at once
	Running   int // tasks that run
	Blocked   int // tasks that wait for other tasks, without a slot
	Held      int // tasks that wait for memory
	CoresHeld int // cores that the process may use

	Memory      int64 // bytes of results, where known
	MemoryLimit int64 // bytes that processes are to stay below; 0: none
	Unsized     int64 // results of unknown size

	Groups []Group // one per op, in order of first use, each name once
}

// Group counts the tasks of one op.
type Group struct {
	Name      string
	Total     int64         // tasks submitted
	Done      int64         // tasks that have a result
	Failed    int64         // tasks that failed for good
	Cancelled int64         // tasks that were cancelled
	Retried   int64         // attempts that were followed by another
	Busy      time.Duration // time in functions that have ended, summed over slots
}

// ended counts the tasks that need nothing more.
func (g Group) ended() int64 { return g.Done + g.Failed + g.Cancelled }

// left counts the other tasks. Counters are read one after the other, so it could be below zero for a moment.
func (g Group) left() int64 { return max(g.Total-g.ended(), 0) }

// add adds the counts of another group.
func (g Group) add(o Group) Group {
	g.Total += o.Total
	g.Done += o.Done
	g.Failed += o.Failed
	g.Cancelled += o.Cancelled
	g.Retried += o.Retried
	g.Busy += o.Busy
	return g
}

// all adds up all groups.
func (s Snapshot) all() (sum Group) {
	for _, g := range s.Groups {
		sum = sum.add(g)
	}
	return sum
}

// coresUsed is the mean number of cores in use, 0 if unknown.
func (s Snapshot) coresUsed() float64 { return ratio(s.CPU, s.Elapsed) }

// slotsUsed is the mean number of slots in which a function ran while there were tasks, leaving out functions that
// still run.
func (s Snapshot) slotsUsed() float64 {
	active := s.Active
	if active == 0 {
		active = s.Elapsed
	}
	return min(ratio(s.all().Busy, active), float64(s.Slots))
}

func ratio(a, b time.Duration) float64 {
	if b <= 0 {
		return 0
	}
	return max(a.Seconds(), 0) / b.Seconds()
}
