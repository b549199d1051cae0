// Package lock has locks that end with the process that holds them, however that ends, and removes what the dead have left.
//
// A lock belongs to an open file. On Unix it is one of flock(2); elsewhere a file that is open cannot be removed, which says the same.
package lock
