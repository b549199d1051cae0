//go:build unix

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// programBench is a folder in which programs are run for a figure. Nothing in it is removed before all is measured: ext4 without a journal takes
// up to twenty times as long to make a file for some minutes after many were removed.
type programBench struct {
	folder string
	tasks  int
	runs   int // how many folders for one run each there are in it
}

// openProgramBench makes the folder, with a list of arguments.
func (f *programsFlags) openProgramBench(tasks int) (*programBench, error) {
	folder, err := os.MkdirTemp(f.root, "figure-")
	if err != nil {
		return nil, err
	}
	var list []byte
	for n := range tasks {
		list = append(strconv.AppendInt(list, int64(n), 10), '\n')
	}
	return &programBench{folder: folder, tasks: tasks}, os.WriteFile(filepath.Join(folder, "list"), list, 0o600)
}

// braid is the command line of this program.
func (b *programBench) braid(args ...string) ([]string, error) {
	self, err := os.Executable()
	return append([]string{self}, args...), err
}

// begin makes an empty folder for a run: what earlier ones have left would be other work for it.
func (b *programBench) begin() error {
	b.runs++
	return os.MkdirAll(filepath.Join(b.work(), "sh"), 0o700)
}

// work is the folder of the last run that has begun.
func (b *programBench) work() string { return filepath.Join(b.folder, strconv.Itoa(b.runs)) }

// listOfAll is the list of arguments, from the folder of a run.
const listOfAll = "../list"

// run runs a command in the folder of the run and returns what it printed and how long that took.
func (b *programBench) run(ctx context.Context, argv []string) ([]byte, time.Duration, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if argv[0] != "xargs" && argv[0] != "parallel" {
		cmd.Args[0] = "braid"
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.work(), &stdout, &stderr
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+b.folder, "TMPDIR="+b.folder)
	start := time.Now()
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%q: %w: %s", argv, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), time.Since(start), err
}

// itself runs this program and returns what it printed.
func (b *programBench) itself(ctx context.Context, args ...string) ([]byte, error) {
	argv, err := b.braid(args...)
	if err != nil {
		return nil, err
	}
	out, _, err := b.run(ctx, argv)
	return out, err
}

// each runs a command and returns µs for each task.
func (b *programBench) each(ctx context.Context, argv ...string) ([]float64, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	_, took, err := b.run(ctx, argv)
	return []float64{micro(took, b.tasks)}, err
}

// nothing closes a bench of which nothing is open.
func nothing() error { return nil }

// besideXargs is a figure of a bench that is open when it is measured.
func (f *programsFlags) besideXargs(name string, b **programBench, measure func(context.Context) ([]float64, error)) figure {
	one := figure{
		name: name, cases: []metric{{name, "us"}}, measure: measure,
		floor: func(ctx context.Context) ([]float64, error) {
			return (*b).each(ctx, "xargs", "-a", listOfAll, slotsFlag(f), "-n1", f.program)
		},
	}
	if _, err := exec.LookPath("xargs"); err != nil {
		one.skip = "xargs is not installed"
	}
	return one
}

// lines is a figure of the command line that make makes.
func (f *programsFlags) lines(name string, tasks int, make func(b *programBench) ([]string, error)) figure {
	var b *programBench
	one := f.besideXargs(name, &b, func(ctx context.Context) ([]float64, error) {
		argv, err := make(b)
		if err != nil {
			return nil, err
		}
		return b.each(ctx, argv...)
	})
	one.open = func(context.Context) (closing func() error, err error) {
		b, err = f.openProgramBench(tasks)
		return nothing, err
	}
	return one
}

// peer is a figure of another program.
func (f *programsFlags) peer(name string, tasks int, argv ...string) figure {
	one := f.lines(name, tasks, func(*programBench) ([]string, error) { return argv, nil })
	if _, err := exec.LookPath(argv[0]); err != nil {
		one.skip = argv[0] + " is not installed"
	}
	return one
}

// mapLine is the command line of braid map.
func (f *programsFlags) mapLine(b *programBench, flags ...string) ([]string, error) {
	args := append([]string{"map", "-n", strconv.Itoa(f.slots), "-a", listOfAll}, flags...)
	return b.braid(append(args, "--", f.program, "{}")...)
}

// mapped is a figure of braid map.
func (f *programsFlags) mapped(name string, flags ...string) figure {
	return f.lines(name, f.tasks, func(b *programBench) ([]string, error) { return f.mapLine(b, flags...) })
}

