// Package work runs tasks of jobs, in the process of a worker: it reads from the store what a job runs, starts the program of a task,
// and says how it ended. It
// notes that in the store first, so that a task whose end nobody has heard of does not run again. What the program prints can be read from files of the store while it runs. It works on Unix systems.
package work
