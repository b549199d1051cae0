// Package batch runs a command for each combination of arguments, so many at a time, and says how each of them ended.
//
// One goroutine makes the tasks and leaves out those that a journal says are done; one for each slot, on a thread of its own, runs
// programs; the goroutine that called [Run.Run] collects what they say, writes the journal, and calls [Plan.Ended]. One more looks after the
// programs that run for longer: it cuts endless output and passes on new lines.
//
// Nothing is kept for a task that has not begun or has ended, but for its key while there is a journal, and its place
// in the order while an earlier one is still running.
package batch
