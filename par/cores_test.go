package par

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// place builds surroundings from a tree under testdata ("" for a system without one) and variables.
func place(tree string, env map[string]string) surroundings {
	s := surroundings{
		lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		cpus:   64, host: "node2",
	}
	if tree != "" {
		s.root = os.DirFS(filepath.Join("testdata", tree))
	}
	return s
}

func TestCoresIsTheLeastOfAllSources(t *testing.T) {
	type env map[string]string
	for _, c := range []struct {
		name, tree string
		env        env
		n          int
		source     string
	}{
		{"no limit", "v2-max", nil, 16, "affinity mask"},
		{"quota above the own cgroup, 2.5 rounded up", "v2-nested", nil, 3, "cgroup quota"},
		{"version 1 quota", "v1", nil, 4, "cgroup quota"},
		{"container, half a core", "v1-container", nil, 1, "cgroup quota"},
		{"hybrid, bound to one CPU", "hybrid", nil, 1, "affinity mask"},
		{"not Linux", "", nil, 64, "hardware"},
		{"explicit exceeds everything", "v2-nested", env{"BRAID_CORES": "40"}, 40, "BRAID_CORES"},
		{"explicit beats smaller grants", "v2-max", env{"BRAID_CORES": "9", "SLURM_CPUS_PER_TASK": "2", "OMP_NUM_THREADS": "1"}, 9, "BRAID_CORES"},
		{"Slurm task", "v2-max", env{"SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "2"}, 4, "SLURM_CPUS_PER_TASK"},
		{"Slurm grant above the quota", "v2-nested", env{"SLURM_CPUS_PER_TASK": "12"}, 3, "cgroup quota"},
		{"Slurm grant equal to the mask is named", "v2-max", env{"SLURM_CPUS_PER_TASK": "16"}, 16, "SLURM_CPUS_PER_TASK"},
		{"Slurm node", "v2-max", env{"SLURM_CPUS_ON_NODE": "8"}, 8, "SLURM_CPUS_ON_NODE"},
		{"Slurm list, first node", "v2-max", env{"SLURM_JOB_CPUS_PER_NODE": "10(x2),5"}, 10, "SLURM_JOB_CPUS_PER_NODE"},
		{"Slurm list, third node", "v2-max", env{"SLURM_JOB_CPUS_PER_NODE": "10(x2),5", "SLURM_NODEID": "2"}, 5, "SLURM_JOB_CPUS_PER_NODE"},
		{"Slurm list too short", "v2-max", env{"SLURM_JOB_CPUS_PER_NODE": "10(x2),5", "SLURM_NODEID": "3"}, 16, "affinity mask"},
		{"Grid Engine", "v2-max", env{"NSLOTS": "6", "NHOSTS": "1"}, 6, "NSLOTS"},
		{"Grid Engine on several hosts", "sge", env{"NSLOTS": "12", "NHOSTS": "2", "PE_HOSTFILE": "/spool/pe_hostfile"}, 8, "NSLOTS"},
		{"Grid Engine on several hosts, no list", "v2-max", env{"NSLOTS": "12", "NHOSTS": "2"}, 16, "affinity mask"},
		{"PBS Pro", "v2-max", env{"NCPUS": "7", "PBS_JOBID": "12.head"}, 7, "NCPUS"},
		{"NCPUS without a job", "v2-max", env{"NCPUS": "7"}, 16, "affinity mask"},
		{"Torque", "v2-max", env{"PBS_NUM_PPN": "5"}, 5, "PBS_NUM_PPN"},
		{"LSF", "v2-max", env{"LSB_DJOB_NUMPROC": "3", "LSB_MCPU_HOSTS": "node2 3"}, 3, "LSB_DJOB_NUMPROC"},
		{"LSF on several hosts", "v2-max", env{"LSB_DJOB_NUMPROC": "9", "LSB_MCPU_HOSTS": "node1 3 Node2.example.org 6"}, 6, "LSB_DJOB_NUMPROC"},
		{"OpenMP wish below the grant", "v2-max", env{"SLURM_CPUS_PER_TASK": "8", "OMP_NUM_THREADS": "2,4"}, 2, "OMP_NUM_THREADS"},
		{"OpenMP wish above the grant", "v2-max", env{"SLURM_CPUS_PER_TASK": "8", "OMP_NUM_THREADS": "20"}, 8, "SLURM_CPUS_PER_TASK"},
		{"GOMAXPROCS", "v2-max", env{"GOMAXPROCS": "5"}, 5, "GOMAXPROCS"},
		{"library variables are not read", "v2-max", env{"MKL_NUM_THREADS": "1"}, 16, "affinity mask"},
	} {
		a := place(c.tree, c.env).allowance()
		if a.N != c.n || a.Source != c.source {
			t.Errorf("%s: %v, want %d (%s)\n%+v", c.name, a, c.n, c.source, a.Considered)
		}
		decided := 0
		for _, s := range a.Considered {
			if s.Decided {
				decided++
				if s.Name != a.Source || s.Cores != a.N {
					t.Errorf("%s: %+v is said to have decided %v", c.name, s, a)
				}
			}
		}
		if decided != 1 {
			t.Errorf("%s: %d sources decided", c.name, decided)
		}
	}
}

func considered(a Allowance, name string) CoresSource {
	for _, s := range a.Considered {
		if s.Name == name {
			return s
		}
	}
	return CoresSource{}
}

func TestBadValuesAreIgnoredWithTheReason(t *testing.T) {
	for value, reason := range map[string]string{
		"abc": `"abc" is not a whole number`, "0": "0 is less than 1", "-3": "-3 is less than 1",
		"1000000000": "not between 1 and 8192", "99999999999999999999": "not between 1 and 8192",
		"1e9": "not a whole number", "2.5": "not a whole number",
	} {
		for _, name := range []string{"BRAID_CORES", "SLURM_CPUS_PER_TASK", "NSLOTS", "PBS_NCPUS", "LSB_DJOB_NUMPROC", "OMP_NUM_THREADS", "GOMAXPROCS"} {
			a := place("v2-max", map[string]string{name: value}).allowance()
			got := considered(a, name)
			if a.N != 16 || got.Cores != 0 || got.Value != value || !strings.HasPrefix(got.Note, "ignored: ") || !strings.Contains(got.Note, reason) {
				t.Errorf("%s=%s: %d cores, %+v", name, value, a.N, got)
			}
		}
	}
	if got := considered(place("v2-max", map[string]string{"BRAID_CORES": " "}).allowance(), "BRAID_CORES"); got.Note != "not set" {
		t.Errorf("blank: %+v", got)
	}
}

func TestConsideredSaysWhereQuotaAndMaskWereFound(t *testing.T) {
	a := place("v2-nested", map[string]string{"SLURM_CPUS_PER_TASK": "8", "NSLOTS": "4"}).allowance()
	if a.String() != "3 (cgroup quota)" {
		t.Errorf("allowance prints as %q", a)
	}
	for name, want := range map[string]CoresSource{
		"cgroup quota":  {"cgroup quota", "125000 us of each 50000 us, 2.5 cores", 3, true, "/sys/fs/cgroup/job/step/cpu.max"},
		"affinity mask": {"affinity mask", "0-15", 16, false, "/proc/self/status"},
		"hardware":      {"hardware", "0-15", 16, false, "/sys/devices/system/cpu/online"},
		"NSLOTS":        {"NSLOTS", "4", 0, false, "ignored: SLURM_CPUS_PER_TASK comes first"},
	} {
		if got := considered(a, name); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	if got := considered(place("sge", nil).allowance(), "affinity mask"); got.Cores != 64 || !strings.HasPrefix(got.Note, "runtime.NumCPU, because ") {
		t.Errorf("no /proc: %+v", got)
	}
}

// Without quota and variables the Go runtime's own count is an independent reference.
func TestCoresOfThisProcess(t *testing.T) {
	a := Cores()
	if a.N < 1 || considered(a, "affinity mask").Cores != 0 && considered(a, "affinity mask").Cores != runtime.NumCPU() {
		t.Errorf("%v, the runtime counts %d: %+v", a, runtime.NumCPU(), a.Considered)
	}
	a.Considered[0].Name = "changed by the caller"
	if Cores().Considered[0].Name != "BRAID_CORES" {
		t.Error("a caller can change what the next one gets")
	}
}

func TestMountinfoEscapes(t *testing.T) {
	if got := unescape(`/a\040b\134c\04`); got != `/a b\c\04` {
		t.Errorf("got %q", got)
	}
}
