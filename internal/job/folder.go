package job

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Folder returns where the jobs of the cluster with a name are kept: below XDG_STATE_HOME, or .local/state of the user's home, in a
// folder for this machine, as homes may be shared by several.
func Folder(cluster string) (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // as the specification of these folders has it
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("a folder for jobs: %w; set XDG_STATE_HOME to a folder of yours", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	host = strings.Map(func(r rune) rune {
		if r == '/' || r <= ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, host)
	return filepath.Join(state, "braid", cmp.Or(strings.TrimLeft(host, "."), "unknown"), cluster), nil
}

// The greatest of what a store keeps.
const (
	MostJobs    = 1000
	MostStored  = 16 << 30 // bytes of all jobs
	MostOutput  = 4 << 30  // bytes of outputs of a job that are kept whole
	shortOutput = 4 << 10  // bytes of each output beyond that
)

// The names in the folder of a job.
const (
	specFile    = "job.json"
	journalFile = "journal"
	outputFile  = "output"
	liveFolder  = "live"
)

// Path returns the folder of a job in a store.
func Path(store string, id int) string { return filepath.Join(store, strconv.Itoa(id)) }

// LiveNames returns the files to which a task that runs writes.
func LiveNames(folder string, number int) (stdout, stderr string) {
	name := filepath.Join(folder, liveFolder, strconv.Itoa(number))
	return name + ".out", name + ".err"
}

// NodeFile returns the file that names the hosts of a task on several nodes while it runs.
func NodeFile(folder string, number int) string {
	return filepath.Join(folder, liveFolder, strconv.Itoa(number)+".nodes")
}

// DeviceFolder returns where the workers of a store's jobs note which devices are in use.
func DeviceFolder(store string) string { return filepath.Join(store, "devices") }

// ids returns the jobs in a store, in their order. One without a store has none.
func ids(store string) ([]int, error) {
	entries, err := os.ReadDir(store)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []int
	for _, e := range entries {
		if id, ok := idOf(e.Name()); ok {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list, nil
}

// idOf returns the job whose folder has a name.
func idOf(name string) (int, bool) {
	id, err := strconv.Atoi(name)
	return id, err == nil && id > 0 && strconv.Itoa(id) == name
}
