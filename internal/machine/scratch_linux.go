package machine

import "golang.org/x/sys/unix"

// InMemory reports whether the files of a folder are kept in memory.
func InMemory(folder string) bool {
	var st unix.Statfs_t
	if unix.Statfs(folder, &st) != nil {
		return false
	}
	return st.Type == unix.TMPFS_MAGIC || st.Type == unix.RAMFS_MAGIC
}
