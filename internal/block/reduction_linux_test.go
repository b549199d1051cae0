package block

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The reduction that docs/decisions/0008 was decided by: blocks of float64 are written and summed, with a few alive at a time, in
// memory from several sources. Each variant runs in a process of its own, since peaks of one process cannot be told apart:
//
//	go test ./internal/block -run '^$' -bench '^BenchmarkReduction' -benchtime 5x
//
// Each round runs every variant once, so that a disturbance of the machine meets all of them.

var (
	reductionTotal = flag.Int64("reduction.total", 4<<30, "bytes that the reduction is over")
	reductionBlock = flag.Int64("reduction.block", 64<<20, "bytes of a block")
	reductionAlive = flag.Int("reduction.alive", 8, "blocks that are alive at a time")
)

const (
	reductionVariable = "BRAID_TEST_REDUCTION" // "variant total block alive"
	reductionLimit    = 1 << 30
)

// A source is where blocks come from. A block's memory need not be zero.
type source struct {
	name string
	open func(bytes, alive int64) (get func() []float64, put func([]float64), err error)
}

var sources = []source{
	{"heap", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return func() []float64 { return make([]float64, bytes/8) }, func([]float64) {}, nil
	}},
	{"heap-gogc-off", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		debug.SetGCPercent(-1)
		return func() []float64 { return make([]float64, bytes/8) }, func([]float64) {}, nil
	}},
	{"heap-recycled", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return recycled(func() []float64 { return make([]float64, bytes/8) })
	}},
	{"mmap-fresh", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return func() []float64 { return floats(mapAnonymous(bytes, false)) }, unmap, nil
	}},
	{"mmap-fresh-huge", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return func() []float64 { return floats(mapAnonymous(bytes, true)) }, unmap, nil
	}},
	{"mmap-recycled", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return recycled(func() []float64 { return floats(mapAnonymous(bytes, false)) })
	}},
	{"mmap-recycled-huge", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return recycled(func() []float64 { return floats(mapAnonymous(bytes, true)) })
	}},
	{"memfd-fresh", func(bytes, _ int64) (func() []float64, func([]float64), error) {
		return func() []float64 { return floats(mapMemfd(bytes, 0, false)) }, unmap, nil
	}},
	{"memfd-recycled", func(bytes, alive int64) (func() []float64, func([]float64), error) {
		return pieces(mapMemfd(bytes*alive, 0, false), bytes)
	}},
	{"memfd-recycled-huge", func(bytes, alive int64) (func() []float64, func([]float64), error) {
		return pieces(mapMemfd(bytes*alive, 0, true), bytes)
	}},
	{"memfd-hugetlb", func(bytes, alive int64) (func() []float64, func([]float64), error) {
		free, _ := os.ReadFile("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
		if n, _ := strconv.ParseInt(strings.TrimSpace(string(free)), 10, 64); n<<21 < bytes*alive {
			return nil, nil, fmt.Errorf("the machine has %d huge pages reserved and free", n)
		}
		return pieces(mapMemfd(bytes*alive, unix.MFD_HUGETLB, false), bytes)
	}},
}

func floats(b []byte) []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/8)
}

func bytesOf(f []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), len(f)*8)
}

func unmap(f []float64) { must(unix.Munmap(bytesOf(f))) }

// must ends the process of a variant, which has nobody else to tell.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func mapAnonymous(bytes int64, huge bool) []byte {
	b, err := unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	must(err)
	if huge {
		must(unix.Madvise(b, unix.MADV_HUGEPAGE))
	}
	return b
}

