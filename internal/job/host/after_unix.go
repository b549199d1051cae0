//go:build unix

package host

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/job"
)

// mayBegin reports whether all jobs that a job comes after have done what they should.
func (h *Host) mayBegin(e *entry) bool {
	return !slices.ContainsFunc(e.After, func(id int) bool {
		before := h.byID[id]
		return before == nil || before.Counts[job.Done] < before.Counts.Total()
	})
}

// find returns a job, or nil if it is not there.
func (h *Host) find(id int) *job.Job {
	if e := h.byID[id]; e != nil {
		return e.Job
	}
	return nil
}

// ripen finds the tasks anew that may begin, of a job whose tasks come one by one after those of others.
func (h *Host) ripen(e *entry) {
	if len(e.Each) > 0 {
		e.ripe = slices.AppendSeq(e.ripe[:0], e.Ripe(h.find))
	}
}

// ripenAfter takes in that a task of a job has done what it should, which others may have waited for.
func (h *Host) ripenAfter(e *entry, number int) {
	for _, o := range h.jobs {
		if slices.Contains(o.Each, e.ID) && o.Status(number) == job.Pending && o.IsRipe(number, h.find) {
			o.ripe = append(o.ripe, number)
		}
	}
}

// start returns up to n tasks that may begin, which are running from now on.
func (e *entry) start(n int) (numbers []int) {
	if len(e.Each) == 0 {
		return e.Start(n)
	}
	for len(e.ripe) > 0 && len(numbers) < n {
		if e.StartTask(e.ripe[0]) { // it may have been cancelled
			numbers = append(numbers, e.ripe[0])
		}
		e.ripe = e.ripe[1:]
	}
	return numbers
}

// giveBack makes a task pending again that was running.
func (e *entry) giveBack(number int) {
	e.Return(number)
	if len(e.Each) > 0 {
		e.ripe = append(e.ripe, number)
	}
}

// checkEach returns why the tasks of a new job cannot come one by one after those of others, which may be among the new ones.
func (h *Host) checkEach(s *job.Spec, all []*job.Spec) error {
	if len(s.Each) == 0 {
		return nil
	}
	c, err := s.Compile()
	if err != nil {
		return err
	}
	for _, id := range s.Each {
		name, tasks := "", 0
		if id >= 0 {
			before := h.byID[id]
			name, tasks = fmt.Sprintf("job %d (%s)", id, before.Name), before.Counts.Total()
		} else if k := -id - 1; k < len(all) {
			before, err := all[k].Compile()
			if err != nil {
				return err
			}
			name, tasks = fmt.Sprintf("job %q", before.Name), before.Tasks()
		}
		if tasks != c.Tasks() {
			return fmt.Errorf("the tasks of job %q cannot come one by one after those of %s: they are %d, and those %d", s.Name, name, c.Tasks(), tasks)
		}
	}
	return nil
}
