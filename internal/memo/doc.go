// Package memo keeps results on disk: bytes under a key, in one file each, for any number of processes at once.
// docs/format/memo.md describes the files.
//
// A file is written under another name and then renamed, so a reader sees all of an entry or none; whoever renames last
// wins, which does not matter, because entries of one key hold the same. Nothing is flushed to the disk: an entry that a crash
// of the machine has damaged fails its checksum. An entry that is damaged, too old or of another version counts as not there,
// and the next result takes its place.
//
// The folder is kept under a stated size by [Store.Reduce], which a writer calls by itself from time to time: it removes what was
// not used for the longest.
package memo
