// Package local puts a cluster together on this machine: a scheduler in this process, and agents in worker processes made
// of the same executable, which talk over Unix sockets in a private folder. [Start] is the side of the program, [Work] that
// of its workers, [Attach] that of other programs.
//
// # Programs of other builds
//
// A program that attaches to a cluster of another build brings its executable along. The cluster keeps what it
// admits in a folder, by code id; workers run the ops of such a program in runners of that executable, which they keep for
// the next call until they have had none for runner.DefaultIdle. Nothing else is run: neither a code id without a file
// there, nor a file with another hash.
//
// # Names
//
// A cluster may have a name, one that lives for each user and machine. A file beside the folders of clusters has it, locked by the
// cluster's process: it says where the cluster is and when it gave the last sign of life, and stays when the process is killed.
//
// # From outside
//
// [Observe] asks a cluster what there is on it, or for its end, and is no client. [Join] runs one more worker for it, which the
// cluster has not started and does not replace; whoever called Join does.
package local
