//go:build unix

package local_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// awaitEnd waits until a process is gone, or a zombie that somebody else has to take notice of. (proc_pid_stat(5).)
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if _, state, ok := strings.Cut(string(stat), ") "); ok && strings.HasPrefix(state, "Z") {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Fatalf("process %d lives", pid)
}
