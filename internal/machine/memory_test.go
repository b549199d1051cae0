package machine

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// place builds surroundings from a tree under testdata ("" for a system without one) and variables.
func place(tree string, env map[string]string) surroundings {
	s := surroundings{
		lookup:       func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		goLimit:      math.MaxInt64,
		addressSpace: func() (uint64, error) { return math.MaxUint64, nil },
		physical:     func() (int64, error) { return 16 * gib, nil },
	}
	if tree != "" {
		s.root = os.DirFS(filepath.Join("testdata", tree))
	}
	return s
}

const machineMemory = 65536000 * 1024 // in the trees of testdata

func TestMemoryIsTheLeastOfAllSources(t *testing.T) {
	type env map[string]string
	for _, c := range []struct {
		name, tree string
		env        env
		bytes      int64
		source     string
	}{
		{"no limit", "v2-max", nil, machineMemory, "physical memory"},
		{"limit above the own cgroup", "v2-nested", nil, 8 * gib, "cgroup limit"},
		{"version 1", "v1", nil, 4 * gib, "cgroup limit"},
		{"container", "v1-container", nil, 512 * mib, "cgroup limit"},
		{"hybrid, limited in version 2", "hybrid", nil, 2 * gib, "cgroup limit"},
		{"not Linux", "", nil, 16 * gib, "physical memory"},
		{"nothing known", "bare", nil, 0, "unknown"},
		{"nothing known but a grant", "bare", env{"SLURM_MEM_PER_NODE": "100"}, 100 * mib, "SLURM_MEM_PER_NODE"},
		{"explicit exceeds everything", "v2-nested", env{"BRAID_MEMORY": "1TiB"}, 1 << 40, "BRAID_MEMORY"},
		{"explicit beats smaller grants", "v2-nested", env{"BRAID_MEMORY": "20GiB", "SLURM_MEM_PER_NODE": "1024"}, 20 * gib, "BRAID_MEMORY"},
		{"Slurm per node", "v2-max", env{"SLURM_MEM_PER_NODE": "4096"}, 4 * gib, "SLURM_MEM_PER_NODE"},
		{"Slurm, whole node", "v2-max", env{"SLURM_MEM_PER_NODE": "0"}, machineMemory, "physical memory"},
		{"Slurm per CPU", "v2-max", env{"SLURM_MEM_PER_CPU": "2048", "SLURM_CPUS_ON_NODE": "6"}, 12 * gib, "SLURM_MEM_PER_CPU"},
		{"Slurm per CPU, CPUs unknown", "v2-max", env{"SLURM_MEM_PER_CPU": "2048"}, machineMemory, "physical memory"},
		{"Slurm grant equal to the cgroup is named", "v2-nested", env{"SLURM_MEM_PER_NODE": "8192"}, 8 * gib, "SLURM_MEM_PER_NODE"},
		{"Slurm grant above the cgroup", "v2-nested", env{"SLURM_MEM_PER_NODE": "9000"}, 8 * gib, "cgroup limit"},
	} {
		a := place(c.tree, c.env).allowance()
		if a.Bytes != c.bytes || a.Source != c.source {
			t.Errorf("%s: %d (%s), want %d (%s)\n%+v", c.name, a.Bytes, a.Source, c.bytes, c.source, a.Considered)
		}
		decided := 0
		for _, s := range a.Considered {
			if s.Decided {
				decided++
				if s.Name != a.Source || s.Bytes != a.Bytes {
					t.Errorf("%s: %+v is said to have decided %v", c.name, s, a)
				}
			}
		}
		if want := min(c.bytes, 1); int64(decided) != want {
			t.Errorf("%s: %d sources decided, want %d", c.name, decided, want)
		}
	}
}

func TestLimitsOfRuntimeAndSystemCount(t *testing.T) {
	s := place("v2-max", nil)
	s.addressSpace = func() (uint64, error) { return 6 * gib, nil }
	if a := s.allowance(); a.Bytes != 6*gib || a.Source != "address space limit" {
		t.Errorf("address space of 6 GiB: %v", a)
	}
	s.goLimit = 3 * gib
	if a := s.allowance(); a.Bytes != 3*gib || a.Source != "GOMEMLIMIT" || a.String() != "3.0 GiB (GOMEMLIMIT)" {
		t.Errorf("GOMEMLIMIT of 3 GiB: %v", a)
	}
	s.goLimit = 0
	if a := s.allowance(); a.Bytes != 6*gib || !strings.Contains(considered(a, "GOMEMLIMIT").Note, "ignored") {
		t.Errorf("GOMEMLIMIT of 0: %v", a)
	}
	s.addressSpace = func() (uint64, error) { return 0, errors.New("refused") }
	if a := s.allowance(); a.Bytes != machineMemory || considered(a, "address space limit").Note != "ignored: refused" {
		t.Errorf("unreadable limit: %v, %+v", a, a.Considered)
	}
}

