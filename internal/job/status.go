package job

import (
	"fmt"
	"iter"
	"time"

	"github.com/braid-compute/braid/internal/command/journal"
)

// Status says what came of a task.
type Status uint8

// What can have come of a task. One that runs is pending in the journal.
const (
	Pending Status = iota
	Running
	Done
	Failed
	Cancelled
	statuses
)

var statusNames = [statuses]string{"pending", "running", "done", "failed", "cancelled"}

func (s Status) String() string {
	if s < statuses {
		return statusNames[s]
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Counts are how many tasks have each status.
type Counts [statuses]int

// Total returns how many tasks there are.
func (c Counts) Total() (n int) {
	for _, v := range c {
		n += v
	}
	return n
}

// Left returns how many tasks have no outcome.
func (c Counts) Left() int { return c[Pending] + c[Running] }

// Job is a job and what came of its tasks. One goroutine at a time may use it.
type Job struct {
	*Compiled
	Counts  Counts
	Began   time.Time // when its first task did; zero if none has
	Ended   time.Time // when its last task did, of those that have
	Retried int       // attempts at tasks beyond their first
	Damaged int       // lines of the journal that could not be read

	tasks []Status
	next  int // all tasks before have been started
	size  int64
}

// New returns a job of which nothing has been run.
func New(s *Spec) (*Job, error) {
	c, err := s.Compile()
	if err != nil {
		return nil, err
	}
	j := &Job{Compiled: c, tasks: make([]Status, c.Tasks())}
	j.Counts[Pending] = len(j.tasks)
	return j, nil
}

// Status returns what came of the task with a number.
func (j *Job) Status(number int) Status { return j.tasks[number-1] }

// set notes what came of a task.
func (j *Job) set(number int, s Status) {
	t := &j.tasks[number-1]
	j.Counts[*t]--
	j.Counts[s]++
	*t = s
	if s == Pending {
		j.next = min(j.next, number-1)
	}
}

// Start returns up to n tasks that are pending, which are running from now on.
func (j *Job) Start(n int) (numbers []int) {
	for ; j.next < len(j.tasks) && len(numbers) < n; j.next++ {
		if j.tasks[j.next] == Pending {
			j.set(j.next+1, Running)
			numbers = append(numbers, j.next+1)
		}
	}
	return numbers
}

// StartTask notes that a task is running from now on, and reports whether it was pending.
func (j *Job) StartTask(number int) bool {
	if j.Status(number) != Pending {
		return false
	}
	j.set(number, Running)
	return true
}

// Ripe yields the pending tasks that may begin as far as those go after which they come one by one. find returns a job, or nil if it is
// not there.
func (j *Job) Ripe(find func(id int) *Job) iter.Seq[int] {
	return func(yield func(int) bool) {
		for k, s := range j.tasks {
			if s == Pending && j.IsRipe(k+1, find) && !yield(k+1) {
				return
			}
		}
	}
}

func (j *Job) hasRipe(find func(id int) *Job) bool {
	for range j.Ripe(find) {
		return true
	}
	return false
}

// IsRipe reports whether all tasks have done what they should after which one comes.
func (j *Job) IsRipe(number int, find func(id int) *Job) bool {
	for _, id := range j.Each {
		if b := find(id); b == nil || number > len(b.tasks) || b.Status(number) != Done {
			return false
		}
	}
	return true
}

// Return makes a task pending again that was running.
func (j *Job) Return(number int) {
	if j.Status(number) == Running {
		j.set(number, Pending)
	}
}

// End notes how a task ended.
func (j *Job) End(r *journal.Record) {
	if r.Task < 1 || r.Task > int64(len(j.tasks)) {
		j.Damaged++
		return
	}
	s := Failed
	if r.OK() {
		s = Done
	}
	j.set(int(r.Task), s)
	j.Retried += r.Attempts - 1
	ended := time.UnixMilli(r.Ended)
	if began := ended.Add(-time.Duration(r.Wall) * time.Microsecond); j.Began.IsZero() || began.Before(j.Began) {
		j.Began = began
	}
	if ended.After(j.Ended) {
		j.Ended = ended
	}
}

// Cancel takes away all tasks that have no outcome. It returns how many these are.
func (j *Job) Cancel() (n int) { return j.turn(Cancelled, Pending, Running) }

// Retry makes the tasks pending that have failed or were cancelled. It returns how many these are.
func (j *Job) Retry() (n int) { return j.turn(Pending, Failed, Cancelled) }

// turn makes tasks of two statuses ones of another.
func (j *Job) turn(to, one, other Status) (n int) {
	for k, s := range j.tasks {
		if s == one || s == other {
			j.set(k+1, to)
			n++
		}
	}
	return n
}

// The kinds of lines in the journal of a job beside those of ended tasks.
const (
	kindCancel = "cancel"
	kindRetry  = "retry"
)

// Header is the first line of the journal of a job.
const Header = "braid job journal 1\n"

// take enters a line of the journal.
func (j *Job) take(line []byte) {
	var r journal.Record
	kind, err := r.Parse(line)
	switch {
	case err != nil:
		j.Damaged++
	case kind == "end":
		j.End(&r)
	case kind == kindCancel:
		j.Cancel()
	case kind == kindRetry:
		j.Retry()
	}
}
