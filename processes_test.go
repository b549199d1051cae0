package braid_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

// These tests start worker processes of the test binary itself: see TestMain.

var (
	whoami = braid.Func("processes/pid", func(_ context.Context, n int) (int, error) { return os.Getpid(), nil })
	// awaitFile returns its process id when the file exists, and meanwhile says that it began in another file.
	awaitFile = braid.Func2("processes/await", func(ctx context.Context, dir string, n int) (int, error) {
		began := filepath.Join(dir, fmt.Sprintf("began-%d-%d", n, os.Getpid()))
		if err := os.WriteFile(began, nil, 0o600); err != nil {
			return 0, err
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go")); !errors.Is(err, fs.ErrNotExist) {
				return n * n, err
			}
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
	})
	suicide = braid.Func("processes/suicide", func(_ context.Context, n int) (int, error) {
		return n, kill(os.Getpid())
	})
	children = braid.Func("processes/children", func(ctx context.Context, n int) (int, error) {
		c := braid.FromContext(ctx)
		squares := square.Map(ctx, c, []int{1, 2, n})
		return braid.Submit(ctx, c, sum.Call(squares)).Get(ctx)
	})
	speak = braid.Func("processes/speak", func(_ context.Context, n int) (string, error) {
		fmt.Println("said by a task")
		return prepared, nil
	})
	functionOfChannel = braid.Func("processes/channel", func(_ context.Context, c chan int) (int, error) { return cap(c), nil })
)

// kill ends a process at once, as kill -9 does.
func kill(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

// prepared is what the hook of a worker leaves.
var prepared string

func init() {
	braid.OnWorkerStart(func(context.Context) error { prepared = "by the hook"; return nil })
}

func openProcesses(t *testing.T, o braid.Options) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), o)
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

func TestProcessesRunTheTasks(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	dir := t.TempDir()
	both := awaitFile.Map(t.Context(), c, []string{dir, dir}, braid.V(3)) // both at once: one process each
	pids := startedIn(t, dir, 2)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := both.Gather(t.Context()); err != nil || !slices.Equal(got, []int{9, 9}) {
		t.Errorf("%v, %v", got, err)
	}
	if pids[0] == pids[1] || slices.Contains(pids, fmt.Sprint(os.Getpid())) {
		t.Errorf("tasks that run at the same time are in processes %v, and this one is %d", pids, os.Getpid())
	}
	mine := c.Pids()
	if len(mine) != 2 || !slices.Contains(pids, fmt.Sprint(mine[0])) || !slices.Contains(pids, fmt.Sprint(mine[1])) {
		t.Errorf("the client's workers are %v, and tasks ran in %v", mine, pids)
	}
}

