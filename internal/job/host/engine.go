package host

import (
	"errors"

	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/work"
)

// Engine runs tasks. The goroutine of a [Host] calls it.
type Engine interface {
	// Run begins to run tasks of a job. ended is called once for each, by any goroutine, with an index into the numbers. The error
	// is ErrStopped for those that have no outcome because somebody stopped them, or the engine ended, and ErrRefused for those that
	// it does not run at all. The error of Run is why no tasks of the job are run; ErrStopped says that none of any job are any more.
	Run(j *job.Job, folder string, numbers []int, ended func(k int, o *work.Outcome, err error)) (Batch, error)
	// Window is how many tasks of a job to have under way.
	Window() int
	// Rest says that nothing is under way, and nothing is to be run for now.
	Rest()
	// Close stops what runs. It returns when no ended is called any more.
	Close() error
}

// Batch is tasks that run.
type Batch interface {
	// Stop stops those that have no outcome.
	Stop()
	// Explain says in words where a task stands.
	Explain(k int) string
	// Begun reports whether a task has begun: workers are given more than they run at once.
	Begun(k int) bool
}

// ErrStopped is the error of a task that was stopped and has no outcome.
var ErrStopped = errors.New("it was stopped")

// ErrRefused is the error of a task that cannot be run as it is.
var ErrRefused = errors.New("the cluster does not run its tasks")
