// Package driver is the scheduler's shell: it holds the connections to agents and clients, gives what they say to the pure
// state machine of package sched, and carries out what that decides.
//
// One goroutine owns the state. It drains its inbox, steps every event, plans, writes the events to its [Journal], and only
// then sends. Each connection has a goroutine that reads.
package driver
