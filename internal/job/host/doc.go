// Package host runs the jobs of a cluster, in the process of its scheduler, so that they go on when whoever submitted them is gone.
//
// One goroutine owns the jobs and their store: it takes in requests and the ends of tasks, writes these down, and hands out tasks of jobs
// that may begin. An [Engine] runs them; of each job it has a window of tasks, so that what is kept in memory for a task
// that has not begun is a byte. Earlier jobs go first; later ones take what those leave free.
//
// # What is promised
//
// A task runs at least once, and once only unless it, its worker or this process is killed while it runs or before its end
// was written down. A host that is killed leaves the store as it is: the next one goes on with what has no outcome.
package host