// startedIn waits until n tasks of awaitFile have begun and returns their process ids.
func startedIn(t *testing.T, dir string, n int) []string {
	t.Helper()
	for t.Context().Err() == nil {
		began, err := filepath.Glob(filepath.Join(dir, "began-*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(began) >= n {
			var pids []string
			for _, b := range began {
				pids = append(pids, b[strings.LastIndexByte(b, '-')+1:])
			}
			return pids
		}
		<-time.After(time.Millisecond)
	}
	t.Fatal("the tasks did not begin")
	return nil
}

func TestAKilledWorkerIsReplacedAndItsTasksRunElsewhere(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	dir := t.TempDir()
	kept, err := square.Map(t.Context(), c, []int{5, 6, 7, 8}).Gather(t.Context())
	if err != nil || !slices.Equal(kept, []int{25, 36, 49, 64}) {
		t.Fatal(kept, err)
	}
	early := square.Map(t.Context(), c, []int{1, 2, 3, 4, 5, 6, 7, 8}) // their results are on both workers
	if err := early.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := awaitFile.Map(t.Context(), c, []string{dir, dir, dir, dir}, braid.V(3))
	total := braid.Submit(t.Context(), c, sum.Call(held))
	startedIn(t, dir, 2)
	if err := kill(c.Pids()[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := total.Get(t.Context()); err != nil || v != 36 {
		t.Errorf("the sum is %d, %v; want 36", v, err)
	}
	if got, err := early.Gather(t.Context()); err != nil || !slices.Equal(got, []int{1, 4, 9, 16, 25, 36, 49, 64}) {
		t.Errorf("results that were lost with the worker are %v, %v", got, err)
	}
}

func TestATaskThatKillsItsWorkersFailsAlone(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	bad := braid.Submit(t.Context(), c, suicide.Call(braid.V(1)))
	good := square.Map(t.Context(), c, []int{1, 2, 3})
	_, err := bad.Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "SIGKILL") {
		t.Errorf("the error does not say how its workers died: %v", err)
	}
	if got, err := good.Gather(t.Context()); err != nil || !slices.Equal(got, []int{1, 4, 9}) {
		t.Errorf("others: %v, %v", got, err)
	}
}

func TestTasksInProcessesSubmitTasks(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	got, err := children.Map(t.Context(), c, []int{3, 4, 5, 6, 7, 8}).Gather(t.Context())
	if err != nil || !slices.Equal(got, []int{14, 21, 30, 41, 54, 69}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWhatCannotCrossToAnotherProcessIsRefusedAtSubmission(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 1})
	_, err := braid.Submit(t.Context(), c, functionOfChannel.Call(braid.V(make(chan int)))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "processes/channel") || !strings.Contains(err.Error(), "chan int") {
		t.Errorf("the error names neither the function nor the type: %v", err)
	}
	if v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err != nil || v != 9 {
		t.Errorf("afterwards: %d, %v", v, err)
	}
}

// clusterFile returns the path that the client shows for others to attach by.
func clusterFile(t *testing.T, c *braid.Client) string {
	t.Helper()
	m := regexp.MustCompile(`address +(\S+)`).FindStringSubmatch(c.String())
	if m == nil {
		t.Fatalf("the client shows no address:\n%v", c)
	}
	return m[1]
}

func TestAnotherClientAttachesByTheClustersFile(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	t.Setenv("BRAID_ADDRESS", clusterFile(t, c))
	other := openProcesses(t, braid.Options{})
	pids, err := whoami.Map(t.Context(), other, make([]int, 20)).Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if !slices.Contains(c.Pids(), pid) {
			t.Errorf("a task of the other client ran in process %d, and the workers are %v", pid, c.Pids())
		}
	}
	t.Setenv("BRAID_ADDRESS", filepath.Join(t.TempDir(), "none.json"))
	if _, err := braid.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no cluster") ||
		!strings.Contains(err.Error(), "the variable BRAID_ADDRESS") || !strings.Contains(err.Error(), `"braid status --all"`) {
		t.Errorf("a file that does not exist: %v", err)
	}
}

// withChannel cannot leave its process.
type withChannel struct {
	Name string
	News chan int
}

// A value that cannot be sent is refused where it is scattered.
func TestScatteringWhatCannotBeSent(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 1, Slots: 1})
	for name, err := range map[string]error{
		"a value": errOf(braid.Scatter(t.Context(), c, withChannel{})),
		"values":  errOf(braid.ScatterEach(t.Context(), c, []withChannel{{}}).At(0)),
		"a field": errOf(braid.Scatter(t.Context(), c, []any{make(chan int)})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "braid: scatter (processes_test.go:") ||
			!strings.Contains(err.Error(), "): the value cannot be sent to worker processes: codec: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	here := openProcesses(t, braid.Options{Slots: 1})
	if _, err := braid.Scatter(t.Context(), here, withChannel{Name: "x"}).Get(t.Context()); err != nil {
		t.Errorf("in this process: %v", err)
	}
}

// Every socket of a default cluster is either no network socket or one that says nothing to a stranger.
func TestASocketOfAClusterSaysNothingToStrangers(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	if err := c.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	file := clusterFile(t, c)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the credentials has mode %v, %v", info.Mode(), err)
	}
	folder := filepath.Dir(file)
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the sockets has mode %v, %v", info.Mode(), err)
	}
	sockets := 0
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSocket == 0 {
			return err
		}
		sockets++
		for _, words := range []string{"", "GET / HTTP/1.0\r\n\r\n", strings.Repeat("\xff", 100_000)} {
			knock(t, path, words)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sockets != 3 {
		t.Errorf("there are %d sockets in %s, want the scheduler's and one of each worker", sockets, folder)
	}
	for _, pid := range append(c.Pids(), os.Getpid()) {
		for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if open := listeningOf(t, pid, string(text)); len(open) > 0 {
				t.Errorf("process %d listens on %s: %v", pid, table, open)
			}
		}
	}
	if v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err != nil || v != 9 {
		t.Errorf("afterwards: %d, %v", v, err)
	}
}

// knock says something to a socket and wants no answer but the end of the connection.
func knock(t *testing.T, path, words string) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(words)); err == nil && words == "" {
		return // it waits for us to begin
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Error(err)
	}
	answer := make([]byte, 100)
	if n, err := conn.Read(answer); n > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s answers %q with %q, %v", path, words[:min(len(words), 20)], answer[:n], err)
	}
}

