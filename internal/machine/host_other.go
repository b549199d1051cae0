//go:build !darwin && !windows

package machine

// hostMemory and the next two are unused on Linux, whose /proc tells, and silent elsewhere.
func hostMemory() (int64, error) { return 0, errNotRead }

func hostProcessor() string { return "" }

func hostKernel() string { return "" }
