package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Allowance says how much memory this process may use, and why.
type Allowance struct {
	Bytes      int64          // 0 if no source says anything
	Source     string         // name of the source that decided, such as "cgroup limit"; "unknown" if there is none
	Considered []MemorySource // all that was looked at, highest authority first
}

// MemorySource is one place that speaks about the amount of memory.
type MemorySource struct {
	Name    string // the variable, "cgroup limit", "address space limit" or "physical memory"
	Value   string // as found there; "" if it says nothing
	Bytes   int64  // what Value comes to; 0 if it says nothing or is ignored
	Decided bool   // true for the source of an Allowance
	Note    string // where the value was found, or why it is ignored
}

// String returns the amount and its source on one line.
func (a Allowance) String() string {
	if a.Bytes == 0 {
		return a.Source
	}
	return fmt.Sprintf("%.1f GiB (%s)", float64(a.Bytes)/gib, a.Source)
}

// Memory returns how much memory this process may use and where that number comes from. It is found once, at the first
// call, and kept.
//
// BRAID_MEMORY, a size such as "8GiB" or "512 MiB", decides alone if it is from 1 MiB to 1 EiB. KiB, MiB, GiB, TiB and
// PiB, and the bare letters K to P as batch systems use them, are powers of 1024; kB to PB are powers of 1000; a number
// alone is bytes. Otherwise the amount is the least of:
//   - the batch system's grant: SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU times the CPUs that the job has on this node,
//     both in MiB;
//   - GOMEMLIMIT, above which the garbage collector would not rest;
//   - the memory limit of the cgroup, version 1 or 2, or of a cgroup above it;
//   - the limit on the address space (RLIMIT_AS, "ulimit -v"), which batch systems such as Grid Engine set. It counts
//     addresses, of which a Go program reserves more than it uses, so that the true allowance is somewhat less;
//   - physical memory.
//
// A value that makes no sense is ignored, and Considered says so. What other processes use is not taken off.
func Memory() Allowance {
	a := allowance()
	a.Considered = slices.Clone(a.Considered)
	return a
}

var allowance = sync.OnceValue(func() Allowance {
	s := surroundings{lookup: os.LookupEnv, root: procRoot(), goLimit: goLimit(), addressSpace: addressSpace}
	if s.root == nil {
		s.physical = hostMemory
	}
	return s.allowance()
})

// procRoot is the root of a file system with Linux's /proc and /sys, or nil.
func procRoot() fs.FS {
	if runtime.GOOS != "linux" {
		return nil
	}
	return os.DirFS("/")
}

// surroundings is what Memory looks at.
type surroundings struct {
	lookup       func(name string) (string, bool) // environment variables
	root         fs.FS                            // the root of a Linux file system, else nil
	goLimit      int64                            // of the Go runtime, math.MaxInt64 if there is none
	addressSpace func() (uint64, error)           // the resource limit, math.MaxUint64 if there is none
	physical     func() (int64, error)            // asked without root
}

// errNotRead is the reason why a source is silent on systems that braid does not know well.
var errNotRead = errors.New("not read on this system")

func (s surroundings) allowance() Allowance {
	explicit := s.variable("BRAID_MEMORY", parseSize)
	considered := []MemorySource{
		explicit, s.variable("SLURM_MEM_PER_NODE", parseMebibytes), s.perCPU(),
		s.garbageCollector(), s.cgroup(), s.resourceLimit(), s.hardware(),
	}
	decided := 0
	if explicit.Bytes == 0 {
		decided = len(considered) - 1
		for i := len(considered) - 2; i >= 0; i-- {
			// Among equals the highest authority is named.
			least := considered[decided].Bytes
			if b := considered[i].Bytes; b > 0 && (b <= least || least == 0) {
				decided = i
			}
		}
	}
	d := &considered[decided]
	if d.Bytes == 0 {
		return Allowance{Source: "unknown", Considered: considered}
	}
	d.Decided = true
	return Allowance{Bytes: d.Bytes, Source: d.Name, Considered: considered}
}

// variable reads an environment variable; an empty one counts as not set, as batch systems leave them so.
func (s surroundings) variable(name string, parse func(string) (int64, error)) MemorySource {
	m := MemorySource{Name: name}
	value, _ := s.lookup(name)
	if strings.TrimSpace(value) == "" {
		m.Note = "not set"
		return m
	}
	m.Value = value
	return m.take(parse(value))
}

// take enters what parsing a value gave.
func (m MemorySource) take(bytes int64, err error) MemorySource {
	if err != nil {
		m.Note = "ignored: " + err.Error()
		return m
	}
	m.Bytes = bytes
	return m
}

// perCPU multiplies Slurm's grant per CPU by the CPUs of the job on this node.
func (s surroundings) perCPU() MemorySource {
	m := s.variable("SLURM_MEM_PER_CPU", parseMebibytes)
	if m.Bytes == 0 {
		return m
	}
	const cpus = "SLURM_CPUS_ON_NODE"
	text, _ := s.lookup(cpus)
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case err != nil || n < 1:
		m.Bytes, m.Note = 0, fmt.Sprintf("ignored: %s is %q, not a number of CPUs", cpus, text)
	case m.Bytes > mostBytes/n:
		m.Bytes, m.Note = 0, fmt.Sprintf("ignored: times %s=%d it is more than 1 EiB", cpus, n)
	default:
		m.Bytes, m.Note = m.Bytes*n, fmt.Sprintf("times %s=%d", cpus, n)
	}
	return m
}

func (s surroundings) garbageCollector() MemorySource {
	m := MemorySource{Name: "GOMEMLIMIT"}
	switch {
	case s.goLimit == math.MaxInt64:
		m.Note = "not set"
	case s.goLimit < leastBytes:
		m.Value, m.Note = strconv.FormatInt(s.goLimit, 10), "ignored: less than 1 MiB, which asks for constant collection"
	default:
		m.Bytes, m.Value, m.Note = s.goLimit, strconv.FormatInt(s.goLimit, 10), "as the Go runtime has it, in bytes"
	}
	return m
}

func (s surroundings) resourceLimit() MemorySource {
	m := MemorySource{Name: "address space limit"}
	limit, err := s.addressSpace()
	switch {
	case errors.Is(err, errNotRead):
		m.Note = err.Error()
	case err != nil:
		m.Note = "ignored: " + err.Error()
	case limit >= unlimited:
		m.Note = "none set"
	default:
		m.Bytes, m.Value, m.Note = int64(limit), strconv.FormatUint(limit, 10), "RLIMIT_AS"
	}
	return m
}

func (s surroundings) hardware() MemorySource {
	m := MemorySource{Name: "physical memory"}
	if s.root == nil {
		bytes, err := s.physical()
		if m = m.take(bytes, err); err == nil {
			m.Value = strconv.FormatInt(bytes, 10)
		}
		return m
	}
	const file = "proc/meminfo"
	data, err := fs.ReadFile(s.root, file)
	if err != nil {
		return m.take(0, err)
	}
	if m.Value, m.Bytes, err = parseMemTotal(string(data)); err != nil {
		return m.take(0, err)
	}
	m.Note = "MemTotal in /" + file
	return m
}

// goLimit is the Go runtime's memory limit when it was asked for first: later, braid may have set one itself.
var goLimit = sync.OnceValue(func() int64 { return debug.SetMemoryLimit(-1) })
