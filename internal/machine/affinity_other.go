//go:build !linux

package machine

import "fmt"

// CPUs returns the CPUs on which this process may run by its affinity mask, ascending. The error says why they are not
// known: other systems than Linux have no such mask, and machines with more than 1024 CPUs have a greater one than is
// read here.
func CPUs() ([]int, error) { return nil, fmt.Errorf("affinity mask: %w", errNotRead) }

// OnCPUs calls f on a thread that may run on these CPUs only; so may processes and threads of C that f starts. Goroutines
// that f starts are not bound. Without CPUs it only calls f.
func OnCPUs(cpus []int, f func() error) error {
	if len(cpus) > 0 {
		return fmt.Errorf("CPUs %s: the affinity mask cannot be set on this system", FormatCPUs(cpus))
	}
	return f()
}
