//go:build unix

package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
	inside "github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/word"
)

// detour is a socket beside that of a scheduler which passes on what comes and can be cut.
type detour struct {
	*testing.T
	listener net.Listener
	to       string // the scheduler's socket
	address  string // of a file that says so
	mu       sync.Mutex
	open     []net.Conn
	closed   bool // nobody gets through
	made     int
	passing  sync.WaitGroup
}

func newDetour(t *testing.T, cluster *local.Cluster) *detour {
	t.Helper()
	text, err := os.ReadFile(cluster.Address())
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(cluster.Address())
	d := &detour{T: t, to: strings.TrimPrefix(file["scheduler"].(string), "unix:"), address: filepath.Join(folder, "detour.json")}
	path := filepath.Join(folder, "detour.sock")
	if d.listener, err = net.Listen("unix", path); err != nil {
		t.Fatal(err)
	}
	file["scheduler"] = "unix:" + path
	if text, err = json.Marshal(file); err == nil {
		err = os.WriteFile(d.address, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.passing.Go(d.serve)
	t.Cleanup(func() {
		_ = d.listener.Close()
		d.cut(true)
		d.passing.Wait()
	})
	return d
}

func (d *detour) serve() {
	for {
		near, err := d.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("unix", d.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		d.mu.Lock()
		d.made++
		d.open = append(d.open, near, far)
		closed := d.closed
		d.mu.Unlock()
		if closed {
			d.cut(true)
		}
		for _, ends := range [][2]net.Conn{{near, far}, {far, near}} {
			d.passing.Go(func() {
				buf := make([]byte, 1000)
				for {
					n, err := ends[0].Read(buf)
					if err != nil {
						break
					}
					if _, err := ends[1].Write(buf[:n]); err != nil {
						break
					}
				}
				_ = ends[0].Close()
				_ = ends[1].Close()
			})
		}
	}
}

// cut ends all connections, and lets nobody through from now on if closed.
func (d *detour) cut(closed bool) (made int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.open {
		_ = c.Close()
	}
	d.open, d.closed = nil, closed
	return d.made
}

// A client whose socket is cut again and again notices nothing but the time: every result is right, and nothing ran twice.
func TestASocketThatIsCut(t *testing.T) {
	cluster := start(t, local.Options{Processes: 2, Slots: 1})
	d := newDetour(t, cluster)
	report := new(buffer)
	c, err := braid.Open(t.Context(), braid.Options{Address: d.address, Report: report})
	if err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(t.TempDir(), "runs")
	stop := make(chan struct{})
	var cutting sync.WaitGroup
	cutting.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(15 * time.Millisecond):
				d.cut(false)
			}
		}
	})
	for round := range 10 {
		args := make([]note, 50)
		for k := range args {
			args[k] = note{runs, round*100 + k}
		}
		got, err := noting.Map(t.Context(), c, args).Gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range got {
			if n != 2*(round*100+k) {
				t.Errorf("result %d of round %d is %d", k, round, n)
			}
		}
	}
	close(stop)
	cutting.Wait()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(runs)
	if lines := strings.Count(string(text), "\n"); err != nil || lines != 500 {
		t.Errorf("500 tasks ran %d times, %v", lines, err)
	}
	if made := d.cut(false); made < 5 {
		t.Errorf("there were %d connections only", made)
	}
	for _, want := range []string{"the connection to the scheduler was lost", "connected to the scheduler again after", "nothing is lost"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report is without %q:\n%s", want, report.String())
		}
	}
}

type note struct {
	File  string
	Value int
}

// noting writes a line for each of its runs.
var noting = braid.Func("local/noting", func(_ context.Context, n note) (int, error) {
	f, err := os.OpenFile(n.File, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = fmt.Fprintln(f, n.Value)
	}
	<-time.After(time.Millisecond)
	return 2 * n.Value, err
})

// A worker whose socket is cut goes on with what it runs, and comes back.
func TestTheSocketOfAWorkerThatIsCut(t *testing.T) {
	report := new(buffer)
	cluster := start(t, local.Options{Processes: 1, Slots: 1, Report: report})
	d := newDetour(t, cluster)
	over := make(chan error, 1)
	pids := make(chan int, 9)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		over <- inside.Join(ctx, inside.OutsideOptions{
			Address: d.address, Slots: 1, Resources: []word.Resource{{Name: "gpu", Amount: 1000}}, CloseTimeout: time.Second,
			Started: func(_ string, pid int) { pids <- pid },
		})
	}()
	defer func() {
		cancel()
		<-over
	}()
	if err := cluster.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	c := open(t, cluster)
	runs := filepath.Join(t.TempDir(), "runs")
	for round := range 5 {
		args := make([]note, 30)
		for k := range args {
			args[k] = note{runs, round*100 + k}
		}
		notes := noting.With(braid.GPUs(1)).Map(t.Context(), c, args)
		d.cut(false)
		got, err := notes.Gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range got {
			if n != 2*(round*100+k) {
				t.Errorf("result %d of round %d is %d", k, round, n)
			}
		}
	}
	text, err := os.ReadFile(runs)
	if lines := strings.Count(string(text), "\n"); err != nil || lines != 150 {
		t.Errorf("150 tasks ran %d times, %v", lines, err)
	}
	if made := d.cut(false); made < 5 || len(pids) != 1 {
		t.Errorf("there were %d connections of %d processes", made, len(pids))
	}
}

func TestAProgramThatCannotComeBack(t *testing.T) {
	report := new(buffer)
	cluster := start(t, local.Options{Processes: 1, Slots: 1, ClientTimeout: 300 * time.Millisecond, Report: report})
	d := newDetour(t, cluster)
	c, err := braid.Open(t.Context(), braid.Options{Address: d.address})
	if err != nil {
		t.Fatal(err)
	}
	f := braid.Submit(t.Context(), c, nap.Call(braid.V(time.Hour)))
	for !strings.Contains(cluster.String(), "1 tasks assigned") { // it has arrived
		if t.Context().Err() != nil {
			t.Fatal("it is not assigned")
		}
	}
	d.cut(true)
	_, err = f.Get(t.Context())
	for _, want := range []string{"the connection to the scheduler was lost", "could not be made again within 300ms"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, without %q", err, want)
		}
	}
	if _, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "was lost") {
		t.Errorf("a task afterwards: %v", err)
	}
	other := open(t, cluster) // has the slot to itself as soon as the first is given up
	if n, err := braid.Submit(t.Context(), other, square.Call(braid.V(3))).Get(t.Context()); err != nil || n != 9 {
		t.Errorf("another program: %d, %v", n, err)
	}
	if text := report.String(); !strings.Contains(text, "has not come back within 300ms") {
		t.Errorf("the cluster reports %q", text)
	}
	_ = c.Close()
}

// A program that is killed is not waited for.
func TestAProgramThatIsKilledIsReleasedAtOnce(t *testing.T) {
	cluster := start(t, local.Options{Processes: 1, Slots: 1})
	dir := t.TempDir()
	cmd := guest(t, cluster, "one", "wait")
	cmd.Env = append(cmd.Env, "WAIT="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	began(t, dir)
	o, err := inside.Observe(t.Context(), cluster.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if x, err := o.Inspect(t.Context()); err != nil || len(x.Programs) != 1 {
		t.Fatal(x, err)
	}
	kill(t, cmd.Process.Pid)
	killed := time.Now()
	for programs := 1; programs > 0; { // its parent, which is this process, has not taken notice yet
		x, err := o.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		programs = len(x.Programs)
		if time.Since(killed) > 30*time.Second {
			t.Fatal("it is still waited for")
		}
	}
	_ = cmd.Wait()
}
