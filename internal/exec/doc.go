// Package exec runs task graphs in one process. It is braid's only executor: the in-process client hands it whole
// submissions, and an agent will run its window of a cluster's work on the same code, so that retries, time limits,
// cancellation, admission by memory and explanations exist once.
//
// # Life of a task
//
//	waiting ──▶ running ──▶ done
//	   │           ├──────▶ failed      (error, panic, time limit; after its last attempt)
//	   │           ├──────▶ waiting     (a further attempt)
//	   └───────────┴──────▶ cancelled
//	waiting ──▶ failed                  (an input failed or was cancelled)
//	waiting ──▶ skipped                 (nobody wants the result any more)
//
// One compare-and-swap decides every outcome, so a late result, a late time limit and a late cancellation are dropped
// by whoever comes second. A waiting task whose count of missing inputs is zero is ready; it then sits in a queue, or is
// held back while memory is above its mark, or waits for its first turn in the cursor of its run.
//
// # Slots, workers, queues
//
// A slot is the right to run one task. A worker is a goroutine that drives a slot; it parks when there is nothing to
// do and never spins. Each slot has a deque (Chase and Lev 2005): its worker takes the newest task, which is a consumer
// of what it has just made, so a graph runs depth first and results are freed early; thieves take the oldest. Tasks
// without inputs are not queued at once: each run has a cursor, from which workers claim a page of tasks when their
// deques are empty.
//
// A task that waits for other tasks yields its slot: another worker drives it meanwhile, and the task takes a slot again
// before it goes on. So there may be more goroutines than slots, but never more running tasks.
//
// # End of a run
//
// Every queued or running task holds a token of its run, the cursor holds one, and so does every input from an earlier
// run. The run is over when no token is left. Workers keep a few tokens in hand, so that the shared counter is touched
// rarely.
package exec
