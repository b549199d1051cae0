package job

import (
	"encoding/json"
	"fmt"
)

// Subject is under which the process of a cluster answers about its jobs.
const Subject = "jobs"

// AskVersion is that of requests and replies.
const AskVersion = 1

// Request is what is asked of the process that runs jobs.
type Request struct {
	Version int     `json:"version"`
	Do      string  `json:"do"`               // one of those below
	Select  string  `json:"select,omitempty"` // which jobs, as Select takes it
	Specs   []*Spec `json:"specs,omitempty"`  // with Submit
	Task    int     `json:"task,omitempty"`   // with Explain; 0 means the job
	Since   uint64  `json:"since,omitempty"`  // with Watch: what the last reply had as Changes
	Wait    int64   `json:"wait_ms,omitempty"`
}

// What can be asked for.
const (
	Submit  = "submit"  // new jobs; After of a Spec may have numbers below 0, as in Store.Add
	Show    = "show"    // jobs as they are
	Watch   = "watch"   // the same, when something has changed or the time is over
	Stop    = "cancel"  // tasks without an outcome are not run, or stopped
	Again   = "retry"   // tasks that failed or were cancelled are run again, and a job that is held goes on
	Remove  = "remove"  // jobs that are over are forgotten
	Explain = "explain" // where a task or a job stands
)

// MostWait is how long a Watch waits at most, in ms.
const MostWait = 10_000

// Reply answers a Request.
type Reply struct {
	Version int       `json:"version"`
	Store   string    `json:"store"`           // the folder of the jobs
	Changes uint64    `json:"changes"`         // how often something has changed
	Jobs    []Summary `json:"jobs"`            // that were meant, as they are now
	Tasks   []int     `json:"tasks,omitempty"` // with Stop and Again: how many of each job it was about
	Text    string    `json:"text,omitempty"`  // with Explain
}

// RefusedError is why a request was refused.
type RefusedError struct {
	Err     error
	Refusal uint32
}

// The kinds of refusal: exit codes of the command.
const (
	RefusedOther    = 1
	RefusedWrong    = 2
	RefusedNotFound = 4
)

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// Code is the kind of refusal.
func (e *RefusedError) Code() uint32 { return e.Refusal }

// ParseRequest reads a request.
func ParseRequest(data []byte) (*Request, error) {
	r := new(Request)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, err
	}
	if r.Version != AskVersion {
		return nil, fmt.Errorf("the request has version %d, and this cluster knows version %d: use the same version of braid", r.Version, AskVersion)
	}
	return r, nil
}
