// Package job is what is known of jobs, and the folder that keeps it.
//
// A job is a command that is run for each of its tasks; a [Spec] says which, and is never changed. Tasks have numbers from 1 on. What
// came of them stands in a journal that only grows, what they printed in a file beside it; a [Job] is what these add up to. A job may
// come after others: it begins when all tasks of those have done what they should. Jobs that were submitted together from a file have
// a group.
//
// # The store
//
// The jobs of a cluster lie in a folder of the user's, which outlives the cluster: [Folder] says where. One process at a time may write,
// which holds [Store]; anybody may read with [List], [Load] and [Scan], also when no cluster is there. docs/format/job.md
// describes the files.
//
// # Limits
//
// Of each job a byte a task is in memory, beside its lists of arguments. A store keeps [MostJobs] jobs and [MostStored] bytes: beyond
// that the oldest that have ended are removed when others come. An output beyond [MostOutput] bytes of a job is shortened.
package job
