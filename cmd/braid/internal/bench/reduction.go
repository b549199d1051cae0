package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/internal/progress"
)

// reduction is a sum over four times as much as the memory limit allows.
type reduction struct {
	Limit     int64 // bytes, of all processes that run tasks together
	Block     int64 // bytes of numbers in one
	Slots     int
	Processes int // worker processes; 0: tasks run in the process itself
	Scratch   string
	Uncached  bool // files are not in the system's cache when they are read
	Arrays    bool // the numbers are an array
	Times     int  // how often it is measured
}

// reductionResult is what the process of a reduction says about it.
type reductionResult struct {
	Seconds float64
	Spilled int64 // bytes written
}

func (r reduction) blocks() int64 { return 4 * r.Limit / r.Block }

// benchNumbers makes a block, of the numbers from its argument on.
var benchNumbers = braid.Func("bench/numbers", func(_ context.Context, a [2]int64) ([]float64, error) {
	x := make([]float64, a[1])
	for k := range x {
		x[k] = float64(a[0]) + float64(k)
	}
	return x, nil
})

var benchTotal = braid.FuncView("bench/total", func(_ context.Context, x braid.View[float64]) (float64, error) {
	sum := 0.0
	for _, v := range x.Slice() {
		sum += v
	}
	return sum, nil
})

var benchSpilled = braid.Func("bench/spilled", func(ctx context.Context, _ int64) (int64, error) {
	return braid.FromContext(ctx).SpilledBytes(), nil
})

// run makes the blocks and keeps them, and then sums them in two computations.
func (r reduction) run(ctx context.Context, c *braid.Client) (res reductionResult, err error) {
	start := time.Now()
	sum, want, release, err := r.keep(ctx, c)
	if err != nil {
		return res, err
	}
	for range 2 {
		if r.Uncached {
			if err := dropCached(ctx, filepath.Join(r.Scratch, "braid-spill-*")); err != nil {
				return res, err
			}
		}
		got, err := sum()
		if err == nil {
			err = near(got, want, 1e-9)
		}
		if err != nil {
			return res, err
		}
	}
	res.Seconds = time.Since(start).Seconds()
	if res.Spilled, err = r.spilled(ctx, c); err != nil {
		return res, err
	}
	release()
	return res, nil
}

// keep makes the blocks, and returns what sums them and what the sum is.
func (r reduction) keep(ctx context.Context, c *braid.Client) (sum func() (float64, error), want float64, release func(), err error) {
	n := r.Block / 8
	if r.Arrays {
		count := float64(r.blocks() * n)
		a, err := array.Arange(0, count, 1, array.Chunks(int(n))).Persist(ctx, c)
		if err != nil {
			return nil, 0, nil, err
		}
		return func() (float64, error) {
			v, err := numbersOf(ctx, c, a.Sum())
			if err != nil {
				return 0, err
			}
			return v[0], nil
		}, count * (count - 1) / 2, a.Release, nil
	}
	args := make([][2]int64, r.blocks())
	for k := range args {
		args[k] = [2]int64{int64(k), n}
		want += float64(n)*float64(k) + float64(n)*float64(n-1)/2
	}
	blocks := benchNumbers.Map(ctx, c, args)
	if err := blocks.Wait(ctx); err != nil {
		return nil, 0, nil, err
	}
	return func() (float64, error) {
		parts := make([]*braid.Delayed[float64], len(args))
		for k := range parts {
			parts[k] = benchTotal.Call(blocks.At(k))
		}
		future := braid.Submit(ctx, c, benchTotal.Call(braid.All(parts)))
		defer future.Release()
		return future.Get(ctx)
	}, want, blocks.Release, nil
}

// spilled returns how many bytes were written to files.
func (r reduction) spilled(ctx context.Context, c *braid.Client) (int64, error) {
	sum := c.SpilledBytes()
	if r.Processes == 0 {
		return sum, nil
	}
	each, err := braid.OnEveryWorker(ctx, c, benchSpilled.Call(braid.V(int64(0))))
	for _, n := range each {
		sum += n
	}
	return sum, err
}

// reductionBox bounds the time of each reduction's runs, for machines that are slower or have other work.
const reductionBox = 40 * time.Second

