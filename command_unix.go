//go:build unix

package braid

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/launch"
)

// mostPrograms is how many programs this process runs at once at most.
const mostPrograms = 1 << 12

// running holds what all programs of this process share: the table of their process groups, and the process that kills
// these groups when this one is gone. Both are made for the first program and stay as long as this process.
var running struct {
	mu    sync.Mutex
	table *process.Table
	guard *process.Guard
	free  []int // slots of the table that nobody has
}

// takeSlot returns a slot of the table that is free. giveSlot gives it back.
func takeSlot() (int, *process.Table, error) {
	r := &running
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.table == nil {
		if err := openTable(); err != nil {
			return 0, nil, err
		}
	}
	if len(r.free) == 0 {
		return 0, nil, fmt.Errorf("this process runs %d programs at once, and no more are allowed: use fewer slots", mostPrograms)
	}
	n := r.free[len(r.free)-1]
	r.free = r.free[:len(r.free)-1]
	return n, r.table, nil
}

func giveSlot(n int) {
	running.mu.Lock()
	defer running.mu.Unlock()
	running.free = append(running.free, n)
}

// openTable makes the table and starts the guard, if this program can serve as one. The caller holds mu: whoever else wants
// to run a program has to wait for it as well.
func openTable() error {
	table, err := process.NewTable(mostPrograms)
	if err != nil {
		return err
	}
	if program.serves.Load() || isWorker() {
		path, err := launch.Executable()
		if err == nil {
			running.guard, err = process.StartGuard(path, []string{os.Args[0], guardArgument}, table)
		}
		if err != nil {
			return errors.Join(err, table.Close())
		}
	}
	running.table = table
	for n := range mostPrograms {
		running.free = append(running.free, mostPrograms-1-n)
	}
	return nil
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

// trimEvery is how often what a program writes beyond what is kept is dropped.
const trimEvery = 100 * time.Millisecond

// runCaptured runs a program to its end and returns what it wrote. The error is that of a program that failed.
func runCaptured(ctx context.Context, p *process.Program, keep int64) (out captured, err error) {
	number, table, err := takeSlot()
	if err != nil {
		return out, err
	}
	defer giveSlot(number)
	var captures [2]*process.Capture
	for k, n := range []int64{keep, keepStderr} {
		if captures[k], err = process.NewCapture(n, 0, k); err != nil {
			return out, err
		}
		defer captures[k].Close()
	}
	p.Stdout, p.Stderr = captures[0].FD(), captures[1].FD()
	slot := process.NewSlot(number, table)
	defer context.AfterFunc(ctx, func() { slot.Stop(process.Interrupted, p.Grace) })()
	defer trim(slot)()
	runtime.LockOSThread() // the kernel kills the program when the thread that started it ends
	res := slot.Run(p, captures[:]...)
	runtime.UnlockOSThread()
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

// trim drops, from time to time, what a program writes beyond what is kept. The function that it returns ends that.
func trim(slot *process.Slot) (stop func()) {
	var mu sync.Mutex
	var again *time.Timer
	mu.Lock()
	defer mu.Unlock()
	again = time.AfterFunc(trimEvery, func() {
		slot.Follow((*process.Capture).Trim)
		mu.Lock()
		defer mu.Unlock()
		if again != nil {
			again.Reset(trimEvery)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		again.Stop()
		again = nil
	}
}
