package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
)

// largeSum is the sum of A + A.T for an A of N × N random numbers that is larger than the memory limit.
type largeSum struct {
	N         int
	Limit     int64 // bytes, of all processes that run tasks together
	Slots     int
	Processes int // worker processes; 0: tasks run in the process itself
}

// largeLimit is the memory limit of the sum.
const largeLimit = 512 << 20

// arrayLarge runs the sum in a process of its own, whose memory can be told from that of others, and with worker processes.
func arrayLarge(f *benchFlags, n int) figure {
	const name = "array.sum_transpose_large."
	fig := figure{
		name: "sum_transpose_large", times: 1, skip: noMemoryOf(os.Getpid()),
		cases: []metric{{name + "seconds", "s"}, {name + "peak_mb", "MB"}, {name + "processes2.seconds", "s"}, {name + "processes2.peak_mb", "MB"}},
	}
	fig.measure = func(ctx context.Context) (values []float64, err error) {
		for _, s := range []largeSum{{n, largeLimit, f.slots, 0}, {n, largeLimit, 1, benchWorkerCount}} {
			seconds := 0.0
			peak, err := measuredProcess(ctx, largeCommand, s, &seconds)
			if err != nil {
				return nil, err
			}
			values = append(values, seconds, float64(peak)/1e6)
		}
		return values, nil
	}
	return fig
}

// largeCommand is the name of the command behind which such a sum runs in a process of its own.
const largeCommand = "array-large"

// benchLargeCommand is what the process of the sum runs.
func (e *env) benchLargeCommand() *cobra.Command {
	return &cobra.Command{
		Use: largeCommand, Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var s largeSum
			if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
				return fmt.Errorf("the words of a large sum: %w", err)
			}
			o := braid.Options{Slots: s.Slots, Processes: s.Processes, MemoryLimit: s.Limit / int64(max(s.Processes, 1)), Report: io.Discard, Output: os.Stderr}
			c, say, err := e.openMeasured(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			start := time.Now()
			if err := sumTransposed(cmd.Context(), c, s.N, s.N/10); err != nil {
				return err
			}
			return say.Encode(time.Since(start).Seconds())
		},
	}
}
