// Package jobhost runs the jobs of the cluster of this process: as a client that is attached while there are tasks, and as the
// functions that workers run for them. It is for Unix: elsewhere the package is empty.
package jobhost
