package braid

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/runner"
	"github.com/braid-compute/braid/internal/session"
	"github.com/braid-compute/braid/par"
)

func init() {
	local.SetProgram(local.Program{Op: lookup, Encode: encodeAny, Form: formOf, Owner: ownerOf, Serves: serves})
}

// serves returns why this program cannot be started as a worker.
func serves() error {
	if !program.serves.Load() {
		return ErrNoMain
	}
	return nil
}

// serve makes this process a worker if it was started as one, and does not return then. Afterwards the program may ask for
// worker processes.
func serve() {
	serveGuard()
	role, ok := launch.Role()
	switch {
	case !ok:
	case role == local.Role:
		os.Exit(work())
	case role == runner.Role:
		os.Exit(serveCalls())
	default:
		fmt.Fprintf(os.Stderr, "braid: this process was started as a %q, which this version of braid does not know\n", role)
		os.Exit(exitFailed)
	}
	program.serves.Store(true)
}

// work is the body of a worker process.
func work() int {
	leaveInterrupts()
	ctx := context.Background()
	err := runHooks(ctx)
	if err == nil {
		err = local.Work(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "braid: worker:", err)
		return exitFailed
	}
	return 0
}

// leaveInterrupts lets whoever started this process decide what an interrupt means. The signals are received, and nobody reads
// them, instead of ignored: programs that this process starts would inherit that.
func leaveInterrupts() { signal.Notify(make(chan os.Signal, 1), interrupts...) }

// ownerOf returns the client that tasks of this worker find in their context. It connects to the scheduler when the first
// of them submits something.
func ownerOf(s local.Remote) (any, func() error) {
	c := taskClient()
	c.cluster.connect = func() (*session.Session, error) { return attach(context.Background(), c, s) }
	return c, c.Close
}

// taskClient returns a client for tasks, which is not connected yet.
func taskClient() *Client {
	cores := par.Cores()
	c := &Client{number: clientNumbers.Add(1), slots: cores.N, cores: cores, memoryLimit: -1, opened: time.Now()}
	c.x = exec.New(exec.Config{Slots: 1, Owner: c}) // for its handles; it runs nothing
	c.cluster = &cluster{c: c}
	return c
}
