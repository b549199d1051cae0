package par

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// mostCores is the greatest count that is believed: the most that a Linux kernel can be built for (NR_CPUS).
const mostCores = 8192

// Allowance says how many cores this process may use, and why.
type Allowance struct {
	N          int           // at least 1
	Source     string        // name of the source that decided, such as "SLURM_CPUS_PER_TASK"
	Considered []CoresSource // all that was looked at, highest authority first
}

// CoresSource is one place that speaks about the number of cores.
type CoresSource struct {
	Name    string // the variable, "cgroup quota", "affinity mask" or "hardware"
	Value   string // as found there; "" if it says nothing
	Cores   int    // what Value comes to; 0 if it says nothing or is ignored
	Decided bool   // true for one source of an Allowance
	Note    string // where the value was found, or why it is ignored
}

// String returns the number and its source on one line.
func (a Allowance) String() string { return fmt.Sprintf("%d (%s)", a.N, a.Source) }

// Cores returns how many cores this process may use and where that number comes from. It is found once, at the first
// call, and kept. GOMAXPROCS is not changed.
//
// BRAID_CORES decides alone if it is set to a number from 1 to 8192: it may exceed what the machine has. Otherwise
// the number is the least of:
//   - the batch system's grant, from the first of these that says something: SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE,
//     SLURM_JOB_CPUS_PER_NODE (the entry of node SLURM_NODEID); NSLOTS of Grid Engine; NCPUS (inside a PBS job),
//     PBS_NCPUS, PBS_NUM_PPN; LSB_DJOB_NUMPROC of LSF. NSLOTS and LSB_DJOB_NUMPROC count all hosts of a job, so a
//     job on several hosts is looked up in PE_HOSTFILE or LSB_MCPU_HOSTS;
//   - the user's wishes: OMP_NUM_THREADS (its first number), OMP_THREAD_LIMIT, GOMAXPROCS. Variables of single
//     libraries, such as MKL_NUM_THREADS, speak of that library's threads and are not read;
//   - the CPU quota of the cgroup, version 1 or 2, or of a cgroup above it, rounded up: 1.5 cores are used by two
//     goroutines, because one would leave a third of them idle;
//   - the affinity mask, and the hardware, which counts hardware threads.
//
// A variable that is not a number from 1 to 8192 is ignored, and Considered says so. Quota and mask are read on Linux
// only; elsewhere runtime.NumCPU stands for all three, which on Windows heeds the affinity mask.
func Cores() Allowance {
	a := allowance()
	a.Considered = slices.Clone(a.Considered)
	return a
}

var allowance = sync.OnceValue(func() Allowance {
	s := surroundings{lookup: os.LookupEnv, cpus: runtime.NumCPU()}
	if runtime.GOOS == "linux" {
		s.root = os.DirFS("/")
	}
	if host, err := os.Hostname(); err == nil {
		s.host = host
	}
	return s.allowance()
})

// surroundings is what Cores looks at.
type surroundings struct {
	lookup func(name string) (string, bool) // environment variables
	root   fs.FS                            // the root of a Linux file system, else nil
	cpus   int                              // what the Go runtime counts
	host   string                           // this host's name, "" if unknown
}

func (s surroundings) allowance() Allowance {
	explicit := s.variable("BRAID_CORES", parseCount)
	considered := []CoresSource{explicit}
	considered = append(considered, s.granted()...)
	for _, name := range []string{"OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "GOMAXPROCS"} {
		considered = append(considered, s.variable(name, parseFirst))
	}
	considered = append(considered, s.quota(), s.affinity(), s.hardware())

	decided := 0
	if explicit.Cores == 0 {
		decided = len(considered) - 1 // the hardware always says something
		for i := len(considered) - 2; i >= 0; i-- {
			// Among equals the highest authority is named.
			if c := considered[i].Cores; c > 0 && c <= considered[decided].Cores {
				decided = i
			}
		}
	}
	considered[decided].Decided = true
	return Allowance{N: considered[decided].Cores, Source: considered[decided].Name, Considered: considered}
}

// variable reads an environment variable; an empty one counts as not set, as batch systems leave them so.
func (s surroundings) variable(name string, parse func(string) (int, error)) CoresSource {
	c := CoresSource{Name: name}
	value, _ := s.lookup(name)
	if strings.TrimSpace(value) == "" {
		c.Note = "not set"
		return c
	}
	c.Value = value
	n, err := parse(value)
	if err != nil {
		c.Note = "ignored: " + err.Error()
		return c
	}
	c.Cores = n
	return c
}

// affinity counts the CPUs on which the process's first thread may run. The list in /proc has no upper limit on CPUs,
// unlike a mask of fixed size given to sched_getaffinity.
func (s surroundings) affinity() CoresSource {
	const file, field = "proc/self/status", "Cpus_allowed_list:"
	c := CoresSource{Name: "affinity mask"}
	if s.root == nil {
		c.Note = "not read on this system"
		return c
	}
	status, err := fs.ReadFile(s.root, file)
	if err == nil {
		err = fmt.Errorf("no %s in /%s", field, file)
		for line := range strings.Lines(string(status)) {
			if list, ok := strings.CutPrefix(line, field); ok {
				c.Value, c.Note = strings.TrimSpace(list), "/"+file
				c.Cores, err = parseCPUList(c.Value)
				break
			}
		}
	}
	if err != nil {
		// The Go runtime asked for the mask when the process began.
		c.Value, c.Cores, c.Note = strconv.Itoa(s.cpus), max(s.cpus, 1), "runtime.NumCPU, because "+err.Error()
	}
	return c
}

// hardware counts the CPUs that are switched on, or takes the Go runtime's count if the system does not say.
func (s surroundings) hardware() CoresSource {
	const file = "sys/devices/system/cpu/online"
	if s.root != nil {
		if data, err := fs.ReadFile(s.root, file); err == nil {
			list := strings.TrimSpace(string(data))
			if n, err := parseCPUList(list); err == nil {
				return CoresSource{Name: "hardware", Value: list, Cores: n, Note: "/" + file}
			}
		}
	}
	return CoresSource{Name: "hardware", Value: strconv.Itoa(s.cpus), Cores: max(s.cpus, 1), Note: "runtime.NumCPU"}
}

// parseCount reads a number of cores.
func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && n > mostCores:
		return 0, fmt.Errorf("%s is not between 1 and %d", strings.TrimSpace(text), mostCores)
	case err != nil:
		return 0, fmt.Errorf("%q is not a whole number", text)
	case n < 1:
		return 0, fmt.Errorf("%d is less than 1", n)
	}
	return n, nil
}

// parseFirst reads the first number of a list such as "8,2", which OMP_NUM_THREADS has for nested levels.
func parseFirst(text string) (int, error) {
	first, _, _ := strings.Cut(text, ",")
	return parseCount(first)
}

// parseCPUList counts the CPUs of a kernel list such as "0-3,8,10-11", whose ranges ascend.
func parseCPUList(text string) (int, error) {
	count, next := 0, 0
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		lo, errLo := strconv.ParseUint(from, 10, 31)
		hi, errHi := strconv.ParseUint(to, 10, 31)
		if errLo != nil || errHi != nil || lo > hi || int(lo) < next {
			return 0, fmt.Errorf("%q is not a list of CPUs", text)
		}
		count += int(hi - lo + 1)
		next = int(hi) + 1
	}
	if count > mostCores {
		return 0, fmt.Errorf("%d CPUs are more than %d", count, mostCores)
	}
	return count, nil
}
