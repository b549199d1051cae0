package main

import (
	"fmt"
	"strings"
)

// A workload is work that braid and peers do in turns.
type workload struct {
	name     string // for --only
	title    string
	about    string // what is done and where the programs differ; Markdown
	unit     string // the table's
	programs []program
}

// A program is one way to do a workload.
type program struct {
	name    string
	kind    kind
	command []string // its first word is a name in session.tools
	needs   []string // names in packages
	result  string   // the case in braid's JSON; empty for a peer
	size    string   // of the work, where the program does not tell
}

// kind is what a program is to braid.
type kind int

const (
	isBraid kind = iota
	isPeer
	isFloor // the same work by hand, without an engine, measured by braid's command
)

func (p program) read(out []byte) (reading, error) {
	if p.kind == isPeer {
		return readPeer(out)
	}
	return readBraid(out, p.result)
}

// workloadNames returns the names in their order.
func workloadNames() (names []string) {
	for _, w := range workloads(1, false) {
		names = append(names, w.name)
	}
	return names
}

// maker makes the programs of one run.
type maker struct {
	cores int
	quick bool
}

// ours is a program of braid's and the case of its JSON that counts.
func (m maker) ours(name string, k kind, size, quickSize, result string, command ...string) program {
	command = append(append([]string{"braid"}, command...), "--json")
	if m.quick {
		command, size = append(command, "--quick"), quickSize
	}
	return program{name: name, kind: k, command: command, result: result, size: size}
}

// peer is a peer of a script. Of its sizes, "n=10000 steps=100", the quick ones may differ.
func (m maker) peer(name, script, peer, sizes, quickSizes, needs string) program {
	if m.quick {
		sizes = quickSizes
	}
	command := append([]string{"python3", "bench/peers/" + script, peer}, strings.Fields(sizes)...)
	command = append(command, fmt.Sprintf("workers=%d", m.cores))
	return program{name: name, kind: isPeer, command: command, needs: append([]string{"python3"}, strings.Fields(needs)...)}
}

// workloads are all that there are, for a number of cores.
func workloads(cores int, quick bool) []workload {
	m := maker{cores, quick}
	return []workload{m.loop(), m.submit(), m.graph(), m.mapping(), m.metg(), m.integrate(), m.sumTranspose(), m.cities()}
}

// bench is a case of "braid bench".
func (m maker) bench(k kind, name, size, quickSize, result string, command ...string) program {
	if k == isFloor {
		result = "floor." + result
	}
	command = append([]string{"bench"}, append(command, fmt.Sprintf("--slots=%d", m.cores))...)
	return m.ours(name, k, size, quickSize, result, command...)
}

func (m maker) loop() workload {
	const full, quick, result = "n = 200,000,000", "n = 1,000,000", "par.for.ns"
	return workload{
		name: "loop", title: "A loop over closures", unit: "ns",
		about: "`par.For` over a body that multiplies and adds. There is no peer; its measure is the same loop by hand. Time an item.",
		programs: []program{
			m.bench(isBraid, "braid", full, quick, result, "overhead"),
			m.bench(isFloor, "floor: a goroutine a core", full, quick, result, "overhead"),
		},
	}
}

func (m maker) submit() workload {
	const full, quick, result = "n = 20,000", "n = 500", "submit.get.us"
	return workload{
		name: "submit", title: "One task: submit it, wait for its result", unit: "µs",
		about: "A task that returns its argument, one after the other; median time of a task. braid and the thread pool stay in their process. Dask distributed " +
			"goes through a scheduler and worker processes by sockets, and its client sends messages in batches, one every 10 ms at most.",
		programs: []program{
			m.bench(isBraid, "braid", full, quick, result, "overhead"),
			m.bench(isFloor, "floor: two channels", full, quick, result, "overhead"),
			m.peer("Python's thread pool", "overhead.py", "submit/futures-threads", "n=10000", "n=500", ""),
			m.peer("Dask distributed", "overhead.py", "submit/dask-distributed", "n=100 runs=3", "n=20 runs=1", "dask distributed"),
		},
	}
}

func (m maker) graph() workload {
	const full, quick, result = "n = 1,000,000", "n = 10,000", "dag.random.us"
	return workload{
		name: "graph", title: "Empty tasks in a random graph", unit: "µs",
		about: "Every task takes two earlier ones, drawn at random. From a graph that is written down to the end of its last task; time a task. " +
			"Dask gets fewer tasks, because a million take it a minute or more.",
		programs: []program{
			m.bench(isBraid, "braid", full, quick, result, "overhead"),
			m.bench(isFloor, "floor: counters by hand", full, quick, result, "overhead"),
			m.peer("Dask threads", "overhead.py", "graph/dask-threads", "n=10000", "n=1000", "dask"),
		},
	}
}