func considered(a Allowance, name string) MemorySource {
	for _, s := range a.Considered {
		if s.Name == name {
			return s
		}
	}
	return MemorySource{}
}

func TestBadValuesAreIgnoredWithTheReason(t *testing.T) {
	for _, c := range []struct{ name, value, reason string }{
		{"BRAID_MEMORY", "lots", "not a size such as 8GiB"},
		{"BRAID_MEMORY", "8", "less than 1 MiB; write a unit"},
		{"BRAID_MEMORY", "8 GiBs", "not a size"},
		{"BRAID_MEMORY", "-8GiB", "not a size"},
		{"BRAID_MEMORY", "1e3GiB", "not a size"},
		{"BRAID_MEMORY", "2000PiB", "more than 1 EiB"},
		{"BRAID_MEMORY", strings.Repeat("9", 400), "more than 1 EiB"},
		{"SLURM_MEM_PER_NODE", "UNLIMITED", "not a number of MiB"},
		{"SLURM_MEM_PER_NODE", "0", "all memory of the node"},
		{"SLURM_MEM_PER_NODE", "-5", "less than 0"},
		{"SLURM_MEM_PER_NODE", "3K", "less than 1 MiB"},
		{"SLURM_MEM_PER_NODE", "99999999999999999999", "more than 1 EiB"},
		{"SLURM_MEM_PER_CPU", "1T", `SLURM_CPUS_ON_NODE is "9999999999x", not a number of CPUs`},
	} {
		a := place("v2-max", map[string]string{c.name: c.value, "SLURM_CPUS_ON_NODE": "9999999999x"}).allowance()
		got := considered(a, c.name)
		if a.Bytes != machineMemory || got.Bytes != 0 || got.Value != c.value || !strings.HasPrefix(got.Note, "ignored: ") || !strings.Contains(got.Note, c.reason) {
			t.Errorf("%s=%s: %v, %+v", c.name, c.value, a, got)
		}
	}
	a := place("v2-max", map[string]string{"BRAID_MEMORY": " ", "SLURM_MEM_PER_CPU": "1T", "SLURM_CPUS_ON_NODE": "9999999"}).allowance()
	if got := considered(a, "BRAID_MEMORY"); got.Note != "not set" {
		t.Errorf("blank: %+v", got)
	}
	if got := considered(a, "SLURM_MEM_PER_CPU"); got.Bytes != 0 || !strings.Contains(got.Note, "more than 1 EiB") {
		t.Errorf("huge product: %+v", got)
	}
}

func TestConsideredSaysWhereLimitsWereFound(t *testing.T) {
	a := place("v2-nested", map[string]string{"SLURM_MEM_PER_CPU": "4G", "SLURM_CPUS_ON_NODE": "3"}).allowance()
	for _, want := range []MemorySource{
		{"SLURM_MEM_PER_CPU", "4G", 12 * gib, false, "times SLURM_CPUS_ON_NODE=3"},
		{"cgroup limit", "8589934592", 8 * gib, true, "/sys/fs/cgroup/job/step/memory.max"},
		{"address space limit", "", 0, false, "none set"},
		{"physical memory", "65536000 kB", machineMemory, false, "MemTotal in /proc/meminfo"},
	} {
		if got := considered(a, want.Name); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if got := considered(place("bare", nil).allowance(), "cgroup limit").Note; !strings.Contains(got, "mountinfo") {
		t.Errorf("no mountinfo: %q", got)
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	a := Memory()
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		if a.Bytes < int64(stats.HeapInuse) {
			t.Errorf("%v, less than this process has: %+v", a, a.Considered)
		}
	}
	a.Considered[0].Name = "changed by the caller"
	if Memory().Considered[0].Name != "BRAID_MEMORY" {
		t.Error("a caller can change what the next one gets")
	}
}
