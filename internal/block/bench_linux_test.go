package block

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var mappedBytes = flag.Int64("mapped", 1<<30, "bytes of the block that another process maps")

// BenchmarkMapped is a block in another process: from its place in the arena to its first byte.
func BenchmarkMapped(b *testing.B) {
	s := openStore(b, Options{Limit: 2 * *mappedBytes})
	ask, _ := reader(b, s)
	blk := func() *Block {
		buf, err := s.Buffer(context.Background(), *mappedBytes, nil)
		if err != nil {
			b.Fatal(err)
		}
		clear(buf.Bytes())
		return buf.Seal()
	}()
	defer blk.Release()
	e, r, err := blk.Loan(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer e.Release()
	var micros []float64
	for b.Loop() {
		// Pages that the reader has not touched before, as of another block.
		part := Ref{Offset: r.Offset + int64(len(micros))*64<<10%(r.Bytes/2), Bytes: r.Bytes / 2}
		if len(micros) == 0 {
			part = r
		}
		_, _, took := ask(part)
		micros = append(micros, float64(took)/1e3)
	}
	b.ReportMetric(micros[0], "first_µs")
	b.ReportMetric(middle(micros), "µs")
}

// The reduction over four times the limit with a store: blocks are made and kept, and summed twice in their order.
//
//	go test ./internal/block -run '^$' -bench StoreReduction -benchtime 5x

const storeVariable = "BRAID_TEST_STORE" // "kind total block limit folder"

func init() { plays[storeVariable] = playStore }

type storeResult struct {
	Write, First, Second float64 // seconds: made and kept, read once, read again
	CPUSeconds           float64
	PeakMiB, HWMMiB      float64 // greatest proportional set size seen, greatest resident set
	SpilledMiB, ReadMiB  float64
	Sum                  float64
}

func playStore(play string) int {
	var total, bytes, limit int64
	var kind, folder string
	_, err := fmt.Sscan(play, &kind, &total, &bytes, &limit, &folder)
	must(err)
	s, err := Open(Options{Limit: limit, Scratch: folder, GuideHeap: true})
	must(err)
	var r storeResult
	ctx, began := context.Background(), time.Now()
	blocks := make([]*Block, total/bytes)
	next, ended := make(chan int), make(chan float64)
	each := func(f func(k int) float64) (sum float64) {
		workers := runtime.GOMAXPROCS(0)
		for range workers {
			go func() {
				sum := 0.0
				for k := range next {
					sum += f(k)
				}
				ended <- sum
			}()
		}
		for k := range blocks {
			next <- k
			if k%4 == 3 {
				r.PeakMiB = max(r.PeakMiB, proc("smaps_rollup", "Pss:")/1024)
			}
		}
		close(next)
		for range workers {
			sum += <-ended
		}
		next = make(chan int)
		return sum
	}
	form := &Form{
		Size:   func(v any) (int64, bool) { return int64(len(v.([]float64))) * 8, true },
		Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, bytesOf(v.([]float64))...), nil },
		Decode: func(data []byte) (any, error) { return append([]float64(nil), floats(data)...), nil },
		Lend:   func(v any) ([]byte, bool) { return bytesOf(v.([]float64)), true },
		Make: func(n int64) (any, []byte) {
			f := make([]float64, n/8)
			return f, bytesOf(f)
		},
	}
	each(func(k int) float64 {
		room, err := s.Reserve(ctx, bytes)
		must(err)
		defer room.Release()
		if kind == "boxed" {
			f := make([]float64, bytes/8)
			fill(f, float64(k))
			blocks[k], err = s.Box(ctx, f, form, room)
			must(err)
			return 0
		}
		b, err := s.Buffer(ctx, bytes, room)
		must(err)
		fill(floats(b.Bytes()), float64(k))
		blocks[k] = b.Seal()
		return 0
	})
	r.Write = time.Since(began).Seconds()
	for _, took := range []*float64{&r.First, &r.Second} {
		began = time.Now()
		r.Sum += each(func(k int) float64 {
			v, err := blocks[k].Pin(ctx)
			must(err)
			defer v.Release()
			if f, ok := v.Value().([]float64); ok {
				return sum(f)
			}
			return sum(floats(v.Bytes()))
		})
		*took = time.Since(began).Seconds()
	}
	r.HWMMiB = proc("status", "VmHWM:") / 1024
	r.CPUSeconds = cpuSeconds()
	got := s.Stats()
	r.SpilledMiB, r.ReadMiB = float64(got.SpilledBytes)/(1<<20), float64(got.ReadBytes)/(1<<20)
	must(s.Close())
	must(json.NewEncoder(os.Stdout).Encode(r))
	return 0
}

// plainDisk writes and reads files of these sizes, one after the other, through one buffer.
func plainDisk(b *testing.B, dir string, total, bytes int64) (write, read float64) {
	buf := make([]byte, bytes)
	fill(floats(buf), 1)
	began := time.Now()
	for k := range total / bytes {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("plain", k)), buf, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	write = time.Since(began).Seconds()
	began = time.Now()
	for k := range total / bytes {
		path := filepath.Join(dir, fmt.Sprint("plain", k))
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := readAt(f, buf, 0); err != nil {
			b.Fatal(err)
		}
		f.Close()
		os.Remove(path)
	}
	return write, time.Since(began).Seconds()
}

