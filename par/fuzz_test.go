package par

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

func FuzzSlurmNodes(f *testing.F) {
	for _, seed := range []string{"40(x2),20", "8", "", "4(x1000000000),2", "4(x2", "4(x-1)", "0(x3)", "4,,4", "40(x2)x"} {
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, text string, node int) {
		if node < 0 {
			return
		}
		n, err := parseSlurmNodes(text, node)
		if err == nil && (n < 1 || n > mostCores) || err != nil && n != 0 {
			t.Fatalf("%q node %d: %d, %v", text, node, n, err)
		}
		// What was read for this node must be read again from the list that repeats it.
		if err == nil && node < 1<<40 {
			again, err := parseSlurmNodes(fmt.Sprintf("%d(x%d)", n, node+1), node)
			if err != nil || again != n {
				t.Fatalf("%q node %d: %d, then %d, %v", text, node, n, again, err)
			}
		}
	})
}

func FuzzCPUList(f *testing.F) {
	for _, seed := range []string{"0-3,8", "0", "", "3-1", "0-4294967295", "1,1", "0-3,2", "a-b", "0-", "-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseCPUList(text)
		if err != nil {
			if n != 0 {
				t.Fatalf("%q: %d with %v", text, n, err)
			}
			return
		}
		// The slow way: a set of all that is named.
		set := map[int]bool{}
		for part := range strings.SplitSeq(text, ",") {
			var lo, hi int
			if _, err := fmt.Sscanf(part, "%d-%d", &lo, &hi); err != nil {
				hi = lo
			}
			for i := lo; i <= hi; i++ {
				set[i] = true
			}
		}
		if n != len(set) || n < 1 {
			t.Fatalf("%q: %d, want %d", text, n, len(set))
		}
	})
}

func FuzzCPUMax(f *testing.F) {
	for _, seed := range []string{"max 100000", "150000 100000\n", "50000", "0 100000", "100000 0", "-1 5", "9223372036854775807 1", "1 2 3", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, ok := parseCPUMax(text)
		if !ok {
			return
		}
		n := b.cores()
		if n < 1 || n > mostCores {
			t.Fatalf("%q: %d cores", text, n)
		}
		// The least n whose time is enough.
		if exact := float64(b.quota) / float64(b.period); n < mostCores && (float64(n) < exact*(1-1e-9) || float64(n-1) > exact*(1+1e-9)) {
			t.Fatalf("%q: %d cores for %g", text, n, exact)
		}
	})
}

// FuzzCgroup gives arbitrary /proc files to the search for a quota.
func FuzzCgroup(f *testing.F) {
	for _, tree := range []string{"v1", "v1-container", "v2-max", "v2-nested", "hybrid"} {
		root := place(tree, nil).root
		member, err := fs.ReadFile(root, "proc/self/cgroup")
		if err != nil {
			f.Fatal(err)
		}
		mounts, err := fs.ReadFile(root, "proc/self/mountinfo")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(member), string(mounts))
	}
	f.Add("0::/../..\n", "1 1 0:1 /.. / rw - cgroup2 x rw\n")
	f.Add("1:cpu:/a:b\n0:::\n", "1 1 0:1 /a //x/../.. rw - cgroup x rw,cpu\n")
	f.Fuzz(func(t *testing.T, member, mounts string) {
		if !utf8.ValidString(member + mounts) {
			return // package fs refuses such names, so a cgroup of that name counts as one without a quota
		}
		for _, h := range hierarchies(member, mounts) {
			dirs := h.dirs()
			for _, dir := range dirs {
				if !fs.ValidPath(dir) {
					t.Fatalf("%+v leads to %q, which is no path", h, dir)
				}
			}
			if last := dirs[len(dirs)-1]; last != h.top {
				t.Fatalf("%+v ends at %q, not at the mount", h, last)
			}
		}
		s := surroundings{lookup: func(string) (string, bool) { return "", false }, cpus: 3, root: fstest.MapFS{
			"proc/self/cgroup":    {Data: []byte(member)},
			"proc/self/mountinfo": {Data: []byte(mounts)},
		}}
		if a := s.allowance(); a.N != 3 {
			t.Fatalf("%v, though no file sets a quota", a)
		}
	})
}

func FuzzHostShare(f *testing.F) {
	f.Add("node1 4 node2.example.org 6 node2 2")
	f.Add("node2")
	f.Add("node2 x")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := hostShare(strings.Fields(text), "node2")
		if err == nil && (n < 1 || n > mostCores) || err != nil && n != 0 {
			t.Fatalf("%q: %d, %v", text, n, err)
		}
	})
}
