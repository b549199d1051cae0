//go:build unix

package braid

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"syscall"

	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/launch"
)

// programs runs the programs of this process.
var programs = process.Pool{Guard: startGuard}

// startGuard starts the process that kills programs when this one is gone, if this program can serve as one.
func startGuard(table *process.Table) (*process.Guard, error) {
	if !program.serves.Load() && !isWorker() {
		return nil, nil
	}
	path, err := launch.Executable()
	if err != nil {
		return nil, err
	}
	return process.StartGuard(path, []string{os.Args[0], guardArgument}, table)
}

// isWorker reports whether this process serves another one, which Main or TestMain has seen to.
func isWorker() bool {
	_, ok := launch.Role()
	return ok
}

// guardArgument makes a guard of this program. The guard sees to it that it was really started as one.
const guardArgument = "--braid-guard-of-programs"

// serveGuard makes this process a guard if it was started as one, and does not return then.
func serveGuard() {
	if len(os.Args) != 2 || os.Args[1] != guardArgument {
		return
	}
	if err := process.Serve(); err != nil {
		fmt.Fprintln(os.Stderr, "braid:", err)
		os.Exit(exitFailed)
	}
	os.Exit(0)
}

// captured is what a program wrote.
type captured struct {
	stdout []byte
	cut    int64 // bytes of it that are missing
}

// keepStderr is how many bytes are kept of a program's standard error.
const keepStderr = 64 << 10

// runCaptured runs a program to its end and returns what it wrote. stdin is the file that it reads, or "". The error is that of a program
// that failed.
func runCaptured(ctx context.Context, p *process.Program, stdin string, keep int64) (out captured, err error) {
	var captures [2]*process.Capture
	for k, n := range []int64{keep, keepStderr} {
		if captures[k], err = process.NewCapture(n, 0, k); err != nil {
			return out, err
		}
		defer captures[k].Close()
	}
	p.Stdout, p.Stderr = captures[0].FD(), captures[1].FD()
	var res process.Result
	var unopened error
	err = programs.Do(ctx, p.Grace, func(slot *process.Slot) {
		if p.Stdin, _, unopened = slot.Open(cmp.Or(stdin, os.DevNull), 0); unopened != nil || p.Stdin < 0 {
			return // or it was stopped while it waited for a named pipe
		}
		defer syscall.Close(p.Stdin)
		res = slot.Run(p, captures[:]...)
	})
	switch {
	case err != nil:
		return out, err
	case unopened != nil:
		return out, fmt.Errorf("standard input: %w", unopened)
	case ctx.Err() != nil && p.Stdin < 0:
		return out, fmt.Errorf("standard input: nobody wrote to the named pipe %s: %w", stdin, context.Cause(ctx))
	}
	programCPU.Add(int64(res.CPU))
	if !res.OK() {
		stderr, _, _ := captures[1].Take()
		return out, programError(ctx, p, &res, stderr)
	}
	if err := ctx.Err(); err != nil {
		return out, context.Cause(ctx)
	}
	out.stdout, out.cut, err = captures[0].Take()
	return out, err
}
