package machine

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// CPUs returns the CPUs on which this process may run by its affinity mask, ascending. The error says why they are not
// known: other systems than Linux have no such mask, and machines with more than 1024 CPUs have a greater one than is
// read here.
func CPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	var cpus []int
	for i := 0; len(cpus) < set.Count(); i++ {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

// OnCPUs calls f on a thread that may run on these CPUs only; so may processes and threads of C that f starts. Goroutines
// that f starts are not bound. Without CPUs it only calls f.
func OnCPUs(cpus []int, f func() error) error {
	if len(cpus) == 0 {
		return f()
	}
	var set unix.CPUSet
	for _, c := range cpus {
		set.Set(c)
	}
	if set.Count() != len(cpus) {
		return fmt.Errorf("CPUs %s do not fit into a mask", FormatCPUs(cpus))
	}
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so the mask need not be restored.
		runtime.LockOSThread()
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			done <- fmt.Errorf("sched_setaffinity to CPUs %s: %w", FormatCPUs(cpus), err)
			return
		}
		done <- f()
	}()
	return <-done
}
