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
package local
