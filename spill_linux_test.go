package braid_test

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
	"syscall"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

// These tests keep more results than the memory limit allows. Where memory is measured, or a process is killed, the work is in a
// process of its own: this test binary with playVariable set.

const playVariable = "BRAID_TEST_SPILL"

// spillPlay is what such a process does.
type spillPlay struct {
	Limit, Block int64
	Blocks       int
	Processes    int
	Scratch      string
	Stay         bool // it does not end by itself
}

// spillResult is what it says in the end.
type spillResult struct {
	Sum     float64
	Spilled int64
}

var (
	manyNumbers = braid.Func("spill/numbers", func(_ context.Context, a [2]int64) ([]float64, error) {
		x := make([]float64, a[1])
		for k := range x {
			x[k] = float64(a[0])
		}
		return x, nil
	})
	totalOf = braid.Func("spill/total", func(_ context.Context, x []float64) (float64, error) {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return sum, nil
	})
	spilledHere = braid.Func("spill/spilled", func(ctx context.Context, _ int) (int64, error) {
		return braid.FromContext(ctx).SpilledBytes(), nil
	})
)

// keepAndSum makes blocks, keeps them, and sums them in two computations.
func (p spillPlay) keepAndSum(ctx context.Context, c *braid.Client) (res spillResult, blocks *braid.Futures[[]float64], err error) {
	args := make([][2]int64, p.Blocks)
	for k := range args {
		args[k] = [2]int64{int64(k), p.Block / 8}
	}
	blocks = manyNumbers.Map(ctx, c, args)
	if err := blocks.Wait(ctx); err != nil {
		return res, blocks, err
	}
	for range 2 {
		parts := make([]*braid.Delayed[float64], p.Blocks)
		for k := range parts {
			parts[k] = totalOf.Call(blocks.At(k))
		}
		sum, err := braid.Submit(ctx, c, totalOf.Call(braid.All(parts))).Get(ctx)
		if err != nil {
			return res, blocks, err
		}
		res.Sum += sum
	}
	res.Spilled = c.SpilledBytes()
	if p.Processes > 0 {
		each, err := braid.OnEveryWorker(ctx, c, spilledHere.Call(braid.V(0)))
		if err != nil {
			return res, blocks, err
		}
		for _, n := range each {
			res.Spilled += n
		}
	}
	return res, blocks, nil
}

// want returns the sum that keepAndSum should give.
func (p spillPlay) want() float64 {
	return 2 * float64(p.Blocks) * float64(p.Blocks-1) / 2 * float64(p.Block/8)
}

func (p spillPlay) options() braid.Options {
	return braid.Options{Slots: 2, Processes: p.Processes, MemoryLimit: p.Limit / int64(max(p.Processes, 1)), Scratch: p.Scratch}
}

