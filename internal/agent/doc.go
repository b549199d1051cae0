// Package agent is a worker process's shell: it runs the windows of tasks that the scheduler assigns on an executor of
// package exec, gets their inputs from other agents, and hands out the blocks that it holds.
//
// What to do is decided by the pure state machine of package workerstate. It belongs to whoever handles what is in the inbox:
// the goroutines that read connections, workers of the executor between two tasks, and a goroutine of the agent's own for the rest.
//
// An agent whose memory is bounded ([Config.Store]) bounds what it holds besides results, too: blocks of others come when there is room
// (arrivals) and lie in the store, and results leave a few at a time, from where they are (encoder, parcel).
package agent
