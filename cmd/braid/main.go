// Command braid shows what braid does on this machine.
//
//	braid map           runs a program for each of many arguments
//	braid submit        hands a program to a cluster, to be run once or many times
//	braid job           shows, follows and changes such jobs
//	braid up            starts a cluster on this machine that outlives the programs using it
//	braid status        shows what there is on it
//	braid down          ends it
//	braid worker        adds workers to it
//	braid demo          runs the examples and checks their results
//	braid bench         measures what braid itself costs
//	braid scaling       finds out with how many cores a program is fastest
//	braid hw            shows what this machine is and what may be used of it
//	braid cores         prints how many cores this process may use, and why
//	braid completion    prints a script that completes braid's commands in a shell
//	braid version       prints what this program is
//
// Results go to standard output, everything else to standard error. With --json the result is one JSON value, described in
// docs/format/json.md. The exit code is 0 if all is well, 1 if a task failed or a result is wrong, 2 for wrong usage, 3 if a
// cluster cannot be reached, 4 if there is none of a name, 5 if it takes too long, and 130 after an interrupt.
package main

import (
	"context"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/bench"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
)

func main() {
	bench.Serve()
	braid.Main(func(ctx context.Context) error {
		e := env{&console.Env{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr}, demo.Examples}
		return e.run(ctx)
	})
}
