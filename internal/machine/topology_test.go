package machine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// tree reads a tree of files that is written as one text, because names of PCI devices have colons, which not every file
// system takes: each line is a path and the content, in which \n and \t stand for what they do in Go.
func tree(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile(path.Join("testdata/topology", name))
	if err != nil {
		t.Fatal(err)
	}
	root := fstest.MapFS{}
	for l := range strings.Lines(string(text)) {
		file, content, ok := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
		if !ok {
			t.Fatalf("%s: %q has no content", name, l)
		}
		if file != "#" {
			content = strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(content)
			root[file] = &fstest.MapFile{Data: []byte(content + "\n")}
		}
	}
	return root
}

func TestTopologyOfSeveralMachines(t *testing.T) {
	const memory = 1024 // the unit of meminfo
	for _, c := range []struct {
		tree                    string
		threads, cores, sockets int
		nodes                   []Node
		caches                  []Cache
		lastLevel               int64
		missing                 []string
	}{
		{"numa.txt", 16, 8, 2, []Node{
			{0, []int{0, 1, 2, 3, 8, 9, 10, 11}, 131072000 * memory},
			{1, []int{4, 5, 6, 7, 12, 13, 14, 15}, 132120576 * memory},
			{2, nil, 16777216 * memory},
		}, []Cache{
			{1, "data", 32 << 10, 8, 2}, {1, "instruction", 32 << 10, 8, 2}, {2, "unified", mib, 8, 2}, {3, "unified", 32 * mib, 2, 8},
		}, 64 * mib, nil},
		{"vm.txt", 2, 2, 1, []Node{{0, []int{0, 1}, 6908108 * memory}}, []Cache{
			{1, "data", 32 << 10, 2, 1}, {1, "instruction", 32 << 10, 2, 1}, {2, "unified", mib, 2, 1}, {3, "unified", 32 * mib, 1, 2},
		}, 32 * mib, nil},
		{"arm.txt", 4, 4, 0, nil, []Cache{{1, "data", 0, 4, 1}}, 0, []string{"sockets", "NUMA nodes"}},
		{"hybrid.txt", 8, 6, 1, nil, []Cache{
			{1, "data", 48 << 10, 2, 2}, {1, "data", 32 << 10, 4, 1}, {2, "unified", 2 * mib, 1, 4}, {2, "unified", 1280 << 10, 2, 2},
			{3, "unified", 12 * mib, 1, 8},
		}, 12 * mib, []string{"NUMA nodes"}},
	} {
		m := readTopology(tree(t, c.tree))
		if len(m.Threads) != c.threads || m.Cores != c.cores || m.Sockets != c.sockets {
			t.Errorf("%s: %d threads, %d cores, %d sockets; want %d, %d, %d", c.tree, len(m.Threads), m.Cores, m.Sockets, c.threads, c.cores, c.sockets)
		}
		if have, want := fmt.Sprint(m.Nodes), fmt.Sprint(c.nodes); have != want {
			t.Errorf("%s: nodes %s, want %s", c.tree, have, want)
		}
		if !slices.Equal(m.Caches, c.caches) || m.LastLevel() != c.lastLevel {
			t.Errorf("%s: caches %v, last level %d; want %v, %d", c.tree, m.Caches, m.LastLevel(), c.caches, c.lastLevel)
		}
		var missing []string
		for _, text := range m.Missing {
			what, _, _ := strings.Cut(text, ":")
			missing = append(missing, what)
		}
		if !slices.Equal(missing, c.missing) {
			t.Errorf("%s: not known are %q, want %q", c.tree, m.Missing, c.missing)
		}
	}
	if m := readTopology(fstest.MapFS{}); len(m.Threads) != 0 || len(m.Missing) != 1 {
		t.Errorf("of an empty tree: %+v", m)
	}
}

func TestSpreadTakesCoresBeforeTheirSecondThreads(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for _, c := range []struct {
		tree, cpus, want string
	}{
		{"numa.txt", "0-15", "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15]"},
		{"numa.txt", "2-5,9-13", "[2 3 9 4 5 10 11 12 13]"}, // 9 is the only thread of its core there
		{"hybrid.txt", "0-7", "[0 2 4 5 6 7 1 3]"},
		{"arm.txt", "0-2,5", "[0 1 2 5]"},
		{"vm.txt", "0-1,9", "[0 1 9]"},
		{"vm.txt", "", "[]"},
	} {
		cpus, err := parseCPUs(c.cpus)
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(cpus), func(i, j int) { cpus[i], cpus[j] = cpus[j], cpus[i] })
		if have := fmt.Sprint(readTopology(tree(t, c.tree)).Spread(cpus)); have != c.want {
			t.Errorf("seed %d: CPUs %s of %s: %s, want %s", seed, c.cpus, c.tree, have, c.want)
		}
	}
}