func mapMemfd(bytes int64, flags int, huge bool) []byte {
	fd, err := unix.MemfdCreate("reduction", unix.MFD_CLOEXEC|flags)
	must(err)
	must(unix.Ftruncate(fd, bytes))
	b, err := unix.Mmap(fd, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	must(err)
	must(unix.Close(fd))
	if huge {
		must(unix.Madvise(b, unix.MADV_HUGEPAGE))
	}
	return b
}

// recycled keeps what is put for who gets next.
func recycled(fresh func() []float64) (func() []float64, func([]float64), error) {
	var kept [][]float64
	get := func() []float64 {
		if n := len(kept); n > 0 {
			f := kept[n-1]
			kept = kept[:n-1]
			return f
		}
		return fresh()
	}
	return get, func(f []float64) { kept = append(kept, f) }, nil
}

// pieces gives out parts of one mapping.
func pieces(whole []byte, bytes int64) (func() []float64, func([]float64), error) {
	next := int64(0)
	return recycled(func() []float64 {
		next += bytes
		return floats(whole[next-bytes : next : next])
	})
}

// reductionResult is what a process says about itself.
type reductionResult struct {
	Skip       string // why the variant cannot be had here
	Seconds    float64
	CPUSeconds float64 // user and system, of the whole process
	GCSeconds  float64 // CPU of the collector, idle marking included
	PeakMiB    float64 // greatest resident set
	PSSMiB     float64 // proportional set size when the last block was written
	FirstNanos float64 // a page: the block written for the first time
	AgainNanos float64 // a page: the same block written once more
	Sum        float64
}

func init() { plays[reductionVariable] = playReduction }

// playReduction is the body of a variant's process.
func playReduction(play string) int {
	var name string
	var total, bytes, alive int64
	if _, err := fmt.Sscan(play, &name, &total, &bytes, &alive); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	i := slices.IndexFunc(sources, func(s source) bool { return s.name == name })
	debug.SetMemoryLimit(reductionLimit)
	var r reductionResult
	get, put, err := sources[i].open(bytes, alive)
	if err != nil {
		r.Skip = err.Error()
	} else {
		r = reduce(total, bytes, int(alive), get, put)
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		return 1
	}
	return 0
}

func reduce(total, bytes int64, alive int, get func() []float64, put func([]float64)) (r reductionResult) {
	start, pages := time.Now(), float64(bytes)/4096
	var live [][]float64
	for k := range int(total / bytes) {
		f := get()
		began := time.Now()
		fill(f, float64(k))
		if k == 0 {
			r.FirstNanos = float64(time.Since(began)) / pages
			began = time.Now()
			fill(f, float64(k))
			r.AgainNanos = float64(time.Since(began)) / pages
		}
		if live = append(live, f); len(live) == alive {
			r.Sum += sum(live[0])
			put(live[0])
			live[0] = nil // the collector must not see it
			live = live[1:]
		}
	}
	r.PSSMiB = proc("smaps_rollup", "Pss:") / 1024
	for _, f := range live {
		r.Sum += sum(f)
		put(f)
	}
	r.Seconds = time.Since(start).Seconds()
	r.PeakMiB = proc("status", "VmHWM:") / 1024
	r.CPUSeconds = cpuSeconds()
	gc := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	runtime.GC() // the figures are as of the last collection
	metrics.Read(gc)
	r.GCSeconds = gc[0].Value.Float64()
	return r
}

func fill(f []float64, x float64) {
	for i := range f {
		f[i] = x
	}
}

func sum(f []float64) (s float64) {
	for _, x := range f {
		s += x
	}
	return s
}

// proc returns a figure in KiB that the kernel knows about this process.
func proc(file, field string) float64 {
	text, err := os.ReadFile("/proc/self/" + file)
	must(err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			must(err)
			return n
		}
	}
	return 0
}

func runReduction(b *testing.B, name string) (r reductionResult) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d %d", reductionVariable, name, *reductionTotal, *reductionBlock, *reductionAlive))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatalf("%s: %v: %s", name, err, out)
	}
	if n := float64(*reductionTotal / *reductionBlock); r.Skip == "" && r.Sum != n*(n-1)/2*float64(*reductionBlock/8) {
		b.Fatalf("%s: the sum is %g", name, r.Sum)
	}
	return r
}

func BenchmarkReduction(b *testing.B) {
	results := make(map[string][]reductionResult)
	for b.Loop() {
		for _, s := range sources {
			results[s.name] = append(results[s.name], runReduction(b, s.name))
		}
	}
	median := func(rs []reductionResult, of func(reductionResult) float64) float64 {
		var all []float64
		for _, r := range rs {
			all = append(all, of(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	fmt.Printf("%-20s %7s %7s %7s %9s %9s %9s %9s %6s\n", "variant", "wall s", "CPU s", "GC s", "peak MiB", "PSS MiB", "first ns", "again ns", "ratio")
	for _, s := range sources {
		rs := results[s.name]
		if rs[0].Skip != "" {
			fmt.Printf("%-20s %s\n", s.name, rs[0].Skip)
			continue
		}
		first := median(rs, func(r reductionResult) float64 { return r.FirstNanos })
		again := median(rs, func(r reductionResult) float64 { return r.AgainNanos })
		fmt.Printf("%-20s %7.2f %7.2f %7.3f %9.0f %9.0f %9.0f %9.0f %6.1f\n", s.name,
			median(rs, func(r reductionResult) float64 { return r.Seconds }),
			median(rs, func(r reductionResult) float64 { return r.CPUSeconds }),
			median(rs, func(r reductionResult) float64 { return r.GCSeconds }),
			median(rs, func(r reductionResult) float64 { return r.PeakMiB }),
			median(rs, func(r reductionResult) float64 { return r.PSSMiB }),
			first, again, first/again)
	}
}