// resumed is the figure of a run that finds all done.
func (f *programsFlags) resumed() figure {
	var b *programBench
	var argv []string
	return figure{
		name: "programs.resume", cases: []metric{{"programs.resume.seconds", "s"}},
		open: func(ctx context.Context) (closing func() error, err error) {
			if b, err = f.openProgramBench(f.tasks); err != nil {
				return nil, err
			}
			if argv, err = f.mapLine(b, "--journal", "journal"); err == nil {
				_, err = b.each(ctx, argv...)
			}
			return nothing, err
		},
		measure: func(ctx context.Context) ([]float64, error) {
			_, took, err := b.run(ctx, argv)
			return []float64{took.Seconds()}, err
		},
	}
}

// benchClusterName is the cluster of the figures, which is in the folder of its own bench.
const benchClusterName = "bench"

// up starts a cluster and returns its process and its workers.
func (f *programsFlags) up(ctx context.Context, b *programBench) (server int, workers []int, err error) {
	if _, err := b.itself(ctx, "up", "--name", benchClusterName, "--processes", "1", "--slots", strconv.Itoa(f.slots)); err != nil {
		return 0, nil, err
	}
	out, err := b.itself(ctx, "status", "--name", benchClusterName, "--json")
	if err != nil {
		return 0, nil, err
	}
	var d console.Document
	if err := json.Unmarshal(out, &d); err != nil {
		return 0, nil, err
	}
	for _, r := range d.Results {
		pid, _ := r.Value.(float64)
		switch {
		case r.Case == benchClusterName+"/pid":
			server = int(pid)
		case filepath.Base(r.Case) == "pid":
			workers = append(workers, int(pid))
		}
	}
	return server, workers, nil
}

// down ends the cluster with all that it runs.
func (b *programBench) down() error {
	_, err := b.itself(context.Background(), "down", "--name", benchClusterName, "--force") // also when ctx has ended
	return err
}

// onCluster makes a figure one of a cluster, which is open while it is measured.
func (f *programsFlags) onCluster(one figure, tasks int, put func(b *programBench, server int)) figure {
	var pids []int
	one.children = func() []int { return pids }
	one.open = func(ctx context.Context) (closing func() error, err error) {
		b, err := f.openProgramBench(tasks)
		if err == nil {
			err = b.begin()
		}
		if err != nil {
			return nil, err
		}
		server, workers, err := f.up(ctx, b)
		if err != nil {
			return nil, errors.Join(err, b.down())
		}
		pids = append(workers, server)
		put(b, server)
		return b.down, nil
	}
	return one
}

// submitLine is the command line of an array.
func (f *programsFlags) submitLine(b *programBench, tasks int, flags ...string) ([]string, error) {
	args := append([]string{"submit", "--address", benchClusterName, "--array", fmt.Sprintf("1-%d", tasks)}, flags...)
	return b.braid(append(args, "--", f.program, "{}")...)
}

// submitted is a figure of braid submit.
func (f *programsFlags) submitted() figure {
	var b *programBench
	one := f.besideXargs("programs.submit.us", &b, func(ctx context.Context) ([]float64, error) {
		argv, err := f.submitLine(b, f.tasks, "--wait")
		if err != nil {
			return nil, err
		}
		return b.each(ctx, argv...)
	})
	return f.onCluster(one, f.tasks, func(opened *programBench, _ int) { b = opened })
}

// leastServed is of how many tasks an array is at least whose memory is measured: that of fewer is lost in what comes and goes.
const leastServed = 100_000

// How often the memory of the server is looked at, and how long it has between.
const (
	memoryLooks = 40
	memoryPause = 50 * time.Millisecond
)

// server is the figure of what a task takes in the process that runs jobs.
func (f *programsFlags) server() figure {
	var b *programBench
	pid := 0
	tasks := max(f.tasks, f.size(leastServed, 1))
	one := figure{
		name: "programs.server", cases: []metric{{"programs.server.bytes_per_task", "bytes"}}, skip: noMemoryOf(os.Getpid()),
		measure: func(ctx context.Context) ([]float64, error) {
			before, err := proportionalBytes(pid)
			if err != nil {
				return nil, err
			}
			argv, err := f.submitLine(b, tasks)
			if err == nil {
				_, _, err = b.run(ctx, argv)
			}
			if err != nil {
				return nil, err
			}
			most := before
			for range memoryLooks {
				select {
				case <-time.After(memoryPause):
				case <-ctx.Done():
					return nil, context.Cause(ctx)
				}
				now, err := proportionalBytes(pid)
				if err != nil {
					return nil, err
				}
				most = max(most, now)
			}
			for _, do := range []string{"cancel", "rm"} {
				if _, err := b.itself(ctx, "job", do, "last", "--address", benchClusterName); err != nil {
					return nil, err
				}
			}
			return []float64{float64(most-before) / float64(tasks)}, nil
		},
	}
	return f.onCluster(one, 1, func(opened *programBench, server int) { b, pid = opened, server })
}
