package machine

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Topology is how a machine is built. What the system does not tell is empty or zero.
type Topology struct {
	Threads []Thread // the hardware threads that are switched on, by number
	Sockets int      // packages that have threads
	Cores   int      // physical cores that have threads
	Nodes   []Node   // of memory, by number
	Caches  []Cache  // kinds of caches, by level
	Missing []string // what is not known, and why
}

// Thread is a hardware thread, which the kernel calls a CPU.
type Thread struct {
	CPU    int // the kernel's number
	Core   int // the least CPU of the physical core that it belongs to
	Socket int // the kernel's number of the package; -1 if unknown
}

// Node is a part of the memory, and the CPUs that are near to it (NUMA).
type Node struct {
	ID     int
	CPUs   []int // those that are switched on; none on a node of memory only
	Memory int64 // bytes; 0 if unknown
}

// Cache is a kind of cache.
type Cache struct {
	Level    int
	Kind     string // "data", "instruction" or "unified"
	Bytes    int64  // of each; 0 if unknown
	Count    int    // how many of this kind there are
	SharedBy int    // hardware threads that share one
}

// ReadTopology finds out how this machine is built. Linux tells all; on other systems only the number of
// hardware threads is known.
func ReadTopology() Topology {
	root := procRoot()
	if root == nil {
		t := Topology{Missing: []string{"sockets, physical cores, NUMA nodes and caches: " + errNotRead.Error()}}
		for i := range runtime.NumCPU() {
			t.Threads = append(t.Threads, Thread{CPU: i, Core: i, Socket: -1})
		}
		return t
	}
	return readTopology(root)
}

const cpuFolder = "sys/devices/system/cpu"

// readTopology reads the kernel's description. (Linux kernel: ABI/stable/sysfs-devices-system-cpu,
// ABI/stable/sysfs-devices-node, ABI/testing/sysfs-devices-system-cpu for the caches.)
func readTopology(root fs.FS) Topology {
	var t Topology
	cpus, err := parseCPUs(line(root, cpuFolder+"/online"))
	if err != nil || len(cpus) == 0 {
		t.miss("hardware threads", "no list of CPUs in /"+cpuFolder+"/online")
		return t
	}
	cores, sockets := true, true
	for _, c := range cpus {
		h := thread(root, c)
		cores, sockets = cores && h.Core >= 0, sockets && h.Socket >= 0
		if h.Core < 0 {
			h.Core = c
		}
		t.Threads = append(t.Threads, h)
	}
	if cores {
		t.Cores = distinct(t.Threads, func(h Thread) int { return h.Core })
	} else {
		t.miss("physical cores", "no topology/core_cpus_list below /"+cpuFolder)
	}
	if sockets {
		t.Sockets = distinct(t.Threads, func(h Thread) int { return h.Socket })
	} else {
		t.miss("sockets", "no topology/physical_package_id below /"+cpuFolder)
	}
	if t.Nodes = nodes(root, cpus); len(t.Nodes) == 0 {
		t.miss("NUMA nodes", "none below /"+nodeFolder)
	}
	if t.Caches = caches(root, cpus); len(t.Caches) == 0 {
		t.miss("caches", "none below /"+cpuFolder)
	}
	return t
}

func (t *Topology) miss(what, why string) { t.Missing = append(t.Missing, what+": "+why) }

func distinct(threads []Thread, of func(Thread) int) int {
	seen := map[int]bool{}
	for _, h := range threads {
		seen[of(h)] = true
	}
	return len(seen)
}

// thread reads where a CPU belongs; what is not told is -1.
func thread(root fs.FS, cpu int) Thread {
	h := Thread{CPU: cpu, Core: -1, Socket: -1}
	folder := fmt.Sprintf("%s/cpu%d/topology/", cpuFolder, cpu)
	// Kernels before 5.3 have the second name only.
	for _, file := range []string{"core_cpus_list", "thread_siblings_list"} {
		if siblings, err := parseCPUs(line(root, folder+file)); err == nil && slices.Contains(siblings, cpu) {
			h.Core = siblings[0]
			break
		}
	}
	if id, err := strconv.Atoi(line(root, folder+"physical_package_id")); err == nil && id >= 0 {
		h.Socket = id
	}
	return h
}