// figure is the reduction in a process of its own, so that its memory can be told from that of others, and after each the disk's
// own speed. That is measured once before, so that the first run, too, follows one that has just given memory for files back.
func (r reduction) figure(name string) figure {
	disk := 0.0
	return figure{
		name: name, times: r.Times, box: reductionBox,
		of:    fmt.Sprintf("%s in blocks of %s, limit %s", progress.Bytes(4*r.Limit), progress.Bytes(r.Block), progress.Bytes(r.Limit)),
		cases: []metric{{name + ".seconds", "s"}, {name + ".of_disk", ""}, {name + ".peak_over_limit", ""}},
		skip:  noMemoryOf(os.Getpid()),
		open: func(ctx context.Context) (func() error, error) {
			if r.Times > 1 && !r.Uncached {
				if _, err := writeAndRead(ctx, r.Scratch, r.blocks(), r.Block, false); err != nil {
					return nil, fmt.Errorf("the disk's own speed: %w", err)
				}
			}
			return func() error { return nil }, nil
		},
		measure: func(ctx context.Context) (_ []float64, err error) {
			res, peak, err := r.start(ctx)
			if err == nil && res.Spilled < 3*r.Limit {
				err = fmt.Errorf("%d bytes were written to files, and the limit is %d: at least three times as much must be", res.Spilled, r.Limit)
			}
			if err != nil {
				return nil, err
			}
			if disk, err = writeAndRead(ctx, r.Scratch, r.blocks(), r.Block, r.Uncached); err != nil {
				return nil, fmt.Errorf("the disk's own speed: %w", err)
			}
			return []float64{res.Seconds, disk / res.Seconds, float64(peak) / float64(r.Limit)}, nil
		},
		floor: func(context.Context) ([]float64, error) { return []float64{disk}, nil },
	}
}

// reductionCommand is the name of the command behind which a reduction runs in a process of its own.
const reductionCommand = "memory-reduction"

// start runs the reduction in a process of its own and returns the greatest memory of that and of its worker processes.
func (r reduction) start(ctx context.Context) (res reductionResult, peak int64, err error) {
	peak, err = measuredProcess(ctx, reductionCommand, r, &res)
	return res, peak, err
}

// measuredProcess runs a hidden benchmark in a process of its own, tells it words, and reads what it says in the end. It returns the
// greatest memory of that process and of its worker processes together.
func measuredProcess(ctx context.Context, command string, words, res any) (peak int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	text, err := json.Marshal(words)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "bench", command, string(text))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it takes its files with it
	cmd.WaitDelay = 5 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := json.NewDecoder(bufio.NewReader(out))
	var pids []int
	err = lines.Decode(&pids)
	if err == nil {
		watch := watchMemory(pids)
		err = lines.Decode(res)
		peak = watch()
	}
	if e := cmd.Wait(); e != nil {
		err = fmt.Errorf("the process of %s: %w", command, e)
	}
	return peak, err
}

// memoryEvery is how often memory is looked at, and memoryShare the part of the time that this takes at most: to share out the pages
// that several processes have, the system looks at each of them.
const (
	memoryEvery = 4 * time.Millisecond
	memoryShare = 20
)

// watchMemory looks at the memory of processes until the function that it returns is called, which returns the most that they
// had together.
func watchMemory(pids []int) func() int64 {
	look := proportionalBytes
	if len(pids) == 1 {
		look = residentBytes
	}
	stop, done := make(chan struct{}), make(chan int64)
	go func() {
		peak := int64(0)
		for {
			began, sum := time.Now(), int64(0)
			for _, pid := range pids {
				if n, err := look(pid); err == nil {
					sum += n
				}
			}
			peak = max(peak, sum)
			select {
			case <-time.After(max(memoryEvery, memoryShare*time.Since(began))):
			case <-stop:
				done <- peak
				return
			}
		}
	}()
	return func() int64 { close(stop); return <-done }
}

// residentBytes returns how much memory a process has, with the pages that it shares with others.
func residentBytes(pid int) (int64, error) {
	name := filepath.Join("/proc", strconv.Itoa(pid), "statm")
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("%s has no second number", name)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// benchReductionCommand is what the process of a reduction runs.
func (e *env) benchReductionCommand() *cobra.Command {
	return &cobra.Command{
		Use: reductionCommand, Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var r reduction
			if err := json.Unmarshal([]byte(args[0]), &r); err != nil {
				return fmt.Errorf("the words of a reduction: %w", err)
			}
			o := braid.Options{Slots: r.Slots, Processes: r.Processes, MemoryLimit: r.Limit / int64(max(r.Processes, 1)), Scratch: r.Scratch, Report: io.Discard, Output: os.Stderr}
			c, say, err := e.openMeasured(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			res, err := r.run(cmd.Context(), c)
			if err != nil {
				return err
			}
			return say.Encode(res)
		},
	}
}

// openMeasured opens the client of a process that measuredProcess has started, and says which processes to look at.
func (e *env) openMeasured(ctx context.Context, o braid.Options) (*braid.Client, *json.Encoder, error) {
	c, err := braid.Open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	if o.Processes > 0 {
		err = c.WaitWorkers(ctx, o.Processes)
	}
	say := json.NewEncoder(e.Stdout)
	if err == nil {
		err = say.Encode(slices.Concat([]int{os.Getpid()}, c.Pids()))
	}
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c, say, nil
}
