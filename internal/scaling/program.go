package scaling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/braid-compute/braid/internal/machine"
)

// Variables are the environment variables by which a program is told its number of cores.
var Variables = []string{"BRAID_CORES", "OMP_NUM_THREADS", "GOMAXPROCS"}

// Stubborn are variables that programs heed before [Variables].
var Stubborn = []string{"OMP_THREAD_LIMIT", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
	"BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS", "JULIA_NUM_THREADS"}

// Placeholder stands for the number of cores in a program's arguments.
const Placeholder = "{n}"

// lingering is how long a program may take to end after it was told to, and how long processes that it left behind may
// hold its output.
const lingering = 2 * time.Second

const (
	mostOutput = 1 << 20 // bytes of standard output that Seconds can read
	mostTail   = 4 << 10 // bytes at the end of standard error in which the last line is looked for
	mostLine   = 200     // characters of it
)

// Program is a program to be run with several numbers of cores. Its standard input is empty, and its output is dropped.
type Program struct {
	Path string   // of the file to run
	Args []string // the first is the program's name; in the others [Placeholder] is replaced by the number of cores
	Env  []string // as in os.Environ; [Variables] are replaced
	CPUs []int    // the first n are those that a run on n cores may use; empty if the mask is not to be set

	// Seconds finds the run time in what the program wrote to standard output. If it is nil, the run time is that from
	// the program's start to its end.
	Seconds func(stdout []byte) (float64, error)
}

// Run runs the program once. The error is a *[Failure] if the program failed. When ctx ends, the program and all of its
// process group are told to end (SIGTERM), and two seconds later they are killed.
func (p Program) Run(ctx context.Context, cores int) (Sample, error) {
	var stdout, stderr tail
	stdout.most, stderr.most = mostOutput, mostTail
	cmd := p.command(ctx, cores)
	cmd.Stderr = &stderr
	if p.Seconds != nil {
		cmd.Stdout = &stdout
	}
	mask := p.mask(cores)
	load := startLoad(mask)
	var begin time.Time
	err := machine.OnCPUs(mask, func() error {
		begin = time.Now()
		return cmd.Start()
	})
	if err != nil {
		return Sample{}, fmt.Errorf("cannot start %s: %w", p.Path, err)
	}
	err = cmd.Wait()
	s := Sample{Seconds: time.Since(begin).Seconds(), Others: math.NaN()}
	if ctx.Err() != nil {
		endGroup(cmd.Process.Pid)
		return Sample{}, context.Cause(ctx)
	}
	if err != nil {
		return Sample{}, &Failure{How: how(err), Last: lastLine(stderr.bytes())}
	}
	if others, ok := load.Others(); ok {
		s.Others = others
	}
	if p.Seconds != nil {
		if s.Seconds, err = p.Seconds(stdout.bytes()); err != nil {
			return Sample{}, &Failure{How: err.Error(), Last: lastLine(stderr.bytes())}
		}
	}
	return s, nil
}

// command prepares a run.
func (p Program) command(ctx context.Context, cores int) *exec.Cmd {
	n := strconv.Itoa(cores)
	cmd := exec.CommandContext(ctx, p.Path)
	cmd.Args = []string{p.Args[0]}
	for _, a := range p.Args[1:] {
		cmd.Args = append(cmd.Args, strings.ReplaceAll(a, Placeholder, n))
	}
	cmd.Env = append([]string(nil), p.Env...)
	for _, name := range Variables {
		cmd.Env = append(cmd.Env, name+"="+n) // the last of a name counts
	}
	cmd.WaitDelay = lingering
	ownGroup(cmd)
	return cmd
}

// mask returns the CPUs for a run; a run on more cores than there are gets them all.
func (p Program) mask(cores int) []int { return p.CPUs[:min(cores, len(p.CPUs))] }

// startLoad watches the CPUs of a run, or all if the mask is not set.
func startLoad(mask []int) *machine.Load {
	if len(mask) == 0 {
		return machine.StartLoad()
	}
	return machine.StartLoadOn(mask)
}

// how says how a program ended.
func how(err error) string {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrWaitDelay):
		return fmt.Sprintf("it left processes behind that held its output for more than %v", lingering)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return fmt.Sprintf("exit code %d", exit.ExitCode())
	}
	return err.Error()
}

// tail keeps the end of what is written to it.
type tail struct {
	most int
	data []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if len(t.data) > 2*t.most {
		t.data = append(t.data[:0], t.bytes()...)
	}
	return len(p), nil
}

func (t *tail) bytes() []byte { return t.data[max(0, len(t.data)-t.most):] }

// lastLine returns the last line that is not blank, without what does not print.
func lastLine(text []byte) string {
	text = bytes.TrimRightFunc(text, unicode.IsSpace)
	line := []rune(string(text[bytes.LastIndexByte(text, '\n')+1:]))
	if i := lastReturn(line); i >= 0 { // a progress bar writes over itself
		line = line[i+1:]
	}
	if len(line) > mostLine {
		line = append(line[:mostLine-1], '…')
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, string(line)))
}

func lastReturn(line []rune) int {
	for i := len(line) - 1; i >= 0; i-- {
		if line[i] == '\r' {
			return i
		}
	}
	return -1
}

// Find returns the file of a program, looked up in PATH unless the name has a slash.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) {
		return "", fmt.Errorf("%q is found in this folder only; write %s", name, "."+string(os.PathSeparator)+name)
	}
	var search *exec.Error
	if errors.As(err, &search) {
		return "", search.Err
	}
	return path, err
}
