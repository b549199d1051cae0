// Package process runs programs one after the other in slots, and leaves none of them behind. It works on Unix systems.
//
// # How programs end
//
//   - Every program has a process group of its own. When it has ended, what is left of its group is killed, before the group's
//     number can be given to another.
//   - [Slot.Stop] and a time limit send SIGTERM to the group, and SIGKILL after a grace time.
//   - What has left its group, as daemons do, becomes a child of this process on Linux when its own parents have ended, if [Table.Adopt] was
//     called. It is killed before the end of its program is reported. Whose it is stands in its environment ([Variable]).
//   - On Linux the kernel kills the program when the thread that started it ends, that is, when this process is killed. Of what
//     the program itself has started, a guard takes care: a process that waits for this one's end and then kills the groups that
//     stand in the [Table], and on Linux all whose environment names it. See [StartGuard].
//
// # What it costs
//
// Starting a program costs a vfork and an exec, and waiting for it three system calls; there are no pipes and no goroutines
// per program. What it writes goes into a file in memory ([Capture]), or into any file, without passing through this process.
//
// # Limits
//
// A process that leaves its group is not ended with its program where nobody has adopted it: there it is killed by the guard when this
// process ends. One that leaves it and empties or writes over its environment is known only to a process that runs nothing else (Adopt with
// alone), and to nobody when that was killed; nor is what belongs to another user. Resources are what wait4(2) says: times of the program and of
// those of its children that it waited for; as peak memory that of the largest of these processes. Linux begins to count it before
// exec, when the memory is this process's own, so a peak below that is not known and given as 0. A limit of memory is set when the
// program has begun; what it starts within its first microseconds may be without. On systems other than
// Linux there is no limit of memory, nothing is adopted, a kill of this process leaves a program whose group was not noted yet,
// and output is cut only when its program has ended.
package process
