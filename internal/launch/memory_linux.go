package launch

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// oomKills returns how many processes the kernel's out-of-memory killer has ended: those of this process's memory
// cgroup, whose children stay in it, or, where no cgroup tells, those of the machine. (Linux kernel:
// admin-guide/cgroup-v2.rst, "memory.events"; admin-guide/cgroup-v1/memory.rst, "memory.oom_control"; /proc/vmstat.)
func oomKills() (n int64, ok bool) {
	member, _ := os.ReadFile("/proc/self/cgroup")
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for _, file := range oomFiles(string(member), string(mounts)) {
		if n, ok := readCount(file); ok {
			return n, true
		}
	}
	return readCount("/proc/vmstat")
}

func readCount(file string) (int64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	return parseCount(string(text))
}

// parseCount finds the line "oom_kill N".
func parseCount(text string) (int64, bool) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "oom_kill "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}

// oomFiles lists the files that may hold the count, from /proc/self/cgroup, which says in which cgroup the process is,
// and /proc/self/mountinfo, which says where the trees of cgroups are mounted.
func oomFiles(member, mounts string) (files []string) {
	for line := range strings.Lines(member) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3) // hierarchy:controllers:path
		if len(fields) != 3 {
			continue
		}
		system, file := "cgroup2", "memory.events"
		if fields[1] != "" {
			if !listed(fields[1], "memory") {
				continue
			}
			system, file = "cgroup", "memory.oom_control"
		}
		for mount := range strings.Lines(mounts) {
			// id parent major:minor root point options [tags…] - type source superoptions (proc_pid_mountinfo(5))
			left, right, ok := strings.Cut(mount, " - ")
			l, r := strings.Fields(left), strings.Fields(right)
			if !ok || len(l) < 6 || len(r) < 3 || r[0] != system || system == "cgroup" && !listed(r[2], "memory") {
				continue
			}
			group := path.Clean("/" + fields[2])
			if top := path.Clean("/" + l[3]); top != "/" {
				group = strings.TrimPrefix(group, top)
			}
			files = append(files, path.Join(l[4], group, file))
		}
	}
	return files
}

// listed reports whether a list with commas holds a word.
func listed(list, word string) bool { return strings.Contains(","+list+",", ","+word+",") }
