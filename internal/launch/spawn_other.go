//go:build !unix

package launch

import (
	"errors"
	"io"
	"os"
	"strconv"
)

// killTree ends a process. What it started is not known here.
func killTree(p *os.Process) { p.Kill() }

// reap waits for the end of the process.
func (p *Process) reap() (*os.ProcessState, error) {
	state, err := p.proc.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reaped = true
	return state, err
}

// outcome reads how a process ended. There are no signals here, and a killed process has exit code 1.
func outcome(s *os.ProcessState) (code, signal int, peak int64) { return s.ExitCode(), 0, 0 }

func signalName(n int) string { return "signal " + strconv.Itoa(n) }

func canPin() error {
	return errors.New("launch: processes cannot be bound to CPUs on this system; leave Options.CPUs empty")
}

func pinThread([]int) error { return canPin() }

// readNow is not needed where pipes have no deadlines.
func readNow(*os.File, []byte) (int, error) { return 0, io.EOF }
