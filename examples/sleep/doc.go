// Package sleep runs functions that wait.
//
// Waiting takes no core: four tasks that sleep for a second are done after one second on any machine, if the client has
// four slots. The number of slots may exceed the number of cores, and should, for work that waits: for a file system, a
// database, another program.
//
// The second part is a slow function on seven items in four forms: a loop; par.Map, for a function used in one place of
// one process; Map and Gather; and calls that are written down first. Four slots take seven items in two rounds.
package sleep