func TestGPUsAreThoseThatCompute(t *testing.T) {
	for name, want := range map[string][]string{
		"numa.txt": {
			"NVIDIA A100-SXM4-40GB (10de:20b0 at 0000:3b:00.0, NUMA node 0)",
			"NVIDIA (10de:20b0 at 0000:86:00.0, NUMA node 1)",
			"AMD Instinct MI300X (1002:74a1 at 0000:c5:00.0, 192.0 GiB)",
		},
		"vm.txt":     nil, // an emulated display is none
		"arm.txt":    nil, // there is no PCI bus
		"hybrid.txt": {"Intel (8086:46a6 at 0000:00:02.0)"},
	} {
		gpus, err := readGPUs(tree(t, name))
		if err != nil {
			t.Error(err)
		}
		var have []string
		for _, g := range gpus {
			have = append(have, g.String())
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s: %q, want %q", name, have, want)
		}
	}
}

// The Go runtime and the system's own list are independent of each other.
func TestTopologyOfThisMachine(t *testing.T) {
	m := ReadTopology()
	if n := len(m.Threads); n < runtime.NumCPU() {
		t.Errorf("%d hardware threads, of which the Go runtime may use %d", n, runtime.NumCPU())
	}
	if _, err := ReadGPUs(); (err == nil) != (runtime.GOOS == "linux") {
		t.Errorf("GPUs: %v", err)
	}
	cpus, err := CPUs()
	if (err == nil) != (runtime.GOOS == "linux") || err == nil && len(cpus) != runtime.NumCPU() {
		t.Errorf("CPUs %v, %v; the Go runtime may use %d", cpus, err, runtime.NumCPU())
	}
}

func FuzzCPUs(f *testing.F) {
	for _, seed := range []string{"0-3,8,10-11", "", "0", "1-0", "0,0", "3,1", "0-99999999", "-1", "a", "0-", ",", " 0-1\n", "65535"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cpus, err := parseCPUs(text)
		if err != nil {
			if cpus != nil {
				t.Fatalf("%q: %v with %v", text, cpus, err)
			}
			return
		}
		if !slices.IsSorted(cpus) || len(slices.Compact(slices.Clone(cpus))) != len(cpus) || len(cpus) > mostCPUs {
			t.Fatalf("%q: %d CPUs, not in order", text, len(cpus))
		}
		if again, err := parseCPUs(FormatCPUs(cpus)); err != nil || !slices.Equal(again, cpus) {
			t.Fatalf("%q: %v, written and read %v, %v", text, cpus, again, err)
		}
	})
}

// FuzzTopology puts any content into any file of a machine.
func FuzzTopology(f *testing.F) {
	names := []string{"numa.txt", "vm.txt", "arm.txt", "hybrid.txt"}
	files := map[string][]string{}
	for _, name := range names {
		for file := range tree(f, name) {
			files[name] = append(files[name], file)
		}
		slices.Sort(files[name])
	}
	for i, content := range []string{"", "0-15", "99999", "-5", "32768K", "9223372036854775807K", "0xffffffffff", "Node 0 MemTotal: 5 kB", "Model: \x00\xff x"} {
		f.Add(i, i*7, content)
	}
	f.Fuzz(func(t *testing.T, machine, file int, content string) {
		name := names[uint(machine)%uint(len(names))]
		root := tree(t, name)
		changed := files[name][uint(file)%uint(len(files[name]))]
		root[changed] = &fstest.MapFile{Data: []byte(content)}
		m := readTopology(root)
		if m.Cores > len(m.Threads) || m.Sockets > len(m.Threads) || m.LastLevel() < 0 {
			t.Fatalf("%s is %q: %+v", changed, content, m)
		}
		var cpus []int
		for _, h := range m.Threads {
			cpus = append(cpus, h.CPU)
		}
		if spread := m.Spread(cpus); !slices.Equal(slices.Sorted(slices.Values(spread)), cpus) {
			t.Fatalf("%s is %q: CPUs %v spread to %v", changed, content, cpus, spread)
		}
		for _, c := range m.Caches {
			if c.Bytes < 0 || c.Count < 1 || c.Count > len(m.Threads) || c.SharedBy < 1 {
				t.Fatalf("%s is %q: %+v", changed, content, c)
			}
		}
		gpus, err := readGPUs(root)
		for _, g := range gpus {
			if s := g.String(); g.Memory < 0 || strings.ContainsAny(s, "\n\t\x00") {
				t.Fatalf("%s is %q: %q", changed, content, s)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
