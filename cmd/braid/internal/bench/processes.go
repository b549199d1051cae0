package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/taskbench"
	"github.com/braid-compute/braid/par"
)

// benchWorkerCount is how many worker processes the client of the figures has.
const benchWorkerCount = 2

// emptyFigure is n calls of a function that does nothing, from Map to the end of Gather. The floor sends as many numbers
// through a Unix socket and back.
func emptyFigure(n int, name string) figure {
	var items []int64
	var client *braid.Client
	var s *socketPair
	return figure{
		name: name, cases: []metric{{name + ".seconds", "s"}}, warm: true,
		open: func(ctx context.Context) (closing func() error, err error) {
			for i := range n {
				items = append(items, int64(i))
			}
			if s, err = openSockets("unix"); err != nil {
				return nil, err
			}
			if client, err = benchWorkers(ctx, benchWorkerCount); err != nil {
				return nil, errors.Join(err, s.close())
			}
			return func() error { return errors.Join(client.Close(), s.close()) }, nil
		},
		children: func() []int { return client.Pids() },
		measure: func(ctx context.Context) ([]float64, error) {
			runtime.GC()
			start := time.Now()
			futures := benchSame.Map(ctx, client, items)
			out, err := futures.Gather(ctx)
			took := time.Since(start)
			futures.Release()
			if err == nil && !slices.Equal(out, items) {
				err = errors.New("the results are wrong")
			}
			return []float64{took.Seconds()}, err
		},
		floor: func(context.Context) ([]float64, error) {
			there, back := make([]byte, 8*n), make([]byte, 8*n)
			start := time.Now()
			err := s.roundTrip(there, back, 1<<16)
			return []float64{time.Since(start).Seconds()}, err
		},
	}
}

// trivialFigure is one call after the other, from Submit to the end of Get. The floor sends 8 bytes through a Unix socket and
// back.
func trivialFigure(n int) figure {
	var client *braid.Client
	var s *socketPair
	return figure{
		name: "trivial", cases: []metric{{"trivial.us", "us"}, {"trivial.p99.us", "us"}}, warm: true,
		open: func(ctx context.Context) (closing func() error, err error) {
			if s, err = openSockets("unix"); err != nil {
				return nil, err
			}
			if client, err = benchWorkers(ctx, benchWorkerCount); err != nil {
				return nil, errors.Join(err, s.close())
			}
			return func() error { return errors.Join(client.Close(), s.close()) }, nil
		},
		children: func() []int { return client.Pids() },
		measure: func(ctx context.Context) ([]float64, error) {
			return quantiles(ctx, n, func(i int64) error {
				future := braid.Submit(ctx, client, benchSame.Call(braid.V(i)))
				v, err := future.Get(ctx)
				future.Release()
				if err == nil && v != i {
					err = fmt.Errorf("call %d gave %d", i, v)
				}
				return err
			})
		},
		floor: func(ctx context.Context) ([]float64, error) {
			there, back := make([]byte, 8), make([]byte, 8)
			return quantiles(ctx, n, func(int64) error { return s.roundTrip(there, back, len(there)) })
		},
	}
}

// quantiles returns the median and the 99th percentile of n goes, in µs.
func quantiles(ctx context.Context, n int, once func(i int64) error) ([]float64, error) {
	took := make([]time.Duration, n)
	for i := range took {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		start := time.Now()
		if err := once(int64(i)); err != nil {
			return nil, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return []float64{micro(took[n/2], 1), micro(took[n*99/100], 1)}, nil
}

// startFigure is the start of two worker processes, up to the first result. The floor starts as many processes of this
// program that do nothing but say so.
func startFigure() figure {
	return figure{
		name: "startup", cases: []metric{{"startup.ms", "ms"}}, warm: true,
		measure: func(ctx context.Context) ([]float64, error) {
			start := time.Now()
			client, err := braid.Open(ctx, braid.Options{Processes: benchWorkerCount, Slots: 1, Report: io.Discard})
			if err != nil {
				return nil, err
			}
			_, err = braid.Submit(ctx, client, benchSame.Call(braid.V(int64(1)))).Get(ctx)
			took := time.Since(start)
			return []float64{took.Seconds() * 1e3}, errors.Join(err, client.Close())
		},
		floor: func(ctx context.Context) ([]float64, error) {
			start := time.Now()
			group, err := benchProcesses(ctx, benchWorkerCount, benchWords{})
			took := time.Since(start)
			if err != nil {
				return nil, err
			}
			group.Close()
			return []float64{took.Seconds() * 1e3}, nil
		},
	}
}

// idleAfter is how long a process has had nothing to do when its memory is read.
const idleAfter = 300 * time.Millisecond

// idleFigure is the memory of a worker process that has run some tasks and has nothing to do. The floor is that of a process
// of this program that does nothing.
func idleFigure() figure {
	return figure{
		name: "worker.idle", cases: []metric{{"worker.idle_mb", "MB"}}, skip: noMemoryOf(os.Getpid()),
		measure: func(ctx context.Context) ([]float64, error) {
			client, err := benchWorkers(ctx, benchWorkerCount)
			if err != nil {
				return nil, err
			}
			mb, err := idleMegabytes(ctx, client.Pids())
			return []float64{mb}, errors.Join(err, client.Close())
		},
		floor: func(ctx context.Context) ([]float64, error) {
			group, err := benchProcesses(ctx, benchWorkerCount, benchWords{})
			if err != nil {
				return nil, err
			}
			defer group.Close()
			mb, err := idleMegabytes(ctx, pidsOf(group))
			return []float64{mb}, err
		},
	}
}

// idleMegabytes waits until processes have been idle for a while and returns the mean of their memory.
func idleMegabytes(ctx context.Context, pids []int) (float64, error) {
	select {
	case <-time.After(idleAfter):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	sum := 0.0
	for _, pid := range pids {
		bytes, err := proportionalBytes(pid)
		if err != nil {
			return 0, err
		}
		sum += float64(bytes)
	}
	return sum / float64(len(pids)) / 1e6, nil
}

// noMemoryOf says why the memory of processes cannot be measured, if that is so.
func noMemoryOf(pid int) string {
	if _, err := proportionalBytes(pid); err != nil {
		return fmt.Sprintf("this system does not tell the memory of a process: %v", err)
	}
	return ""
}

// proportionalBytes returns the proportional set size of a process: its pages in memory, each divided by how many processes
// share it.
func proportionalBytes(pid int) (int64, error) {
	f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "Pss:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.Join(fmt.Errorf("%s has no line Pss", f.Name()), lines.Err())
}

// metgCases are the graphs whose METG is measured on worker processes.
var metgCases = []struct {
	pattern taskbench.Pattern
	width   int
}{{taskbench.Stencil1D, 64}, {taskbench.Stencil1D, 2}, {taskbench.FFT, 64}, {taskbench.Nearest, 64}, {taskbench.Random, 64}}

// metgProcessesFigures search METG(50 %) on two worker processes of one slot each.
func metgProcessesFigures(f *benchFlags, steps int) (figures []figure) {
	for _, c := range metgCases {
		m := metgFlags{benchFlags: f, client: processesClient, percent: 50}
		g := taskbench.Graph{Pattern: c.pattern, Width: c.width, Steps: steps, Kernel: taskbench.Kernel{Kind: taskbench.Compute}}
		one := metgFigure(m, g)
		if cores := par.Cores(); cores.N < metgProcesses {
			one.skip = fmt.Sprintf("two worker processes need two cores for tasks, and this process may use %s", cores)
		}
		figures = append(figures, one)
	}
	return figures
}
