package machine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// hostMemory returns the bytes of physical memory.
func hostMemory() (int64, error) {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0, fmt.Errorf("sysctl hw.memsize: %w", err)
	}
	return int64(n), nil
}

// hostProcessor returns the processor's name, "" if unknown.
func hostProcessor() string { return sysctl("machdep.cpu.brand_string") }

// hostKernel returns the kernel's release, "" if unknown.
func hostKernel() string { return sysctl("kern.osrelease") }

func sysctl(name string) string {
	s, err := unix.Sysctl(name)
	if err != nil {
		return ""
	}
	return s
}
