package hardware

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/par"
)

// node is the hardware of an invented machine in a queue of Slurm.
var node = hardware{
	machine: machine.Description{CPU: "Invented 9000"},
	topology: machine.Topology{
		Threads: make([]machine.Thread, 16), Sockets: 2, Cores: 8,
		Nodes: []machine.Node{{ID: 0, CPUs: []int{0, 1, 2, 3, 8, 9, 10, 11}, Memory: 8 << 30}, {ID: 2, Memory: 1 << 30}},
		Caches: []machine.Cache{{Level: 1, Kind: "data", Bytes: 48 << 10, Count: 4, SharedBy: 2}, {Level: 1, Kind: "data", Bytes: 32 << 10, Count: 4, SharedBy: 1},
			{Level: 3, Count: 2, SharedBy: 8}},
		Missing: []string{"the colour of the case: nobody looked"},
	},
	gpus:  []machine.GPU{{Vendor: "NVIDIA", Model: "NVIDIA X1", Device: "10de:0001", Bus: "0000:3b:00.0", Node: 1}},
	total: 9 << 30,
	cores: par.Allowance{N: 4, Source: "SLURM_CPUS_PER_TASK", Considered: []par.CoresSource{
		{Name: "SLURM_CPUS_PER_TASK", Value: "4", Cores: 4, Decided: true}, {Name: "hardware", Value: "0-15", Cores: 16, Note: "counted"}}},
	memory: machine.Allowance{Bytes: 4 << 30, Source: "cgroup limit", Considered: []machine.MemorySource{
		{Name: "cgroup limit", Value: "4294967296", Bytes: 4 << 30, Decided: true}, {Name: "GOMEMLIMIT", Note: "not set"}}},
	variables: []variable{{"SLURM_CPUS_PER_TASK", "4", true}, {"MKL_NUM_THREADS", "2", false}},
	bandwidth: []machine.Bandwidth{{Workers: 1, ArrayBytes: 1 << 27, Runs: []float64{1e10, 3e10, 2e10}}, {Workers: 4, ArrayBytes: 1 << 27, Runs: []float64{5e10}}},
}

func TestHardwareIsPrintedAsATable(t *testing.T) {
	const want = `processor         Invented 9000
sockets           2
cores             8
hardware threads  16
NUMA node 0       CPUs 0-3,8-11, 8.0 GiB
NUMA node 2       no CPUs, 1.0 GiB
L1 data           4 × 48.0 KiB, shared by 2 hardware threads
L1 data           4 × 32.0 KiB, not shared
L3                2 × unknown size, shared by 8 hardware threads
memory            9.0 GiB
bandwidth         20.0 GB/s with one core (triad, 3 × 128.0 MiB, median of 3)
bandwidth         50.0 GB/s with 4 cores (triad, 3 × 128.0 MiB, median of 1)
GPU               NVIDIA X1 (10de:0001 at 0000:3b:00.0, NUMA node 1)
variable          SLURM_CPUS_PER_TASK=4 (honoured)
variable          MKL_NUM_THREADS=2 (not honoured by braid; a library may)
not known         the colour of the case: nobody looked

usable cores: 4 (SLURM_CPUS_PER_TASK)

  source               says  cores  note
* SLURM_CPUS_PER_TASK  4     4
  hardware             0-15  16     counted

usable memory: 4.0 GiB (cgroup limit)

  source        says        memory   note
* cgroup limit  4294967296  4.0 GiB
  GOMEMLIMIT    -           -        not set
`
	var b bytes.Buffer
	err := node.print(&b)
	have := regexp.MustCompile(`(?m) +$`).ReplaceAllString(b.String(), "") // columns that are empty
	if err != nil || have != want {
		t.Errorf("%v, have\n%s\nwant\n%s", err, have, want)
	}
	if err := node.print(consoletest.Full{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("output that cannot be written: %v", err)
	}
}

func TestHardwareThatTellsNothingSaysSo(t *testing.T) {
	var b bytes.Buffer
	h := hardware{gpusErr: errors.New("not read on this system"), memory: machine.Allowance{Source: "unknown"}}
	if err := h.print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"processor         not told by this system\n", "NUMA nodes        not told", "caches            not told", "memory            unknown size\n",
		"GPUs              not read on this system\n", "thread variables  none set\n", "usable memory: unknown\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "bandwidth") {
		t.Errorf("bandwidth that was not measured:\n%s", b.String())
	}
}

func TestHardwareAsJSONHasEveryCaseOnce(t *testing.T) {
	out, err := call(t, "hw", "--no-bandwidth", "--json")
	if err != nil {
		t.Fatal(err)
	}
	d := consoletest.Decode(t, out)
	if all := consoletest.Values(d); d.Command != "hw" || len(all) != len(d.Results) || all["cores"].Value != float64(par.Cores().N) {
		t.Errorf("command %q, %d names for %d results", d.Command, len(all), len(d.Results))
	}
	all := consoletest.Values(console.Document{Results: node.results()})
	if len(all) != len(node.results()) {
		t.Errorf("%d names for %d results", len(all), len(node.results()))
	}
	for name, want := range map[string]any{
		"hw.sockets": int64(2), "hw.node.0.cpus": "0-3,8-11", "hw.node.2.memory": int64(1 << 30), "hw.cache.l1.data.size": int64(48 << 10),
		"hw.cache.l1.data.2.size": int64(32 << 10), "hw.cache.l3.size": nil, "hw.bandwidth.one": 20.0, "hw.bandwidth.all": 50.0, "hw.gpus": 1,
		"hw.variable.MKL_NUM_THREADS": "2", "memory/cgroup limit": int64(4 << 30), "memory/GOMEMLIMIT": nil, "cores/hardware": 16,
	} {
		if r, ok := all[name]; !ok || r.Value != want {
			t.Errorf("%s is %v (%T), want %v (%T)", name, r.Value, r.Value, want, want)
		}
	}
	if runs := all["hw.bandwidth.one"].Runs; len(runs) != 3 || runs[1] != 30.0 {
		t.Errorf("runs of the bandwidth: %v", runs)
	}
}

func TestThreadVariablesAreThoseThatAreSet(t *testing.T) {
	cores := par.Allowance{Considered: []par.CoresSource{
		{Name: "OMP_NUM_THREADS", Value: "3", Cores: 3}, {Name: "OMP_THREAD_LIMIT", Value: "x"}, {Name: "GOMAXPROCS"}, {Name: "hardware", Cores: 8}}}
	set := map[string]string{"OMP_NUM_THREADS": "3", "OMP_THREAD_LIMIT": "x", "GOMAXPROCS": "", "MKL_NUM_THREADS": "2", "PATH": "/bin"}
	have := threadVariables(cores, func(name string) (string, bool) { v, ok := set[name]; return v, ok })
	want := []variable{{"OMP_NUM_THREADS", "3", true}, {"OMP_THREAD_LIMIT", "x", false}, {"MKL_NUM_THREADS", "2", false}}
	if len(have) != len(want) {
		t.Fatalf("have %+v", have)
	}
	for i := range want {
		if have[i] != want[i] {
			t.Errorf("have %+v, want %+v", have[i], want[i])
		}
	}
}

func TestAnInterruptEndsTheMeasurementOfTheBandwidth(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := &console.Env{Args: []string{"hw"}, Stdout: consoletest.Full{}, Stderr: io.Discard}
	if err := consoletest.Run(ctx, c, Commands(c)...); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
}
