package work

import "github.com/braid-compute/braid/internal/command/journal"

// Task says which task to run.
type Task struct {
	Folder string // of the job
	Number int
}

// Outcome says how a task ended, and what was kept of its output.
type Outcome struct {
	Record         journal.Record
	Stdout, Stderr []byte
}
