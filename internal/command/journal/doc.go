// Package journal is the form in which it is written down which tasks of a command line have been run and how they ended:
// a text file that only grows, one bounded line a task, each with a checksum. docs/format/journal-map.md describes it.
//
// A line that is damaged, or half written because its writer was killed, is counted and left out; whatever it said
// is unknown, so its task is run again. The last record of a key counts.
package journal
