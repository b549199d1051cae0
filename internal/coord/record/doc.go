// Package record holds the records of a scheduler's journal: what its successor has to be told because no agent can tell it.
//
// [Append] writes an event of package sched as a record, if it is of that sort; [Decode] reads it. [Ledger] remembers which
// events a snapshot of the journal has to hold. The package is pure: it starts no goroutine, takes no lock, reads no clock
// and opens no file. docs/format/journal.md describes the bytes.
//
// Kept are submissions with their graphs, releases and cancellations, clients that are gone, tasks that failed, and which numbers were
// given; of the scheduler's shell, which clients there are, how much of what they said is kept, and which results have names. What ran where, and which blocks there are, agents announce again.
package record