func BenchmarkStoreReduction(b *testing.B) {
	for _, kind := range []string{"flat", "boxed"} {
		b.Run(kind, func(b *testing.B) { benchmarkStoreReduction(b, kind) })
	}
}

func benchmarkStoreReduction(b *testing.B, kind string) {
	dir, limit := b.TempDir(), *reductionTotal/4
	var all = map[string][]float64{}
	for b.Loop() {
		write, read := plainDisk(b, dir, *reductionTotal, *reductionBlock)
		out, _, cmd := otherWith(b, storeVariable, fmt.Sprintf("%s %d %d %d %s", kind, *reductionTotal, *reductionBlock, limit, dir))
		var r storeResult
		if err := json.NewDecoder(out).Decode(&r); err != nil {
			b.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		n := float64(*reductionTotal / *reductionBlock)
		if r.Sum != n*(n-1)*float64(*reductionBlock/8) {
			b.Fatalf("the sum is %g", r.Sum)
		}
		for what, x := range map[string]float64{"plain_write_s": write, "plain_read_s": read, "made_s": r.Write, "first_s": r.First, "second_s": r.Second,
			"CPU_s": r.CPUSeconds, "peak_MiB": r.PeakMiB, "HWM_MiB": r.HWMMiB, "spilled_MiB": r.SpilledMiB, "read_MiB": r.ReadMiB,
			"of_disk": (write + read) / (r.Write + r.First), "peak_over_limit": max(r.PeakMiB, r.HWMMiB) * (1 << 20) / float64(limit)} {
			all[what] = append(all[what], x)
		}
	}
	for what, x := range all {
		b.ReportMetric(middle(x), what)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSpill compares writing blocks to spill files with writing the same bytes to plain files of the same sizes, and
// reading them back; nothing is synced. Each round does all four, so that a disturbance meets all.
func BenchmarkSpill(b *testing.B) {
	for _, n := range []int64{64 << 10, 1 << 20, 8 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("%dKiB", n>>10), func(b *testing.B) { benchmarkSpill(b, n) })
	}
}

func benchmarkSpill(b *testing.B, n int64) {
	dir := b.TempDir()
	s := openStore(b, Options{Limit: 1 << 30, Scratch: dir})
	count := max(1, 256<<20/n)
	m := s.arena.take(n, 1<<30)
	copy(m.bytes, pattern(int(n)))
	into := s.arena.take(n, 1<<30)
	clear(into.bytes)
	blk := &Block{number: 1, size: n}
	batch := max(1, segmentBytes/n) // as the keeper does it
	if n >= ownFile {
		batch = 1
	}
	rates, cpu := map[string][]float64{}, map[string][]float64{}
	timed := func(what string, f func()) {
		began, used := time.Now(), cpuSeconds()
		f()
		rates[what] = append(rates[what], float64(count*n)/float64(time.Since(began)))
		cpu[what] = append(cpu[what], cpuSeconds()-used)
	}
	for b.Loop() {
		var paths []string
		timed("plain_write", func() {
			for k := range count {
				paths = append(paths, filepath.Join(dir, fmt.Sprint("plain", k)))
				if err := os.WriteFile(paths[k], m.bytes, 0o600); err != nil {
					b.Fatal(err)
				}
			}
		})
		timed("plain_read", func() {
			for _, p := range paths {
				f, err := os.Open(p)
				if err != nil {
					b.Fatal(err)
				}
				if err := readAt(f, into.bytes, 0); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
		for _, p := range paths {
			os.Remove(p)
		}
		var places []place
		timed("spill_write", func() {
			for int64(len(places)) < count {
				out := make([]outgoing, min(batch, count-int64(len(places))))
				for k := range out {
					out[k] = outgoing{b: blk, kind: kindFlat, payload: m.bytes}
				}
				_, ps, err := s.spill.write(out)
				if err != nil {
					b.Fatal(err)
				}
				places = append(places, ps...)
			}
		})
		timed("spill_read", func() {
			for _, p := range places {
				if err := s.spill.read(blk, p, kindFlat, into.bytes); err != nil {
					b.Fatal(err)
				}
			}
		})
		timed("mapped_read", func() { // as if files were mapped: checked and summed, and not copied
			for _, p := range places {
				readMapped(b, p, n)
			}
		})
		for k, p := range places {
			if k == 0 || places[k-1].seg != p.seg {
				os.Remove(p.seg.path)
			}
		}
	}
	for what, r := range rates {
		b.ReportMetric(middle(r), what+"_GB/s")
	}
	for _, what := range []string{"write", "read"} {
		b.ReportMetric(middle(rates["spill_"+what])/middle(rates["plain_"+what]), what+"_ratio")
		b.ReportMetric(middle(cpu["spill_"+what])/middle(cpu["plain_"+what]), what+"_CPU_ratio")
	}
	b.ReportMetric(middle(cpu["mapped_read"])/middle(cpu["spill_read"]), "mapped_read_CPU_ratio")
	b.ReportMetric(0, "ns/op")
}

func readMapped(b *testing.B, p place, n int64) {
	f, err := os.Open(p.seg.path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	data, err := unix.Mmap(int(f.Fd()), 0, int(p.offset+headerSize+n), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		b.Fatal(err)
	}
	crc32.Checksum(data[p.offset+headerSize:], castagnoli)
	must(unix.Munmap(data))
}

// cpuSeconds returns what this process has used, user and system.
func cpuSeconds() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
