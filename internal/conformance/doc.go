// Package conformance holds what every client promises about tasks, as one test suite: [Run] takes a way to open a client
// and runs all of it. The in-process client passes it today; a client of worker processes has to pass the same.
//
// The suite knows the public API only. Its functions take and return plain values, never closures, and reach the test
// through numbered gates and counters (see gate.go), so that a client whose functions run elsewhere needs another
// implementation of those, and nothing else.
//
// Every case runs in a bubble of testing/synctest: time is virtual, and a task or a waiter that would hang is a deadlock
// which ends the test at once with the stacks of all goroutines. After a case its client is closed, and no goroutine may be
// left.
package conformance
