// Package braidtest gives tests of programs that use braid a cluster inside the test's own process: a scheduler, agents and
// connections that are no sockets, so that it starts in microseconds, runs under the virtual time of testing/synctest, and
// loses a worker exactly when the test says so.
//
// Everything that a cluster of processes does is done: values cross borders as bytes, tasks move and are made again. Only
// package variables are shared by the workers, since they are one process.
package braidtest
