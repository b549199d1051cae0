// Command guest is a program of another build than the cluster's, for tests: it attaches by BRAID_ADDRESS and prints what
// becomes of its calls, a line each.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/braid-compute/braid"
)

// build is set by the linker: it is all in which two builds differ.
var build = "none"

var errNoData = braid.RegisterError("guest/no-data", errors.New("there are no data"))

var prepared string

func init() {
	nested = braid.Func("guest/nested", func(ctx context.Context, n int) (int, error) {
		if n == 0 {
			return os.Getpid(), nil
		}
		below, err := braid.Submit(ctx, braid.FromContext(ctx), nested.Call(braid.V(n-1))).Get(ctx)
		if err == nil && below == os.Getpid() {
			err = errors.New("a task that waits shares its process")
		}
		return os.Getpid(), err
	})
	braid.OnWorkerStart(func(context.Context) error { prepared = "prepared"; return nil })
}

var (
	which = braid.Func("guest/which", func(context.Context, int) (string, error) { return build, nil })
	join  = braid.Func2("guest/join", func(_ context.Context, parts []string, n int) (string, error) {
		return fmt.Sprint(strings.Join(parts, "+"), n), nil
	})
	pid      = braid.Func("guest/pid", func(context.Context, int) (int, error) { return os.Getpid(), nil })
	hook     = braid.Func("guest/hook", func(context.Context, int) (string, error) { return prepared, nil })
	fail     = braid.Func("guest/fail", func(context.Context, int) (int, error) { return 0, fmt.Errorf("asked of %s: %w", build, errNoData) })
	boom     = braid.Func("guest/boom", func(_ context.Context, n int) (int, error) { panic("boom " + build) })
	children = braid.Func("guest/children", func(ctx context.Context, n int) (string, error) {
		return braid.Submit(ctx, braid.FromContext(ctx), which.Call(braid.V(n))).Get(ctx)
	})
	// nested submits a task like itself and waits for it, so many times one inside the other.
	nested *braid.Func1[int, int]
	speak  = braid.Func("guest/speak", func(context.Context, int) (int, error) {
		fmt.Println("said by", build)
		return 0, nil
	})
	// crew meets its gang twice, the second time with what it heard.
	crew = braid.Func("guest/crew", func(ctx context.Context, n int) (string, error) {
		all, err := braid.Meet(ctx, fmt.Append(nil, n))
		if err == nil {
			all, err = braid.Meet(ctx, slices.Concat(all...))
		}
		return fmt.Sprintf("%s", all), err
	})
	// deserter ends its process before a meeting.
	deserter = braid.Func("guest/deserter", func(ctx context.Context, n int) (string, error) {
		if rank, _ := braid.Rank(ctx); rank == n {
			os.Exit(3)
		}
		_, err := braid.Meet(ctx, nil)
		return "", err
	})
	// die ends its process so many times, counting in a folder.
	die = braid.Func2("guest/die", func(_ context.Context, dir string, times int) (string, error) {
		tries, err := filepath.Glob(filepath.Join(dir, "try-*"))
		if err != nil || len(tries) >= times {
			return fmt.Sprintf("alive after %d deaths", len(tries)), err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("try-", os.Getpid())), nil, 0o600); err != nil {
			return "", err
		}
		me, err := os.FindProcess(os.Getpid())
		if err != nil {
			return "", err
		}
		return "", me.Kill()
	})
	// ramp makes n numbers, each of them its place times k.
	ramp = braid.Func2("guest/ramp", func(_ context.Context, n, k int) ([]float64, error) {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i * k)
		}
		return x, nil
	})
	// seen says in whose memory the numbers are that it looks at, and their sum. It changes them.
	seen = braid.FuncView("guest/seen", func(_ context.Context, x braid.View[float64]) (string, error) {
		sum := total(x.Slice())
		clear(x.Slice())
		name, err := mapping(uintptr(unsafe.Pointer(&x.Slice()[0])))
		return fmt.Sprintf("%g in %q", sum, name), err
	})
	// hoard keeps what it is given and returns the sums of all that this process was given, in order.
	hoard = braid.Func("guest/hoard", func(_ context.Context, x []float64) ([]float64, error) {
		var sums []float64
		hoarded = append(hoarded, x)
		for _, x := range hoarded {
			sums = append(sums, total(x))
		}
		return sums, nil
	})
	hoarded [][]float64
	// wait says in a file that it has begun, and then in another how its context ended.
	wait = braid.Func("guest/wait", func(ctx context.Context, dir string) (int, error) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("began-", os.Getpid())), nil, 0o600); err != nil {
			return 0, err
		}
		<-ctx.Done()
		return 0, os.WriteFile(filepath.Join(dir, "ended"), []byte(ctx.Err().Error()), 0o600)
	})
)

func total(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}

// mapping returns what an address of this process is a mapping of: "" for memory of its own.
func mapping(at uintptr) (string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(maps)) {
		var first, end uintptr
		if _, err := fmt.Sscanf(line, "%x-%x", &first, &end); err == nil && first <= at && at < end {
			fields := strings.Fields(line)
			return strings.Join(fields[min(5, len(fields)):], " "), nil
		}
	}
	return "", fmt.Errorf("nothing is mapped at %#x", at)
}

