// Command main runs the example wordcount, or counts the words of files.
//
//	main [-processes N]                 the exercise
//	main [-processes N] FILE-OR-PATTERN the ten most frequent words of files
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/wordcount"
)

func main() { braid.Main(run) }

func run(ctx context.Context) error {
	processes := flag.Int("processes", 0, "worker `processes`; 0 for none, to count in this one")
	flag.Parse()
	c, err := braid.Open(ctx, braid.Options{Processes: *processes})
	if err != nil {
		return err
	}
	defer c.Close()
	if flag.NArg() == 0 {
		report, err := wordcount.Run(ctx, c, examples.Params{})
		if err != nil {
			return err
		}
		return errors.Join(report.Print(os.Stdout), report.Err())
	}
	counts, err := wordcount.Count.Call(wordcount.Source{Files: flag.Arg(0)}).Take(ctx, c, 10)
	if err != nil {
		return err
	}
	for _, k := range counts {
		fmt.Printf("%8d  %s\n", k.N, k.Value)
	}
	return nil
}
