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
// by whoever comes second. A waiting task whose count of missing inputs is zero is ready: it is in a queue, or ahead of all
// walkers, or held back while memory is above its mark.
//
// # Slots, workers, order
//
// A slot is the right to run one task. A worker is a goroutine that drives a slot. When there is nothing to do it parks, after
// having looked for some microseconds if another slot runs a task (docs/decisions/0004). Workers claim chunks, short ranges
// of consecutive tasks, and walk through them, so a graph runs in the order of its numbers as far as its dependencies allow.
// A task that a walker finds not ready is marked as passed; whoever makes its last input pushes it on the deque of its own
// slot (Chase and Lev 2005). A worker takes first what is in its deque, newest first, then walks on, then claims a chunk,
// takes over half of another worker's, or steals the oldest task of another deque. docs/decisions/0001 has the measurements
// behind this.
//
// A task that waits for other tasks yields its slot: another worker drives it meanwhile, and the task takes a slot again
// before it goes on. So there may be more goroutines than slots, but never more running tasks. Except in gangs, whose tasks
// start together: one of them that has waited goes on at once, because the others may be waiting for it.
//
// # Results and memory
//
// A result is a value that lies with its task until its last reader is done. With a store (Config.Store), a large one is a
// [block.Block] instead, which may leave memory for a file: it is pinned while the function of a task that takes it runs, and read
// back first if need be, in that task's slot. One whose file is damaged is made again by a run of its own (Config.Remake), from the
// graph of the run that made it. What results and running tasks take is counted here if it is little, by the store otherwise, and each
// asks the other.
//
// # End of a run
//
// Every queued or running task holds a token of its run, and so do its cursor, every chunk, and every input from an
// earlier run. The run is over when no token is left. Workers keep a few tokens in hand, so that the shared counter is touched
// rarely.
package exec
