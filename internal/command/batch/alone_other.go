//go:build unix && !linux

package batch

// leases says whether the system grants leases of files.
const leases = false

// alone reports whether nobody else has a file open, which these systems do not tell.
func alone(int) (alone, known bool) { return false, false }