// TestSpillPlay is the body of such a process.
func TestSpillPlay(t *testing.T) {
	words := os.Getenv(playVariable)
	if words == "" {
		t.Skip("other tests start it in a process of its own")
	}
	var p spillPlay
	if err := json.Unmarshal([]byte(words), &p); err != nil {
		t.Fatal(err)
	}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p.Processes > 0 {
		if err := c.WaitWorkers(t.Context(), p.Processes); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("pids", strings.Trim(fmt.Sprint(append(c.Pids(), os.Getpid())), "[]"))
	res, blocks, err := p.keepAndSum(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("result", string(text))
	if p.Stay {
		select {} // until it is killed
	}
	blocks.Release()
}

// start runs the play in a process of its own and returns its result, and the most memory that it and its workers had meanwhile. A
// process that stays is killed then.
func (p spillPlay) start(t *testing.T) (res spillResult, peak int64) {
	t.Helper()
	words, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSpillPlay$", "-test.count=1")
	cmd.Env = append(os.Environ(), playVariable+"="+string(words))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan int64, 1)
	done <- 0 // if it says nothing
	lines, said := bufio.NewScanner(out), ""
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "pids "); ok {
			<-done
			go func() { done <- mostMemory(strings.Fields(text), stop) }()
			continue
		}
		text, ok := strings.CutPrefix(lines.Text(), "result ")
		if !ok {
			said += lines.Text() + "\n"
			continue
		}
		if err := json.Unmarshal([]byte(text), &res); err != nil {
			t.Error(err)
		}
		if p.Stay {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	peak = <-done
	if err := cmd.Wait(); err != nil && !p.Stay {
		t.Fatalf("%v, after\n%s", err, said)
	}
	if res.Sum != p.want() {
		t.Fatalf("the sum is %g instead of %g, after\n%s", res.Sum, p.want(), said)
	}
	return res, peak
}

// mostMemory returns the most memory that processes had together until stop is closed.
func mostMemory(pids []string, stop <-chan struct{}) (peak int64) {
	for {
		sum := int64(0)
		for _, pid := range pids {
			sum += proportionalBytes(pid)
		}
		peak = max(peak, sum)
		select {
		case <-stop:
			return peak
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// proportionalBytes returns the memory of a process, with its share of what it shares with others; 0 if it has ended.
func proportionalBytes(pid string) int64 {
	text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// wantEmpty wants a folder in which nothing is left.
func wantEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("%v are left in the scratch folder, %v", left, err)
	}
}

// A sum over four times the limit, of blocks that are kept, stays below the limit: in one process, and in workers that send half of
// the blocks to each other.
func TestFourTimesTheMemoryLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: measures, which takes long and says nothing under the race detector; run without -short")
	}
	for _, processes := range []int{0, 2} {
		t.Run(fmt.Sprintf("processes=%d", processes), func(t *testing.T) {
			limit := int64(64<<20) << (processes / 2)
			p := spillPlay{Limit: limit, Block: 1 << 20, Blocks: int(4 * limit >> 20), Processes: processes, Scratch: t.TempDir()}
			res, peak := p.start(t)
			t.Logf("peak %d MiB of %d, %d MiB written", peak>>20, limit>>20, res.Spilled>>20)
			if res.Spilled < 3*p.Limit {
				t.Errorf("%d bytes were written, of a limit of %d: at least three times as much must be", res.Spilled, p.Limit)
			}
			// The detector takes memory of its own.
			if !raceEnabled && peak > p.Limit {
				t.Errorf("the processes had %d bytes of a limit of %d", peak, p.Limit)
			}
			wantEmpty(t, p.Scratch)
		})
	}
}

// A process that is killed leaves files, which are gone after the next client of the same scratch folder.
func TestTheNextClientRemovesWhatAKilledOneLeft(t *testing.T) {
	p := spillPlay{Limit: 8 << 20, Block: 1 << 20, Blocks: 16, Scratch: t.TempDir(), Stay: true}
	p.start(t)
	if left, err := os.ReadDir(p.Scratch); err != nil || len(left) == 0 {
		t.Fatalf("nothing was left by the killed process, %v", err)
	}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantEmpty(t, p.Scratch)
}

// A limit below the size of one block slows a program and does not stop it.
func TestAMemoryLimitBelowOneBlock(t *testing.T) {
	p := spillPlay{Limit: 2 << 20, Block: 4 << 20, Blocks: 6, Scratch: t.TempDir()}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	res, blocks, err := p.keepAndSum(t.Context(), c)
	if err != nil || res.Sum != p.want() {
		t.Fatalf("%+v, %v", res, err)
	}
	for k, x := range slices.All(mustGather(t, blocks)) {
		if len(x) != int(p.Block/8) || x[0] != float64(k) || x[len(x)-1] != float64(k) {
			t.Fatalf("block %d has %d numbers from %g to %g", k, len(x), x[0], x[len(x)-1])
		}
	}
	if s := c.String(); !strings.Contains(s, p.Scratch) || !strings.Contains(s, " written so far") {
		t.Errorf("the client does not say what was written and where:\n%s", s)
	}
	blocks.Release()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantEmpty(t, p.Scratch)
}

func mustGather(t *testing.T, f *braid.Futures[[]float64]) [][]float64 {
	t.Helper()
	x, err := f.Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// damageSpilled flips a bit in each file of spilled results.
func damageSpilled(t *testing.T, scratch string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(scratch, "braid-spill-*", "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		b, at := make([]byte, 1), int64(10_000)
		if _, err = f.ReadAt(b, at); err == nil {
			b[0] ^= 1
			_, err = f.WriteAt(b, at)
			damaged++
		}
		if errors.Is(err, io.EOF) {
			err = nil // it is being written
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if damaged == 0 {
		t.Fatalf("none of %d spill files was damaged", len(paths))
	}
}

// Results whose files are damaged are made again from the arguments of their calls, as these were, for tasks and for the client.
func TestDamagedResultsAreMadeAgainInProcess(t *testing.T) {
	p := spillPlay{Limit: 4 << 20, Block: 1 << 20, Blocks: 12, Scratch: t.TempDir()}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	args := make([][2]int64, p.Blocks)
	for k := range args {
		args[k] = [2]int64{int64(k), p.Block / 8}
	}
	blocks := manyNumbers.Map(t.Context(), c, args)
	if err := blocks.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	clear(args) // which they may, now that the results are there
	damageSpilled(t, p.Scratch)
	for k := range p.Blocks / 2 {
		sum, err := braid.Submit(t.Context(), c, totalOf.Call(blocks.At(k))).Get(t.Context())
		if want := float64(int64(k) * p.Block / 8); err != nil || sum != want {
			t.Errorf("block %d has the sum %g, %v; want %g", k, sum, err, want)
		}
	}
	for k, x := range mustGather(t, blocks) {
		if len(x) != int(p.Block/8) || x[10_000/8] != float64(k) {
			t.Errorf("block %d has %d numbers such as %g", k, len(x), x[10_000/8])
		}
	}
}

// A full disk leaves results in memory, and is told.
func TestAFullScratchFolder(t *testing.T) {
	scratch := t.TempDir()
	if err := syscall.Mount("none", scratch, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(scratch, 0); err != nil {
			t.Error(err)
		}
	})
	p := spillPlay{Limit: 8 << 20, Block: 1 << 20, Blocks: 16, Scratch: scratch}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	res, blocks, err := p.keepAndSum(t.Context(), c)
	if err != nil || res.Sum != p.want() {
		t.Errorf("%+v, %v", res, err)
	}
	if s := c.String(); !strings.Contains(s, "no space left") {
		t.Errorf("the client does not say that the disk is full:\n%s", s)
	}
	blocks.Release()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, scratch)
}

// A scratch folder that cannot be used is refused when the client is opened.
func TestImpossibleScratchFolders(t *testing.T) {
	for scratch, want := range map[string]string{
		"/proc":                               "cannot be written to",
		filepath.Join(t.TempDir(), "missing"): "cannot be written to",
		"/dev/shm":                            "which is memory",
	} {
		for _, processes := range []int{0, 1} {
			c, err := braid.Open(t.Context(), braid.Options{Scratch: scratch, Processes: processes})
			if err == nil {
				err = errors.Join(fmt.Errorf("it was opened"), c.Close())
			}
			if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, scratch) {
				t.Errorf("%s, %d processes: %s", scratch, processes, text)
			}
		}
	}
	t.Setenv("BRAID_SCRATCH", "/proc")
	if _, err := braid.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "BRAID_SCRATCH") {
		t.Errorf("BRAID_SCRATCH=/proc: %v", err)
	}
}

