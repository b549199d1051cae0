package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/bench"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
	"github.com/braid-compute/braid/examples"
)

// TestMain makes this test binary serve as the command itself, under the name braid, as one whose last example runs until
// it is interrupted, and as programs for scaling.
func TestMain(m *testing.M) {
	bench.Serve()
	braid.TestMain(scripts{m})
}

// scripts is what is run where this binary serves as no worker.
type scripts struct{ m *testing.M }

func (s scripts) Run() int {
	testscript.Main(s.m, map[string]func(){"braid": main, "braid-stuck": stuck, "told": told, "held": held, "attached": attached, "lasts": lasts, "nests": nests})
	return 0 // not reached: Main ends the process
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"refused": refused},
		Setup: func(e *testscript.Env) error { e.Setenv("GORACE", os.Getenv("GORACE")); return nil },
	})
}

// refused runs braid with arguments that it must refuse as wrong usage, and without a result.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("braid", args...)
	var exit *exec.ExitError
	if neg || !errors.As(err, &exit) || exit.ExitCode() != console.ExitUsage {
		ts.Fatalf("braid %s: %v, want exit code %d", strings.Join(args, " "), err, console.ExitUsage)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("braid %s: wrong usage, and yet a result: %s", strings.Join(args, " "), out)
	}
}

// stuck is main with two examples, of which the second says on standard output that it has begun, and waits.
func stuck() {
	braid.Main(func(ctx context.Context) error {
		e := env{&console.Env{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr}, []demo.Example{
			{Name: "quick", Run: right},
			{Name: "stuck", Run: func(ctx context.Context, _ *braid.Client, _ examples.Params) (examples.Report, error) {
				fmt.Println("begun")
				<-ctx.Done()
				return examples.Report{}, ctx.Err()
			}},
		}}
		return e.run(ctx)
	})
}

// right is an example with a right result.
func right(context.Context, *braid.Client, examples.Params) (examples.Report, error) {
	return examples.Report{Name: "right", Serial: 4, Parallel: 2, Tasks: 1, Checks: []examples.Check{{Name: "one", Result: 1, Reference: 1}}}, nil
}
