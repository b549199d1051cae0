package launch

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// slack is what a Go program needs in addresses beyond what it uses: it takes them in steps of 64 MiB that begin at multiples of it.
const slack = 128 << 20

// LimitMemory lets the process map at most so many bytes beyond what it has mapped now, and two steps of 64 MiB more, and returns a
// function that sets other limits counted from the same start; 0 takes the limit away. What goes beyond fails inside
// the process: a Go program ends with "out of memory". Files that are mapped count too.
//
// The limit is RLIMIT_AS and not RLIMIT_DATA, because the kernel does not hold the latter against memory that was reserved
// before it is made writable, which is how the Go runtime takes it.
func (p *Process) LimitMemory(bytes int64) (again func(bytes int64) error, err error) {
	base, err := p.mappedBytes()
	if err != nil {
		return nil, fmt.Errorf("launch: limit the memory of %v: %w", p, err)
	}
	var before unix.Rlimit
	again = func(bytes int64) error {
		limit := before
		if bytes > 0 {
			limit.Cur = min(uint64(base)+uint64(bytes)+slack, before.Max)
		}
		if err := p.prlimit(&limit, nil); err != nil {
			return fmt.Errorf("launch: limit the memory of %v: prlimit(RLIMIT_AS): %w", p, err)
		}
		return nil
	}
	if err := p.prlimit(nil, &before); err != nil {
		return nil, fmt.Errorf("launch: limit the memory of %v: prlimit(RLIMIT_AS): %w", p, err)
	}
	return again, again(bytes)
}

// prlimit is not called for a process id that may be another's by now.
func (p *Process) prlimit(set, get *unix.Rlimit) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return os.ErrProcessDone
	}
	return unix.Prlimit(p.proc.Pid, unix.RLIMIT_AS, set, get)
}

// mappedBytes returns what the kernel counts for RLIMIT_AS. (proc_pid_status(5): VmSize, in KiB.)
func (p *Process) mappedBytes() (int64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.proc.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmSize:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 43)
			return kib << 10, err
		}
	}
	return 0, os.ErrProcessDone // a zombie has no memory
}
