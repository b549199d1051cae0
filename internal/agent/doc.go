// Package agent is a worker process's shell: it runs the windows of tasks that the scheduler assigns on an executor of
// package exec, gets their inputs from other agents, and hands out the blocks that it holds.
//
// What to do is decided by the pure state machine of package workerstate. One goroutine owns it; every connection has a
// goroutine that reads, and the executor tells of tasks that ended.
package agent
