package local_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
)

func TestMain(m *testing.M) { braid.TestMain(withoutLeaks{m}) }

// withoutLeaks runs tests and then looks for goroutines that were left.
type withoutLeaks struct{ *testing.M }

func (m withoutLeaks) Run() int {
	code := m.M.Run()
	os.RemoveAll(builds.dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// These tests start clusters whose workers are processes of the test binary.

var (
	square = braid.Func("local/square", func(_ context.Context, n int) (int, error) { return n * n, nil })
	pid    = braid.Func("local/pid", func(context.Context, int) (int, error) { return os.Getpid(), nil })
	nap    = braid.Func("local/nap", func(ctx context.Context, d time.Duration) (int, error) {
		select {
		case <-time.After(d):
			return 1, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	parent = braid.Func("local/parent", func(ctx context.Context, n int) (int, error) {
		return braid.Submit(ctx, braid.FromContext(ctx), square.Call(braid.V(n))).Get(ctx)
	})
	which = braid.Func("guest/which", func(context.Context, int) (string, error) { return "the cluster's own", nil })
)

// buffer takes what is written by several goroutines.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, o local.Options) *local.Cluster {
	t.Helper()
	if o.Report == nil {
		o.Report = new(buffer)
	}
	cluster, err := local.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster
}

func open(t *testing.T, cluster *local.Cluster) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), braid.Options{Address: cluster.Address()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// builds are programs of the folder testdata/guest that differ in one string, made once.
var builds struct {
	once sync.Once
	dir  string
	err  error
}

// guest returns the command that runs a build of the guest program on a cluster.
func guest(t *testing.T, cluster *local.Cluster, build string, args ...string) *exec.Cmd {
	t.Helper()
	builds.once.Do(func() {
		if builds.dir, builds.err = os.MkdirTemp("", "braid-guest-"); builds.err != nil {
			return
		}
		for _, name := range []string{"one", "other"} {
			build := exec.Command("go", "build", "-ldflags", "-s -w -X main.build="+name, "-o", filepath.Join(builds.dir, name), "./testdata/guest")
			build.Env = append(os.Environ(), "CGO_ENABLED=0") // or, in a test under the race detector, everything is compiled once more
			if out, err := build.CombinedOutput(); err != nil {
				builds.err = fmt.Errorf("build the guest program: %w\n%s", err, out)
			}
		}
	})
	if builds.err != nil {
		t.Fatal(builds.err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(builds.dir, build), args...)
	cmd.Env = append(os.Environ(), "BRAID_ADDRESS="+cluster.Address())
	return cmd
}

// said runs a build of the guest program and returns what it prints, by the names of the lines.
func said(t *testing.T, cluster *local.Cluster, build string, args ...string) map[string]string {
	t.Helper()
	cmd := guest(t, cluster, build, args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("build %s: %v\n%s%s", build, err, out, problems.String())
	}
	lines := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		name, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		lines[name] = text
	}
	return lines
}

func pids(cluster *local.Cluster) (list []int) {
	for _, w := range cluster.Workers() {
		list = append(list, w.Pid)
	}
	slices.Sort(list)
	return list
}