func (m maker) mapping() workload {
	const full, quick, result = "n = 1,000,000", "n = 10,000", "map.gather.us"
	return workload{
		name: "map", title: "One function mapped over many items, results gathered", unit: "µs",
		about: "A function that returns its argument; time an item. multiprocessing and joblib send items to processes in chunks; " +
			"braid and Dask distributed keep every item as a task of its own.",
		programs: []program{
			m.bench(isBraid, "braid", full, quick, result, "overhead"),
			m.bench(isFloor, "floor: a goroutine a core", full, quick, result, "overhead"),
			m.peer("multiprocessing, its own chunks", "overhead.py", "map/multiprocessing", "n=1000000", "n=10000", ""),
			m.peer("multiprocessing, chunks of 1", "overhead.py", "map/multiprocessing-chunk-1", "n=10000", "n=1000", ""),
			m.peer("joblib loky", "overhead.py", "map/joblib-loky", "n=100000", "n=10000", "joblib"),
			m.peer("Dask distributed", "overhead.py", "map/dask-distributed", "n=1000 runs=1", "n=100 runs=1", "dask distributed"),
		},
	}
}

func (m maker) metg() workload {
	const full, quick, result = "steps = 1,000, width = 64", "steps = 100, width = 64", "metg50.stencil_1d.w64.inprocess.us"
	command := []string{"metg", "--pattern=stencil_1d", "--width=64", "--percent=50"}
	return workload{
		name: "metg", title: "The shortest task that pays: METG(50 %)", unit: "µs",
		about: "Task Bench's stencil_1d of width 64 (Slaughter et al., SC20): tasks are made shorter until the cores work half of the time. " +
			"The number is the granularity there, time × cores / tasks; half of it is the task's own work, at the rate of one core.",
		programs: []program{
			m.bench(isBraid, "braid", full, quick, result, command...),
			m.bench(isFloor, "floor: counters by hand", full, quick, result, command...),
			m.peer("Dask threads", "metg.py", "stencil_1d/dask-threads", "width=64 steps=100", "width=64 steps=10", "dask gfortran"),
		},
	}
}

func (m maker) integrate() workload {
	return workload{
		name: "integrate2d", title: "The integral of sin(x+y)", unit: "ms",
		about: "The midpoint rule over [0, π]² on n × n points, with n² sines. braid's kernel is written by hand in Go and reckons several sines at once where the processor can.",
		programs: []program{
			m.ours("braid", isBraid, "n = 10,000", "n = 1,000", "integrate2d/parallel", "demo", "--only", "integrate2d"),
			m.peer("NumPy, one core", "integrate2d.py", "numpy", "n=10000", "n=1000", "numpy"),
			m.peer("Dask threads and NumPy", "integrate2d.py", "dask-threads-numpy", "n=10000", "n=1000", "dask numpy"),
			m.peer("Fortran -O3, one core", "integrate2d.py", "fortran-O3", "n=10000 runs=1", "n=1000", "gfortran"),
			m.peer("Fortran -O3 -march=native -ffast-math -fopenmp", "integrate2d.py", "fortran-O3-native-fastmath-openmp", "n=10000", "n=1000", "gfortran"),
		},
	}
}

func (m maker) sumTranspose() workload {
	return workload{
		name: "sum_transpose", title: "The sum of A + A.T", unit: "s",
		about: "A is an array of n × n uniform random numbers in 10 × 10 chunks; A and its transpose are both read, element by element.",
		programs: []program{
			m.ours("braid", isBraid, "n = 20,000", "n = 2,000", "array.sum_transpose.seconds", "bench", "array", "--only", "sum_transpose"),
			m.peer("Dask threads", "arrays.py", "sum_transpose/dask-threads", "n=20000", "n=2000", "dask numpy"),
			m.peer("NumPy, one core", "arrays.py", "sum_transpose/numpy", "n=20000 runs=1", "n=2000", "numpy"),
		},
	}
}

func (m maker) cities() workload {
	return workload{
		name: "cities", title: "The greatest distance between cities", unit: "ms",
		about: "The haversine of all 1,999,000 pairs of 2,000 cities, the same file for all. braid's example takes the arcsine of every pair, as the exercise has it; the peers only that of the greatest haversine.",
		programs: []program{
			m.ours("braid", isBraid, "cities = 2,000", "cities = 2,000", "cities/parallel", "demo", "--only", "cities"),
			m.peer("Python and multiprocessing", "cities.py", "multiprocessing", "", "", ""),
			m.peer("NumPy, one core", "cities.py", "numpy", "", "", "numpy"),
			m.peer("NumPy and multiprocessing", "cities.py", "multiprocessing-numpy", "", "", "numpy"),
		},
	}
}
