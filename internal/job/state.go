package job

import (
	"fmt"
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
}

// Summarize returns all jobs in short, in their order. lives says whether there is a cluster to run them.
func Summarize(jobs []*Job, lives bool) []Summary {
	list := make([]Summary, 0, len(jobs))
	at := make(map[int]int, len(jobs))
	for _, j := range jobs { // one comes after earlier ones only
		s := Summary{
			ID: j.ID, Name: j.Name, Group: j.Group, Counts: j.Counts, Retried: j.Retried, Submitted: j.Submitted, After: j.After,
		}
		if !j.Began.IsZero() {
			s.Began = &j.Began
		}
		if !j.Ended.IsZero() {
			s.Ended = &j.Ended
		}
		before := make([]*Summary, 0, len(j.After))
		for _, id := range j.After {
			if k, ok := at[id]; ok {
				before = append(before, &list[k])
			} else {
				before = append(before, nil)
			}
		}
		s.State, s.Why = stateOf(j, before, lives)
		at[j.ID] = len(list)
		list = append(list, s)
	}
	return list
}

// stateOf returns how far a job is. before are those that it comes after, nil where one is not there any more.
func stateOf(j *Job, before []*Summary, lives bool) (State, string) {
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
	waits := ""
	for k, b := range before {
		switch {
		case b == nil:
			return Blocked, fmt.Sprintf("it comes after job %d, which was removed", j.After[k])
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
