package word

import "github.com/braid-compute/braid/graph"

// What a client says to the scheduler.

// Submit hands in a graph. Sequence counts the client's submissions from 1, so that a repeated one is recognised.
type Submit struct {
	Sequence uint64
	Graph    []byte // encoded
	All      bool   // every task is wanted
	Wanted   []graph.Index
}

// Release says that the client will not read these results any more.
type Release struct {
	Run   Run
	All   bool
	Tasks []graph.Index
}

// CancelTasks cancels tasks of a run that have no outcome yet; what takes their results fails.
type CancelTasks struct {
	Run   Run
	All   bool
	Tasks []graph.Index
}

// Leave is a client's last word: everything it wanted is released.
type Leave struct{}

// What the scheduler says to a client.

// Accepted answers Submit.
type Accepted struct {
	Sequence uint64
	Run      Run
	Refused  string // why not, if it was not
}

// Settled tells a client of outcomes of tasks that it wants.
type Settled struct {
	Run   Run
	Tasks []Outcome
}

// Outcome is how a wanted task ended, and where its block is to be had.
type Outcome struct {
	Index   graph.Index
	Status  Status
	Attempt Attempt
	Holder  Agent
	Bytes   int64
	// Data is the failure of a failed task, or of the cause: encoded by an agent's shell, or text of the scheduler's. Of a
	// task that is done it is the only output, encoded, if that came along with Done.
	Data  []byte
	Cause Task // of a task whose input failed: the task that failed by itself

	// CauseStatus is how the cause ended, which says what is in Data.
	CauseStatus Status
}

// Status is how a task ended.
type Status uint8

// The statuses.
const (
	StatusDone      Status = iota + 1
	StatusFailed           // by itself
	StatusInput            // an input failed: Cause says which
	StatusCancelled        // by the client
	StatusLost             // it cannot be made or made again: Data says why, as text
	StatusDied             // it was on several agents when they died: Data is its death certificate, as text
)
