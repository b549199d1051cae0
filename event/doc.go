// Package event is what happens on a client, as values and as lines of a file: runs that are submitted and end, tasks that
// fail, workers that come and go, counts at intervals, and, if asked for, spans: which task had which slot when.
//
// Client.Events of package braid yields events while they happen. The option Events, or the variable BRAID_EVENTS, writes them
// to a file, which a [Reader] reads. The form of the file is docs/format/events.md.
//
// There is never an event for every task: what happens often is told up to a rate and counted beyond it. Counts are
// totals, not changes, so whoever lost some events, which an event of kind [Dropped] says, is right again with the next
// [Counted]. Nothing waits for readers.
package event
