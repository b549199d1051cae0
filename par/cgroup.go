package par

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// quota finds the tightest CPU quota of the process's cgroup and of the cgroups above it, as far up as they are
// mounted. (Linux kernel: admin-guide/cgroup-v2.rst, "cpu.max"; scheduler/sched-bwc.rst for version 1.)
func (s surroundings) quota() CoresSource {
	c := CoresSource{Name: "cgroup quota"}
	if s.root == nil {
		c.Note = "not read on this system"
		return c
	}
	member, err := fs.ReadFile(s.root, "proc/self/cgroup")
	if err != nil {
		c.Note = "ignored: " + err.Error()
		return c
	}
	mounts, err := fs.ReadFile(s.root, "proc/self/mountinfo")
	if err != nil {
		c.Note = "ignored: " + err.Error()
		return c
	}
	c.Note = "none set"
	for _, h := range hierarchies(string(member), string(mounts)) {
		for _, dir := range h.dirs() {
			q, file, ok := h.read(s.root, dir)
			if ok && (c.Cores == 0 || q.cores() < c.Cores) {
				c.Cores, c.Value, c.Note = q.cores(), q.String(), "/"+file
			}
		}
	}
	return c
}

// bandwidth is a CPU quota: run time out of each period, both in microseconds and positive.
type bandwidth struct{ quota, period uint64 }

// cores rounds up; see Cores.
func (b bandwidth) cores() int {
	return int(min((b.quota-1)/b.period+1, mostCores))
}

func (b bandwidth) String() string {
	return fmt.Sprintf("%d us of each %d us, %.4g cores", b.quota, b.period, float64(b.quota)/float64(b.period))
}

// parseBandwidth reads the two numbers of a quota. No quota ("max", or -1 in version 1) and anything unreadable give
// false.
func parseBandwidth(quota, period string) (bandwidth, bool) {
	q, errQ := strconv.ParseUint(quota, 10, 63)
	p, errP := strconv.ParseUint(period, 10, 63)
	if errQ != nil || errP != nil || q == 0 || p == 0 {
		return bandwidth{}, false
	}
	return bandwidth{q, p}, true
}

// parseCPUMax reads cpu.max of version 2: "max 100000", "150000 100000", or a quota alone.
func parseCPUMax(text string) (bandwidth, bool) {
	switch f := strings.Fields(text); len(f) {
	case 1:
		return parseBandwidth(f[0], "100000")
	case 2:
		return parseBandwidth(f[0], f[1])
	}
	return bandwidth{}, false
}

// hierarchy is a cgroup tree that can limit CPU time, and the process's place in it. Paths have no leading slash.
type hierarchy struct {
	v1  bool
	top string // where the tree is mounted
	dir string // the process's own cgroup, top or below it
}

// hierarchies joins /proc/self/cgroup, which says which cgroup the process is in, and /proc/self/mountinfo, which says
// where that is in the file system. A hybrid system has a tree of each version.
func hierarchies(member, mounts string) []hierarchy {
	var found []hierarchy
	for line := range strings.Lines(member) {
		// hierarchy-ID:controllers:path, with no controllers for version 2
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		v1 := fields[1] != ""
		if v1 && !hasWord(fields[1], "cpu") {
			continue
		}
		if m, ok := findMount(mounts, v1); ok {
			found = append(found, hierarchy{v1: v1, top: relative(m.point), dir: m.place(fields[2])})
		}
	}
	return found
}

// dirs lists the process's cgroup and those above it up to the mount point.
func (h hierarchy) dirs() []string {
	var list []string
	for dir := h.dir; ; dir = path.Dir(dir) {
		list = append(list, dir)
		if dir == h.top || dir == "." {
			return list
		}
	}
}

// read returns the quota set in one directory, and the file that says so.
func (h hierarchy) read(root fs.FS, dir string) (b bandwidth, file string, ok bool) {
	if !h.v1 {
		file = path.Join(dir, "cpu.max")
		data, err := fs.ReadFile(root, file)
		if err != nil {
			return b, file, false // the root of the tree has none
		}
		b, ok = parseCPUMax(string(data))
		return b, file, ok
	}
	file = path.Join(dir, "cpu.cfs_quota_us")
	quota, err := fs.ReadFile(root, file)
	if err != nil {
		return b, file, false
	}
	period, err := fs.ReadFile(root, path.Join(dir, "cpu.cfs_period_us"))
	if err != nil {
		return b, file, false
	}
	b, ok = parseBandwidth(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
	return b, file, ok
}

// mount is a mounted cgroup tree: root is the cgroup that is seen at point.
type mount struct{ root, point string }

// findMount finds the mount of the CPU controller of version 1, or of version 2.
func findMount(mounts string, v1 bool) (mount, bool) {
	for line := range strings.Lines(mounts) {
		// id parent major:minor root point options [tags…] - type source superoptions (proc_pid_mountinfo(5))
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 3 {
			continue
		}
		if v1 && right[0] == "cgroup" && hasWord(right[2], "cpu") || !v1 && right[0] == "cgroup2" {
			return mount{root: unescape(left[3]), point: unescape(left[4])}, true
		}
	}
	return mount{}, false
}

// place returns the directory of a cgroup. One that lies outside what is mounted, as the path of a container's cgroup
// does when it was written by the host, is taken to be the mounted root itself.
func (m mount) place(cgroup string) string {
	below, ok := strings.CutPrefix(path.Clean("/"+cgroup), path.Clean("/"+m.root))
	if !ok || below != "" && below[0] != '/' && m.root != "/" {
		below = ""
	}
	return relative(path.Join(m.point, below))
}

// relative makes an absolute path one for fs.FS.
func relative(p string) string {
	if p = path.Clean("/" + p)[1:]; p == "" {
		return "."
	}
	return p
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// unescape undoes the octal escapes of mountinfo, such as \040 for a space.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
