package machine

import (
	"io/fs"
	"runtime"
	"strings"
	"sync"

	"github.com/braid-compute/braid/par"
)

// Description names a machine and what this process may use of it. Its JSON form is the "machine" of every --json
// output; names of fields there stay as they are, and new ones may be added.
type Description struct {
	OS            string `json:"os"`                  // as in GOOS
	Arch          string `json:"arch"`                // as in GOARCH
	Kernel        string `json:"kernel"`              // the kernel's release; "" if unknown
	CPU           string `json:"cpu"`                 // the processor's name, or the board's; "" if unknown
	HardwareCores int    `json:"hardware_cores"`      // hardware threads that are switched on
	Cores         int    `json:"usable_cores"`        // par.Cores
	CoresSource   string `json:"usable_cores_source"` // what decided that number
	Memory        int64  `json:"usable_memory_bytes"` // of Memory; 0 if unknown
	MemorySource  string `json:"usable_memory_source"`
	Go            string `json:"go"` // the version of Go that built this program
}

// Describe returns what this machine is. It is found once, at the first call, and kept.
func Describe() Description { return description() }

var description = sync.OnceValue(func() Description {
	cores, memory := par.Cores(), Memory()
	d := Description{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(), HardwareCores: runtime.NumCPU(),
		Cores: cores.N, CoresSource: cores.Source, Memory: memory.Bytes, MemorySource: memory.Source,
	}
	for _, c := range cores.Considered {
		if c.Name == "hardware" {
			d.HardwareCores = c.Cores
		}
	}
	if root := procRoot(); root != nil {
		d.CPU, d.Kernel = processor(root), line(root, "proc/sys/kernel/osrelease")
	} else {
		d.CPU, d.Kernel = strings.TrimSpace(hostProcessor()), hostKernel()
	}
	return d
})

// processor finds the processor's name on Linux. Kernels for ARM do not write it; there the board's name is the next
// best.
func processor(root fs.FS) string {
	if info, err := fs.ReadFile(root, "proc/cpuinfo"); err == nil {
		if name := parseProcessor(string(info)); name != "" {
			return name
		}
	}
	return line(root, "sys/firmware/devicetree/base/model")
}

// parseProcessor finds the first processor's name in /proc/cpuinfo, whose words for it depend on the architecture.
func parseProcessor(cpuinfo string) string {
	for l := range strings.Lines(cpuinfo) {
		key, value, ok := strings.Cut(l, ":")
		if !ok {
			continue
		}
		switch strings.TrimSpace(key) {
		case "model name", "Model Name", "cpu model", "cpu":
			if name := strings.Join(strings.Fields(value), " "); name != "" {
				return name
			}
		}
	}
	return ""
}

// line reads a file that holds one line or one C string; "" if it cannot be read.
func line(root fs.FS, name string) string {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return strings.Trim(string(data), " \n\x00")
}
