package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/launch"
)

func (e *env) benchCoordCommand(f *benchFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "coord",
		Short: "Measure what it costs to use a cluster that is already there, and to keep what its next scheduler needs",
		Long: `coord measures, in some seconds, a program that has just begun and attaches to a cluster of one worker process which was
started before and was attached to by others, and the journal of "braid up":

  attach.ms              from Open to its end: the code id of the program, which the cluster knows of a file that somebody
                         has run there before, the connection and the admission
  attach.result.ms       from Open to the first result
  journal.us_per_task    a million tasks, 10,000 in a submission, from handing them to the journal until they are kept
  replay.s_per_1m        the way of the next scheduler from opening the journal to the last of a million tasks
  journal.zero_worker.us_per_task   zero_worker.fan_out of "braid bench cluster", with a journal`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("slots") {
				return console.Usage("--slots is not for coord: its worker has one slot", "leave it out")
			}
			figures := append([]figure{attachFigure()}, journalFigures(f.size(1_000_000, 20_000))...)
			return e.bench(cmd.Context(), "coord", append(figures, journalZeroFigure(f.size(100_000, 2000))))
		},
	}
}

// attachFigure measures programs that attach, each in a process of its own.
func attachFigure() figure {
	address := ""
	return figure{
		name: "attach", cases: []metric{{"attach.ms", "ms"}, {"attach.result.ms", "ms"}}, warm: true,
		open: func(ctx context.Context) (func() error, error) {
			cluster, err := local.Start(ctx, local.Options{Slots: 1, Output: io.Discard, Report: io.Discard})
			if err != nil {
				return nil, err
			}
			address = cluster.Address()
			if err := cluster.WaitWorkers(ctx, 1); err != nil {
				return nil, errors.Join(err, cluster.Close())
			}
			return cluster.Close, nil
		},
		measure: func(ctx context.Context) ([]float64, error) { return attachElsewhere(ctx, address) },
	}
}

// attachedLine is what a process prints that has attached.
const attachedLine = "attached %g %g"

// attachElsewhere lets a new process attach to a cluster, and returns its times.
func attachElsewhere(ctx context.Context, address string) ([]float64, error) {
	text, err := codec.Encode(nil, benchWords{Attach: address})
	if err != nil {
		return nil, err
	}
	times := make(chan []float64, 1)
	ended := make(chan string, 1)
	group, err := launch.Start(ctx, launch.Options{
		Role: benchRole, Count: 1, Payload: text,
		Output: func(_ int, line []byte) {
			var open, result float64
			if n, _ := fmt.Sscanf(string(line), attachedLine, &open, &result); n == 2 {
				times <- []float64{open, result}
			}
		},
		Exited: func(_ *launch.Process, c launch.Certificate) { ended <- c.String() },
	})
	if err != nil {
		return nil, err
	}
	defer group.Close()
	select {
	case t := <-times:
		return t, nil
	case why := <-ended:
		return nil, fmt.Errorf("a process that attached has ended: %s", why)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// attachHere is what such a process does.
func attachHere(address string) error {
	ctx := context.Background()
	began := time.Now()
	client, err := braid.Open(ctx, braid.Options{Address: address, Report: io.Discard})
	if err != nil {
		return err
	}
	open := time.Since(began)
	_, err = braid.Submit(ctx, client, benchSame.Call(braid.V(int64(1)))).Get(ctx)
	result := time.Since(began)
	if err = errors.Join(err, client.Close()); err == nil {
		fmt.Printf(attachedLine+"\n", open.Seconds()*1e3, result.Seconds()*1e3)
	}
	return err
}