// listeningOf returns the lines of a table of sockets that belong to the process and are not connected.
func listeningOf(t *testing.T, pid int, table string) []string {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]bool{}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil {
			own[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	var open []string
	for _, line := range strings.Split(table, "\n")[1:] {
		if f := strings.Fields(line); len(f) > 9 && own[f[9]] && strings.HasSuffix(f[2], ":0000") {
			open = append(open, f[1])
		}
	}
	return open
}

func TestACallOnEveryWorker(t *testing.T) {
	var output lockedBuffer
	c := openProcesses(t, braid.Options{Processes: 3, Slots: 1, Output: &output})
	if err := c.WaitWorkers(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	pids, err := braid.OnEveryWorker(t.Context(), c, whoami.Call(braid.V(0)))
	if err != nil {
		t.Fatal(err)
	}
	if names := c.Workers(); len(names) != 3 || len(pids) != 3 {
		t.Fatalf("workers %v, results %v", names, pids)
	}
	for k, pid := range c.Pids() {
		if got := pids[fmt.Sprintf("worker-%d", k)]; got != pid {
			t.Errorf("worker-%d is process %d, and answers %d", k, pid, got)
		}
	}
	said, err := braid.OnEveryWorker(t.Context(), c, speak.Call(braid.V(0)))
	if err != nil || said["worker-1"] != "by the hook" {
		t.Errorf("what the workers' hook left: %v, %v", said, err)
	}
	_, err = braid.Submit(t.Context(), c, whoami.With(braid.Worker("worker-9")).Call(braid.V(0))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "worker-9") || !strings.Contains(err.Error(), "of 3 workers none") {
		t.Errorf("pinned to a worker that does not exist: %v; want its name and what there is", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(output.String(), ": said by a task\n"); n != 3 {
		t.Errorf("the workers' output is %q", output.String())
	}
	if _, err := braid.OnEveryWorker(t.Context(), c, whoami.Call(braid.V(0))); !errors.Is(err, braid.ErrClosed) || errors.Is(err, braid.ErrNeedsProcesses) {
		t.Errorf("after the end there is none because of %v", err)
	}
	if _, err := braid.OnEveryWorker(t.Context(), nil, whoami.Call(braid.V(0))); err == nil {
		t.Error("no client, and no error")
	}
}

// What is asked for before the workers are there waits for them, and is refused if it is in vain.
func TestWhatIsAskedForBeforeTheWorkersAreThere(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	vain := map[string]*braid.Future[int]{
		`"worker-7"`: braid.Submit(t.Context(), c, square.With(braid.Worker("worker-7")).Call(braid.V(3))),
		"99 cores":   braid.Submit(t.Context(), c, square.With(braid.Cores(99)).Call(braid.V(3))),
		`"laser"`:    braid.Submit(t.Context(), c, square.With(braid.Resource("laser", 1)).Call(braid.V(3))),
	}
	last := braid.Submit(t.Context(), c, square.With(braid.Worker("worker-1")).Call(braid.V(4)))
	if v, err := last.Get(t.Context()); err != nil || v != 16 {
		t.Errorf("pinned to the second worker: %d, %v", v, err)
	}
	for what, f := range vain {
		if _, err := f.Get(t.Context()); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "of 2 workers") {
			t.Errorf("error %v does not say that it needs %s, and what there is", err, what)
		}
	}
	// A worker that dies is replaced by another, so what is pinned to it will never run; and nobody else waits for that.
	if _, err := braid.Submit(t.Context(), c, suicide.With(braid.Worker("worker-0")).Call(braid.V(1))).Get(t.Context()); err == nil {
		t.Error("a call that kills the worker to which it is pinned has a result")
	}
	if _, err := braid.Submit(t.Context(), c, suicide.Call(braid.V(1))).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "SIGKILL") {
		t.Errorf("another that kills its workers: %v", err)
	}
}

// lockedBuffer is a buffer for several writers.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAllWorkersAtOnceAreReplaced(t *testing.T) {
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	if err := c.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	early := square.Map(t.Context(), c, []int{1, 2, 3, 4})
	if err := early.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, pid := range c.Pids() {
		if err := kill(pid); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := early.Gather(t.Context()); err != nil || !slices.Equal(got, []int{1, 4, 9, 16}) {
		t.Errorf("%v, %v", got, err)
	}
	if v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err != nil || v != 9 {
		t.Errorf("afterwards: %d, %v", v, err)
	}
}