// caches groups the caches of all CPUs by kind.
func caches(root fs.FS, cpus []int) []Cache {
	type kind struct { // a Cache without what is counted
		level    int
		name     string
		bytes    int64
		sharedBy int
	}
	counts := map[kind]int{}
	for _, cpu := range cpus {
		for index := range 16 {
			folder := fmt.Sprintf("%s/cpu%d/cache/index%d/", cpuFolder, cpu, index)
			level, err := strconv.Atoi(line(root, folder+"level"))
			if err != nil || level < 1 {
				continue
			}
			shared, err := parseCPUs(line(root, folder+"shared_cpu_list"))
			if err != nil || !slices.Contains(shared, cpu) {
				shared = []int{cpu}
			}
			if shared[0] != cpu {
				continue // counted with the first CPU that shares it
			}
			bytes, err := parseCacheSize(line(root, folder+"size"))
			if err != nil {
				bytes = 0
			}
			counts[kind{level, strings.ToLower(line(root, folder+"type")), bytes, len(shared)}]++
		}
	}
	var list []Cache
	for k, n := range counts {
		list = append(list, Cache{Level: k.level, Kind: k.name, Bytes: k.bytes, Count: n, SharedBy: k.sharedBy})
	}
	slices.SortFunc(list, func(a, b Cache) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.SharedBy, b.SharedBy))
	})
	return list
}

// parseCacheSize reads the size of a cache, such as "32K"; the kernel writes KiB.
func parseCacheSize(text string) (int64, error) {
	digits, ok := strings.CutSuffix(text, "K")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 || n > mostBytes/1024 {
		return 0, fmt.Errorf("%q is not the size of a cache", text)
	}
	return n * 1024, nil
}

const nodeFolder = "sys/devices/system/node"

// nodes reads the NUMA nodes; cpus are those that are switched on.
func nodes(root fs.FS, cpus []int) []Node {
	ids, err := parseCPUs(line(root, nodeFolder+"/online"))
	if err != nil {
		return nil
	}
	var list []Node
	for _, id := range ids {
		n := Node{ID: id}
		folder := path.Join(nodeFolder, "node"+strconv.Itoa(id))
		near, err := parseCPUs(line(root, folder+"/cpulist"))
		if err != nil {
			continue
		}
		for _, c := range near {
			if _, on := slices.BinarySearch(cpus, c); on {
				n.CPUs = append(n.CPUs, c)
			}
		}
		if text, err := fs.ReadFile(root, folder+"/meminfo"); err == nil {
			n.Memory = parseNodeMemory(string(text))
		}
		list = append(list, n)
	}
	return list
}

// parseNodeMemory finds the memory of a node, whose lines begin with its name: "Node 0 MemTotal: 6908108 kB".
func parseNodeMemory(meminfo string) int64 {
	for l := range strings.Lines(meminfo) {
		if _, rest, ok := strings.Cut(l, " MemTotal:"); ok {
			if _, bytes, err := parseMemTotal("MemTotal:" + rest); err == nil {
				return bytes
			}
		}
	}
	return 0
}

// LastLevel returns the bytes of the greatest caches of the highest level, all of that level together; 0 if unknown.
func (t Topology) LastLevel() int64 {
	level, sum := 0, int64(0)
	for _, c := range t.Caches {
		if c.Bytes > 0 && c.Level >= level {
			if c.Level > level {
				level, sum = c.Level, 0
			}
			sum += min(c.Bytes, mostBytes/mostCPUs) * int64(c.Count)
		}
	}
	return sum
}

// Spread orders CPUs so that the first of them are on physical cores of their own, and near to each other: the first
// hardware thread of every core, socket by socket, and then the second ones. CPUs that t does not know come last.
func (t Topology) Spread(cpus []int) []int {
	type place struct{ rank, socket, cpu int }
	places := make([]place, len(cpus))
	seen := map[int]int{} // how many threads of a core came before
	for i, cpu := range slices.Sorted(slices.Values(cpus)) {
		places[i] = place{rank: mostCPUs, cpu: cpu}
		if j := slices.IndexFunc(t.Threads, func(h Thread) bool { return h.CPU == cpu }); j >= 0 {
			h := t.Threads[j]
			places[i].rank, places[i].socket = seen[h.Core], h.Socket
			seen[h.Core]++
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.socket, b.socket), cmp.Compare(a.cpu, b.cpu))
	})
	ordered := make([]int, len(cpus))
	for i, p := range places {
		ordered[i] = p.cpu
	}
	return ordered
}
