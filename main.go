package braid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"
)

// program is what Main knows about the running program.
var program struct {
	main   atomic.Bool // Main is running: clients report to standard error
	serves atomic.Bool // this program can be started as a worker process
	mu     sync.Mutex
	open   map[*Client]bool
}

// interruptGrace is how long Main waits, after an interrupt, for the program to end by itself.
const interruptGrace = 5 * time.Second

// errInterrupted is the cause of the context's end after an interrupt.
var errInterrupted = errors.New("braid: interrupted")

// Main is the body of a program's main function: it calls run and exits with 0, or with 1 after printing the error to
// standard error. If the error itself has a method ExitCode() int, that chooses another code, from 1 to 255; errors
// that it wraps, such as that of a program which a task started, are not asked. The context is cancelled by an interrupt
// (Ctrl-C) or SIGTERM, after which the program exits with 130; clients that are open then say what was done. A second
// interrupt ends the program at once. In a program started with Main, clients report progress to standard error.
//
// Package variables, init functions and what stands before Main run in every process of the program; run only in the
// first.
func Main(run func(context.Context) error) {
	serve()
	os.Exit(mainStatus(run))
}

func mainStatus(run func(context.Context) error) int {
	program.main.Store(true)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, interrupts...)
	defer signal.Stop(signals)
	result := make(chan error, 1)
	go func() { result <- run(ctx) }()
	interrupted := false
	var late <-chan time.Time
	for {
		select {
		case err := <-result:
			return exitStatus(err, interrupted)
		case <-signals:
			if interrupted {
				fmt.Fprintln(os.Stderr, "braid: interrupted once more, so the program ends at once")
				return exitInterrupted
			}
			interrupted = true
			cancel(errInterrupted)
			late = time.After(interruptGrace)
		case <-late:
			sayUnfinished()
			fmt.Fprintf(os.Stderr, "braid: the program did not end within %v of the interrupt\n", interruptGrace)
			return exitInterrupted
		}
	}
}

// The exit codes of programs under Main.
const (
	exitFailed      = 1
	exitInterrupted = 130
)

func exitStatus(err error, interrupted bool) int {
	if interrupted {
		sayUnfinished()
		return exitInterrupted
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	if chosen, ok := err.(interface{ ExitCode() int }); ok {
		if code := chosen.ExitCode(); code > 0 && code <= 255 {
			return code
		}
	}
	return exitFailed
}

// sayUnfinished closes the display of the clients that the program left open, which says what was done.
func sayUnfinished() {
	program.mu.Lock()
	var open []*Client
	for c := range program.open {
		open = append(open, c)
	}
	program.mu.Unlock()
	for _, c := range open {
		if c.meter != nil {
			c.meter.Stop(c.snapshot())
		}
	}
}

func opened(c *Client) {
	program.mu.Lock()
	defer program.mu.Unlock()
	if program.open == nil {
		program.open = make(map[*Client]bool)
	}
	program.open[c] = true
}

func closed(c *Client) {
	program.mu.Lock()
	defer program.mu.Unlock()
	delete(program.open, c)
}

// mainReport returns where clients report by default.
func mainReport() io.Writer {
	if program.main.Load() {
		return os.Stderr
	}
	return nil
}

// TestMain runs the tests of a package that uses braid: func TestMain(m *testing.M) { braid.TestMain(m) }. It lets the
// test binary serve as a worker where one is needed, as [Main] does for a program, and does not return.
func TestMain(m interface{ Run() int }) {
	serve()
	os.Exit(m.Run())
}
