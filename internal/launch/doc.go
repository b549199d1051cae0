// Package launch makes worker processes on this machine out of the running executable, and watches over them.
//
//	g, err := launch.Start(ctx, launch.Options{Role: "agent", Count: 4, Payload: words, Output: show})
//	defer g.Close()
//	for _, p := range g.Processes() { go func() { report(p.Wait()) }() }
//
// and in the process that was started, before its main function does anything:
//
//	if role, ok := launch.Role(); ok { words, err := launch.Payload(); … }
//
// # How a process knows what it is
//
// [Start] marks a process by an environment variable together with the name in argument 0, which flag parsing does not
// look at, and the id of its parent. This package's init function takes the marks away: tasks see the
// arguments and the environment of the first process, and no program that they start becomes a worker. It also takes the standard
// input, which carries the start words (credentials and addresses, which stand in no argument and no environment), and
// leaves an empty one.
//
// A process that was started as a worker must ask for its [Payload] before it starts others. If it does not, the program
// does not ask for its role, would run its body a second time, and Start refuses.
//
// # How processes end
//
//   - A worker ends with the process that started it: its standard input ends then, and it kills its process group with
//     itself, so that what tasks started goes with it. Until its init function runs, Linux kills it by a signal.
//   - A worker that has called [Outlive] goes on when its starter ends, and sees to its own [End]. It is nobody's child then.
//   - [Group.Close] ends and waits for all. Nothing of a group is left after it: no process, no zombie, no goroutine.
//   - [Process.Wait] returns a [Certificate]: exit code, signal, whether the kernel was killing for want of memory, why
//     this side ended it, the message Go failed with, and the last lines.
//
// Each process has a process group of its own, so Ctrl-C on a terminal reaches the first process only, and that decides.
//
// # What else is here
//
// [Code] is the content hash of the executable, by which a cluster knows who has the same code, and [Stamp] tells its file from all others. [Folder] is a private
// folder for sockets; [Keep] makes one that the next process of a name finds again.
//
// # Limits
//
// On systems other than Linux the executable is started by its path, and refused if it was replaced since; there are no
// affinity masks, and a process whose init functions outlive its parent is ended only after them. On Windows a process
// is ended without what it started, and there are no signals and no count of out-of-memory kills.
package launch
