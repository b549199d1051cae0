package job

import (
	"fmt"
	"slices"
	"time"
)

// State says how far a job is.
type State string

// The states of a job.
const (
	Waits      State = "waiting"   // for jobs that it comes after
	Blocked    State = "blocked"   // by a job that it comes after and that has not done what it should
	Queued     State = "queued"    // none of its tasks runs now, and some could
	Runs       State = "running"   // tasks of it do
	Suspended  State = "suspended" // tasks are left, and no cluster is there to run them
	Succeeded  State = "done"      // all tasks have done what they should
	HasFailed  State = "failed"    // all have an outcome, and some failed
	WasStopped State = "cancelled" // all have an outcome, and some were cancelled
)

// Over reports whether nothing more happens by itself.
func (s State) Over() bool {
	return s == Blocked || s == Suspended || s == Succeeded || s == HasFailed || s == WasStopped
}

// Summary is a job in short. Its JSON form is what a cluster answers.
type Summary struct {
	ID        int        `json:"id"`
	Name      string     `json:"name"`
	Group     string     `json:"group,omitempty"`
	State     State      `json:"state"`
	Why       string     `json:"why,omitempty"` // in words, for people
	Counts    Counts     `json:"counts"`        // pending, running, done, failed, cancelled
	Retried   int        `json:"retried,omitempty"`
	Submitted time.Time  `json:"submitted"`
	Began     *time.Time `json:"began,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"` // when its last task did
	After     []int      `json:"after,omitempty"`
	Each      []int      `json:"each,omitempty"` // with those it comes after task by task
}

// Summarize returns all jobs in short, in their order. lives says whether there is a cluster to run them.
func Summarize(jobs []*Job, lives bool) []Summary {
	list := make([]Summary, 0, len(jobs))
	at := make(map[int]int, len(jobs))
	for _, j := range jobs { // one comes after earlier ones only
		s := Summary{
			ID: j.ID, Name: j.Name, Group: j.Group, Counts: j.Counts, Retried: j.Retried, Submitted: j.Submitted, After: j.After, Each: j.Each,
		}
		if !j.Began.IsZero() {
			s.Began = &j.Began
		}
		if !j.Ended.IsZero() {
			s.Ended = &j.Ended
		}
		summary := func(id int) *Summary {
			if k, ok := at[id]; ok {
				return &list[k]
			}
			return nil
		}
		s.State, s.Why = stateOf(j, summary, func(id int) *Job {
			if k, ok := at[id]; ok {
				return jobs[k]
			}
			return nil
		}, lives)
		at[j.ID] = len(list)
		list = append(list, s)
	}
	return list
}

// stateOf returns how far a job is. summary and find return the jobs that it comes after, nil where one is not there any more.
func stateOf(j *Job, summary func(id int) *Summary, find func(id int) *Job, lives bool) (State, string) {
	c := &j.Counts
	switch {
	case c.Left() == 0 && c[Cancelled] > 0:
		return WasStopped, ""
	case c.Left() == 0 && c[Failed] > 0:
		return HasFailed, ""
	case c.Left() == 0:
		return Succeeded, ""
	case c[Running] > 0:
		return Runs, ""
	}
	before := j.After
	if len(j.Each) > 0 && !j.hasRipe(find) {
		before = slices.Concat(j.After, j.Each)
	}
	waits := ""
	for _, id := range before {
		b := summary(id)
		switch {
		case b == nil:
			return Blocked, fmt.Sprintf("it comes after job %d, which was removed", id)
		case b.State == Succeeded:
		case b.State == HasFailed, b.State == WasStopped, b.State == Blocked:
			return Blocked, fmt.Sprintf("it comes after job %d (%s), which is %s; \"braid job retry %d\" tries that again", b.ID, b.Name, b.State, b.ID)
		case waits == "":
			waits = fmt.Sprintf("it comes after job %d (%s), which is %s", b.ID, b.Name, b.State)
		}
	}
	switch {
	case !lives:
		return Suspended, "its cluster is not there; \"braid up\" starts it, and the job goes on"
	case waits != "":
		return Waits, waits
	}
	return Queued, ""
}
