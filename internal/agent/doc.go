// Package agent is a worker process's shell: it runs the windows of tasks that the scheduler assigns on an executor of
// package exec, gets their inputs from other agents, and hands out the blocks that it holds.
//
// What to do is decided by the pure state machine of package workerstate. It belongs to whoever handles what is in the inbox:
// the goroutines that read connections, workers of the executor between two tasks, and a goroutine of the agent's own for the rest.
package agent
