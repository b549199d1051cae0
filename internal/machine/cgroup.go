package machine

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// cgroup finds the least memory limit of the process's cgroup and of the cgroups above it, as far up as they are
// mounted. (Linux kernel: admin-guide/cgroup-v2.rst, "memory.max"; admin-guide/cgroup-v1/memory.rst,
// "memory.limit_in_bytes".)
func (s surroundings) cgroup() MemorySource {
	m := MemorySource{Name: "cgroup limit"}
	if s.root == nil {
		m.Note = errNotRead.Error()
		return m
	}
	member, err := fs.ReadFile(s.root, "proc/self/cgroup")
	if err != nil {
		return m.take(0, err)
	}
	mounts, err := fs.ReadFile(s.root, "proc/self/mountinfo")
	if err != nil {
		return m.take(0, err)
	}
	m.Note = "none set"
	for _, file := range limitFiles(string(member), string(mounts)) {
		text, err := fs.ReadFile(s.root, file)
		if err != nil {
			continue // the top of a version 2 tree has none
		}
		if limit, ok := parseLimit(string(text)); ok && (m.Bytes == 0 || limit < m.Bytes) {
			m.Bytes, m.Value, m.Note = limit, strconv.FormatInt(limit, 10), "/"+file
		}
	}
	return m
}

// limitFiles lists the files that may limit this process's memory, without the leading slash. It joins
// /proc/self/cgroup, which says which cgroup the process is in, and /proc/self/mountinfo, which says where that is in
// the file system. A hybrid system has a tree of each version.
func limitFiles(member, mounts string) (files []string) {
	for line := range strings.Lines(member) {
		// hierarchy-ID:controllers:path, with no controllers for version 2
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		controllers, group := fields[1], fields[2]
		version, file := 2, "memory.max"
		if controllers != "" {
			if !listed(controllers, "memory") {
				continue
			}
			version, file = 1, "memory.limit_in_bytes"
		}
		top, point, ok := memoryMount(mounts, version)
		if !ok {
			continue
		}
		point = rooted(point)
		for dir := path.Join(point, below(group, top)); ; dir = path.Dir(dir) {
			files = append(files, path.Join(dir, file)[1:])
			if dir == point || dir == "/" {
				break
			}
		}
	}
	return files
}

// memoryMount finds where the tree of the memory controller is mounted, and which cgroup is seen there as its top.
func memoryMount(mounts string, version int) (top, point string, ok bool) {
	for line := range strings.Lines(mounts) {
		// id parent major:minor root point options [tags…] - type source superoptions (proc_pid_mountinfo(5))
		mount, system, found := strings.Cut(line, " - ")
		left, right := strings.Fields(mount), strings.Fields(system)
		if !found || len(left) < 6 || len(right) < 3 {
			continue
		}
		if version == 2 && right[0] == "cgroup2" || version == 1 && right[0] == "cgroup" && listed(right[2], "memory") {
			return unescape(left[3]), unescape(left[4]), true
		}
	}
	return "", "", false
}

// below returns where a cgroup lies below the mounted top, from there. One that lies outside, as the path of a
// container's cgroup does when it was written by the host, is taken to be the top itself.
func below(group, top string) string {
	group, top = rooted(group), rooted(top)
	if top == "/" {
		return group
	}
	if rest, ok := strings.CutPrefix(group, top); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return "/"
}

// rooted makes a path absolute and free of "..".
func rooted(p string) string { return path.Clean("/" + p) }

// listed reports whether a list with commas holds a word.
func listed(list, word string) bool { return slices.Contains(strings.Split(list, ","), word) }

// unescape undoes the octal escapes of mountinfo, such as \040 for a space.
func unescape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if s[0] == '\\' && len(s) >= 4 {
			if c, err := strconv.ParseUint(s[1:4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				s = s[4:]
				continue
			}
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}