// Without a limit nothing is written.
func TestWithoutAMemoryLimitNothingIsWritten(t *testing.T) {
	p := spillPlay{Limit: -1, Block: 1 << 20, Blocks: 4, Scratch: t.TempDir()}
	c, err := braid.Open(t.Context(), p.options())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if res, _, err := p.keepAndSum(t.Context(), c); err != nil || res.Sum != p.want() || res.Spilled != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	wantEmpty(t, p.Scratch)
}

type spillPoint struct {
	X, Y int32
	Near bool
}

type spillPoints []spillPoint

var (
	manyPoints = braid.Func("spill/points", func(_ context.Context, n int) (spillPoints, error) {
		p := make(spillPoints, n)
		for k := range p {
			p[k] = spillPoint{int32(k), int32(-k), k%2 == 0}
		}
		return p, nil
	})
	longText = braid.Func("spill/text", func(_ context.Context, n int) (string, error) { return strings.Repeat("ä", n), nil })
	manyKeys = braid.Func("spill/keys", func(_ context.Context, n int) (map[string]int, error) {
		m := make(map[string]int)
		for k := range n {
			m[strconv.Itoa(k)] = k
		}
		return m, nil
	})
	channels = braid.Func("spill/channels", func(_ context.Context, n int) ([]chan int, error) { return make([]chan int, n), nil })
)

// Values of all kinds come back from disk as they were; those that cannot be encoded stay in memory.
func TestValuesComeBackFromDisk(t *testing.T) {
	c, err := braid.Open(t.Context(), braid.Options{Slots: 2, MemoryLimit: 1 << 20, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	expected := braid.ExpectBytes(60_000)
	points := manyPoints.Map(t.Context(), c, slices.Repeat([]int{10_000}, 20))
	texts := longText.Map(t.Context(), c, slices.Repeat([]int{30_000}, 20))
	keys := manyKeys.With(expected).Map(t.Context(), c, slices.Repeat([]int{3000}, 20))
	rest := channels.With(expected).Map(t.Context(), c, []int{3, 4})
	scattered := braid.Scatter(t.Context(), c, slices.Repeat([]int{7}, 100_000))
	for _, all := range []interface{ Wait(context.Context) error }{points, texts, keys, rest, scattered} {
		if err := all.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for k := range 20 {
		p, err := points.At(k).Get(t.Context())
		if err != nil || len(p) != 10_000 || p[9999] != (spillPoint{9999, -9999, false}) {
			t.Fatalf("%d points, %v", len(p), err)
		}
		s, err := texts.At(k).Get(t.Context())
		if err != nil || s != strings.Repeat("ä", 30_000) {
			t.Fatalf("%d bytes of text, %v", len(s), err)
		}
		m, err := keys.At(k).Get(t.Context())
		if err != nil || len(m) != 3000 || m["2999"] != 2999 {
			t.Fatalf("%d keys, %v", len(m), err)
		}
	}
	if x, err := rest.Gather(t.Context()); err != nil || len(x[0]) != 3 || len(x[1]) != 4 {
		t.Errorf("%v, %v", x, err)
	}
	if x, err := scattered.Get(t.Context()); err != nil || len(x) != 100_000 || x[99_999] != 7 {
		t.Errorf("%d numbers, %v", len(x), err)
	}
	if n := c.SpilledBytes(); n < 4<<20 {
		t.Errorf("%d bytes were written", n)
	}
}
