package event

import "time"

// Version is the version of the format, in files and on wires.
const Version = 1

// Kind says what happened, and so which fields of an [Event] are there.
type Kind string

// The kinds of event.
const (
	Opened    Kind = "opened"    // the client was opened: Client
	Closed    Kind = "closed"    // the client was closed, and nothing follows: Text, if something was wrong
	Submitted Kind = "submitted" // a run was submitted: Run
	Finished  Kind = "finished"  // every task of a run has its outcome, or it was cancelled: Run
	Released  Kind = "released"  // the last handle on a run was let go: Run
	Failed    Kind = "failed"    // a task failed for good: Task
	Retried   Kind = "retried"   // an attempt failed, and another follows: Task
	Joined    Kind = "joined"    // a worker joined: Worker
	Lost      Kind = "lost"      // a worker is gone: Worker, and Text, if it is known why
	Paused    Kind = "paused"    // tasks begin to be held back for memory: Counts
	Resumed   Kind = "resumed"   // no task is held back any more: Counts
	Warned    Kind = "warned"    // something to know: Text
	Counted   Kind = "counted"   // how things stand: Counts
	Traced    Kind = "traced"    // tasks that ended since the last event of this kind: Trace
	Dropped   Kind = "dropped"   // this reader was too slow, and lost events: Dropped
)

// Event is something that happened. Durations count from the opening of the client; in JSON they are whole nanoseconds.
type Event struct {
	Number  uint64        `json:"n"` // counts the events of a client from 1
	At      time.Duration `json:"at_ns"`
	Kind    Kind          `json:"kind"`
	Client  *Client       `json:"client,omitempty"`
	Run     *Run          `json:"run,omitempty"`
	Task    *Task         `json:"task,omitempty"`
	Worker  *Worker       `json:"worker,omitempty"`
	Counts  *Counts       `json:"counts,omitempty"`
	Trace   *Trace        `json:"trace,omitempty"`
	Text    string        `json:"text,omitempty"`
	Dropped uint64        `json:"dropped,omitempty"` // events that this reader lost
}

// Client is how a client was opened.
type Client struct {
	Opened      time.Time `json:"opened"`
	Pid         int       `json:"pid"`
	Processes   int       `json:"processes"`                    // worker processes that it starts; 0: none
	Address     string    `json:"address,omitempty"`            // of somebody else's cluster
	Slots       int       `json:"slots"`                        // in each process
	Cores       int       `json:"cores"`                        // that this process may use
	MemoryLimit int64     `json:"memory_limit_bytes,omitempty"` // bytes of memory that each process is to stay below; 0: none
}

// Run is a submission: what one Submit, Map or Compute handed in.
type Run struct {
	Number uint64        `json:"number"` // counts the client's submissions
	Name   string        `json:"name"`   // for people
	Tasks  int           `json:"tasks"`
	Groups []Size        `json:"groups,omitempty"`  // of Submitted: its tasks by name, at most MaxSizes
	Site   string        `json:"site,omitempty"`    // of Submitted: the user's line, "file.go:12"
	Status string        `json:"status,omitempty"`  // of Finished: done, failed or cancelled
	Why    string        `json:"why,omitempty"`     // of Finished: the error of the first task that failed, or of the cancellation
	Took   time.Duration `json:"took_ns,omitempty"` // of Finished: since it was submitted
}

// Size is how many tasks share a name.
type Size struct {
	Name  string `json:"name"`
	Tasks int64  `json:"tasks"`
}

// Task is an attempt that failed.
type Task struct {
	Run     uint64 `json:"run"`            // number of the submission
	Name    string `json:"name"`           // of the task, for example "square#7"
	Op      string `json:"op"`             // name of its group
	Site    string `json:"site,omitempty"` // the user's line, "file.go:12"
	Attempt int    `json:"attempt"`        // from 1; 0 if it never ran
	Reason  string `json:"reason"`         // error, panic, exit, limit or cancelled
	Type    string `json:"type,omitempty"` // Go's name of the error's type; of a task in another process nothing
	Text    string `json:"text"`
	Stack   string `json:"stack,omitempty"` // where it panicked, cut after MaxText bytes
}

// Worker is a worker process.
type Worker struct {
	Name  string `json:"name"`
	Pid   int    `json:"pid,omitempty"`   // 0 if unknown
	Slots int    `json:"slots,omitempty"` // 0 if unknown
}

// Counts is how things stand. Numbers that only grow are totals since the client was opened.
type Counts struct {
	Runs        uint64        `json:"runs"`                         // submitted
	Untold      uint64        `json:"untold"`                       // of them, those without events of their own
	Workers     int           `json:"workers"`                      // that run tasks; the client's own process counts as one
	Slots       int           `json:"slots"`                        // in all workers
	Running     int           `json:"running"`                      // tasks in slots
	Blocked     int           `json:"blocked,omitempty"`            // tasks that wait for other tasks, without a slot
	Held        int           `json:"held,omitempty"`               // tasks that wait for memory
	Memory      int64         `json:"memory_bytes"`                 // bytes of results, where known
	MemoryLimit int64         `json:"memory_limit_bytes,omitempty"` // bytes that the process is to stay below; 0: none
	Unsized     int64         `json:"unsized,omitempty"`            // results of unknown size
	Active      time.Duration `json:"active_ns,omitempty"`          // during which there were tasks; 0 if unknown
	CPU         time.Duration `json:"cpu_ns,omitempty"`             // of this process; 0 if unknown
	Groups      []Group       `json:"groups"`                       // in order of first use, at most MaxGroups
	More        int           `json:"more,omitempty"`               // groups that were left out
}

// Group counts the tasks that share a name.
type Group struct {
	Name      string        `json:"name"`
	Total     int64         `json:"total"` // submitted
	Done      int64         `json:"done"`
	Failed    int64         `json:"failed,omitempty"`
	Cancelled int64         `json:"cancelled,omitempty"`
	Retried   int64         `json:"retried,omitempty"` // attempts that were followed by another
	Running   int           `json:"running,omitempty"`
	Busy      time.Duration `json:"busy_ns"` // time in functions that have ended, summed over slots
}

// Trace is a sample of the tasks that ended in some time. Each span stands for Tasks/len(Spans) tasks.
type Trace struct {
	Tasks int64  `json:"tasks"` // attempts that ended
	Spans []Span `json:"spans"`
}

// Span is an attempt at a task: when it had which slot.
type Span struct {
	Op      string        `json:"op"`
	Run     uint64        `json:"run"`
	Task    uint32        `json:"task"`    // its number in the run
	Attempt int           `json:"attempt"` // from 1
	Worker  string        `json:"worker,omitempty"`
	Slot    int           `json:"slot"`
	Start   time.Duration `json:"start_ns"`
	End     time.Duration `json:"end_ns"`
	Status  string        `json:"status"` // done, failed, cancelled, or retried if another attempt follows
}

// Limits of single events, for those who keep or draw them.
const (
	MaxSizes  = 32      // of Run.Groups
	MaxGroups = 256     // of Counts.Groups
	MaxText   = 4 << 10 // bytes of a text
)
