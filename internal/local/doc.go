// Package local puts a cluster together on this machine: a scheduler in this process, and agents in worker processes made
// of the same executable, which talk over Unix sockets in a private folder. [Start] is the side of the program, [Work] that
// of its workers.
package local