func main() { braid.Main(run) }

func run(ctx context.Context) error {
	c, err := braid.Open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range os.Args[1:] {
		if err := checks[name](ctx, c); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// say prints what became of a call.
func say(name string, v any, err error) {
	if err != nil {
		v = strings.ReplaceAll(err.Error(), "\n", " ")
	}
	fmt.Printf("%s: %v\n", name, v)
}

var checks = map[string]func(context.Context, *braid.Client) error{
	"which": func(ctx context.Context, c *braid.Client) error {
		all, err := which.Map(ctx, c, make([]int, 100)).Gather(ctx)
		say("which", slices.Compact(all), err)
		v, err := braid.Submit(ctx, c, join.Call(which.Map(ctx, c, []int{1, 2}), braid.V(3))).Get(ctx)
		say("join", v, err)
		v, err = braid.Submit(ctx, c, hook.Call(braid.V(0))).Get(ctx)
		say("hook", v, err)
		v, err = braid.Submit(ctx, c, which.With(braid.Isolated()).Call(braid.V(0))).Get(ctx)
		say("isolated", v, err)
		n, err := braid.Submit(ctx, c, speak.Call(braid.V(0))).Get(ctx)
		say("speak", n, err)
		return nil
	},
	"pids": func(ctx context.Context, c *braid.Client) error {
		pids, err := pid.Map(ctx, c, make([]int, 200)).Gather(ctx)
		slices.Sort(pids)
		say("pids", slices.Compact(pids), err)
		return nil
	},
	"errors": func(ctx context.Context, c *braid.Client) error {
		_, err := braid.Submit(ctx, c, fail.Call(braid.V(0))).Get(ctx)
		say("fail", errors.Is(err, errNoData), nil)
		say("text", "", err)
		_, err = braid.Submit(ctx, c, boom.Call(braid.V(0))).Get(ctx)
		task, ok := errors.AsType[*braid.TaskError](err)
		say("boom", ok && strings.Contains(string(task.Stack), "guest/main.go"), nil)
		say("panic", "", err)
		v, err := braid.Submit(ctx, c, children.Call(braid.V(0))).Get(ctx)
		say("children", v, err)
		_, err = braid.Submit(ctx, c, wait.With(braid.TimeLimit(50*time.Millisecond)).Call(braid.V(os.TempDir()))).Get(ctx)
		say("limit", errors.Is(err, context.DeadlineExceeded), nil)
		return nil
	},
	"large": func(ctx context.Context, c *braid.Client) error {
		const n = 1 << 17
		ramps := make([]*braid.Future[[]float64], 3)
		for k := range ramps {
			ramps[k] = braid.Submit(ctx, c, ramp.Call(braid.V(n), braid.V(k+1)))
		}
		for k, f := range ramps {
			v, err := braid.Submit(ctx, c, seen.Call(f)).Get(ctx)
			say(fmt.Sprint("seen", k), v, err)
			sums, err := braid.Submit(ctx, c, hoard.Call(f)).Get(ctx)
			say(fmt.Sprint("hoard", k), sums, err)
			f.Release()
		}
		x, err := braid.Submit(ctx, c, ramp.Call(braid.V(n), braid.V(1))).Get(ctx)
		say("fetched", total(x), err)
		return nil
	},
	"deaths": func(ctx context.Context, c *braid.Client) error {
		for _, times := range []int{2, 3} {
			dir, err := os.MkdirTemp("", "")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			v, err := braid.Submit(ctx, c, die.Call(braid.V(dir), braid.V(times))).Get(ctx)
			say(fmt.Sprint("die", times), v, err)
		}
		return nil
	},
	"nested": func(ctx context.Context, c *braid.Client) error {
		for _, n := range []int{3, 100} {
			_, err := braid.Submit(ctx, c, nested.Call(braid.V(n))).Get(ctx)
			say(fmt.Sprint("nested", n), "done", err)
		}
		return nil
	},
	"gang": func(ctx context.Context, c *braid.Client) error {
		all, err := crew.Gang(ctx, c, []int{1, 2, 3}).Gather(ctx)
		say("gang", slices.Compact(all), err)
		_, err = deserter.Gang(ctx, c, []int{1, 1, 1}).Gather(ctx)
		say("deserted", "", err)
		return nil
	},
	"publish": func(ctx context.Context, c *braid.Client) error {
		say("publish", "done", braid.Publish(ctx, c, "who", which.Call(braid.V(0))))
		return nil
	},
	"published": func(ctx context.Context, c *braid.Client) error {
		f, err := braid.Published[string](ctx, c, "who")
		if err != nil {
			return err
		}
		v, err := f.Get(ctx)
		say("published", v, err)
		return nil
	},
	// wait goes on until the folder WAIT has a file "go", or the task ends.
	"wait": func(ctx context.Context, c *braid.Client) error {
		dir := os.Getenv("WAIT")
		f := braid.Submit(ctx, c, wait.Call(braid.V(dir)))
		for !f.Done() {
			if _, err := os.Stat(filepath.Join(dir, "go")); !errors.Is(err, fs.ErrNotExist) {
				f.Cancel()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
		_, err := f.Get(ctx)
		say("wait", "", err)
		return nil
	},
}
