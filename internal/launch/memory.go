package launch

import (
	"strings"
	"sync"
)

// outOfMemory tells deaths by the kernel's out-of-memory killer from other deaths by its signal.
var outOfMemory = judge{count: oomKills}

// judge compares the kernel's count of processes that it ended with the deaths that were put down to it.
type judge struct {
	count func() (int64, bool)

	mu      sync.Mutex
	watched bool
	seen    int64 // the count when watching began, and the deaths explained since
}

// watch begins to compare. It costs three files of the kernel.
func (j *judge) watch() {
	n, ok := j.count()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.watched {
		j.seen, j.watched = n, ok
	}
}

// judge reports whether a process that nobody here ended died for want of memory. Each of the kernel's kills explains one
// death.
func (j *judge) judge(c Certificate) bool {
	for _, line := range c.Fatal {
		if strings.Contains(line, "out of memory") || strings.Contains(line, "cannot allocate memory") {
			return true
		}
	}
	if c.Signal != sigkill {
		return false
	}
	n, ok := j.count()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.watched || !ok || n <= j.seen {
		return false
	}
	j.seen++
	return true
}

const sigkill = 9
