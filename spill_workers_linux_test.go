package braid_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/braid-compute/braid"
)

// What workers do when the disk on which results are does not do what it should.

// sayings collects what workers say.
type sayings struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *sayings) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *sayings) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// openWorkers opens a client with two workers whose memory is bounded, and returns what they say.
func openWorkers(t *testing.T, limit int64, scratch string) (*braid.Client, *sayings) {
	t.Helper()
	said := new(sayings)
	c, err := braid.Open(t.Context(), braid.Options{Processes: 2, Slots: 1, MemoryLimit: limit, Scratch: scratch, Output: said})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	return c, said
}

// blocksOf makes blocks of a MiB, the numbers of block k being k, and waits for them.
func blocksOf(t *testing.T, c *braid.Client, n int) *braid.Futures[[]float64] {
	t.Helper()
	args := make([][2]int64, n)
	for k := range args {
		args[k] = [2]int64{int64(k), 1 << 17}
	}
	blocks := manyNumbers.Map(t.Context(), c, args)
	if err := blocks.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return blocks
}

// sumOf sums blocks on the workers.
func sumOf(ctx context.Context, c *braid.Client, blocks *braid.Futures[[]float64], n int) (float64, error) {
	parts := make([]*braid.Delayed[float64], n)
	for k := range parts {
		parts[k] = totalOf.Call(blocks.At(k))
	}
	return braid.Submit(ctx, c, totalOf.Call(braid.All(parts))).Get(ctx)
}

// damage flips a bit in the middle of every spill file, or removes every third one, and returns how many there were.
func damage(t *testing.T, scratch string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(scratch, "braid-spill-*", "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if n++; n%3 == 0 {
			_ = os.Remove(path) // unless its owner has just done so
			continue
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		at, b := int64(512<<10), make([]byte, 1)
		if _, err := f.ReadAt(b, at); err == nil { // or it is still being written
			b[0] ^= 0x10
			if _, err := f.WriteAt(b, at); err != nil {
				t.Error(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	return n
}

// Results whose files are damaged on a worker are found by their checksums and made again, for tasks and for the client.
func TestDamagedResultsAreMadeAgainOnWorkers(t *testing.T) {
	scratch := t.TempDir()
	c, said := openWorkers(t, 8<<20, scratch)
	const n = 40
	blocks := blocksOf(t, c, n)
	want := float64(n*(n-1)/2) * (1 << 17)
	if damaged := damage(t, scratch); damaged < 20 {
		t.Fatalf("only %d results were on disk", damaged)
	}
	if sum, err := sumOf(t.Context(), c, blocks, n); err != nil || sum != want {
		t.Errorf("the sum is %g, %v; want %g. The workers said\n%s", sum, err, want, said)
	}
	if said := said.String(); !strings.Contains(said, "has to be made again") || !strings.Contains(said, "the spill file "+scratch) {
		t.Errorf("the workers do not say that results were lost, and which files were damaged:\n%s", said)
	}
	if damaged := damage(t, scratch); damaged < 20 {
		t.Errorf("only %d results were on disk", damaged)
	}
	for k, x := range mustGather(t, blocks) {
		if len(x) != 1<<17 || x[0] != float64(k) || x[1<<16] != float64(k) || x[len(x)-1] != float64(k) {
			t.Fatalf("block %d has %d numbers: %g, %g, %g", k, len(x), x[0], x[1<<16], x[len(x)-1])
		}
	}
	blocks.Release()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, scratch)
}

// smallDisk mounts a file system of a few MiB and returns its folder.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// Workers that cannot write keep results in memory, go on, and say why.
func TestWorkersThatCannotWrite(t *testing.T) {
	for _, test := range []struct {
		name, disk, says string
		block            int64
		spoil            func(folder string) error
	}{
		{"full", "3m", "no space left", 1 << 20, nil},
		{"smaller than a block", "1m", "no space left", 4 << 20, nil},
		{"read-only", "64m", "read-only file system", 1 << 20, func(folder string) error {
			return syscall.Mount("none", folder, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=64m")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			scratch := smallDisk(t, test.disk)
			p := spillPlay{Limit: 16 << 20, Block: test.block, Blocks: int(48 << 20 / test.block), Processes: 2, Scratch: scratch}
			c, said := openWorkers(t, p.Limit/2, scratch)
			if test.spoil != nil {
				if err := test.spoil(scratch); err != nil {
					t.Fatal(err)
				}
			}
			res, blocks, err := p.keepAndSum(t.Context(), c)
			if err != nil || res.Sum != p.want() {
				t.Errorf("%+v, %v; want %g", res, err, p.want())
			}
			for _, want := range []string{test.says, scratch, "stay in memory", "choose another scratch folder"} {
				if !strings.Contains(said.String(), want) {
					t.Errorf("the workers do not say %q:\n%s", want, said)
				}
			}
			blocks.Release()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			wantEmpty(t, scratch)
		})
	}
}

// A limit below the size of one block slows workers and does not stop them.
func TestAMemoryLimitOfWorkersBelowOneBlock(t *testing.T) {
	p := spillPlay{Limit: 4 << 20, Block: 4 << 20, Blocks: 8, Processes: 2, Scratch: t.TempDir()}
	c, said := openWorkers(t, p.Limit/2, p.Scratch)
	res, blocks, err := p.keepAndSum(t.Context(), c)
	if err != nil || res.Sum != p.want() {
		t.Fatalf("%+v, %v; want %g. The workers said\n%s", res, err, p.want(), said)
	}
	for k, x := range mustGather(t, blocks) {
		if len(x) != int(p.Block/8) || x[0] != float64(k) || x[len(x)-1] != float64(k) {
			t.Fatalf("block %d has %d numbers from %g to %g", k, len(x), x[0], x[len(x)-1])
		}
	}
	blocks.Release()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, p.Scratch)
}
