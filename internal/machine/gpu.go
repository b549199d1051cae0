package machine

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// GPU is a graphics or compute processor on the PCI bus.
type GPU struct {
	Vendor string // "NVIDIA", "AMD" or "Intel"
	Model  string // as the driver calls it; "" if it does not
	Device string // numbers of vendor and device, as in "10de:20b0"
	Bus    string // its place, as in "0000:3b:00.0"
	Memory int64  // bytes, where the driver tells; else 0
	Node   int    // the NUMA node it is attached to; -1 if unknown
}

// String returns the GPU on one line.
func (g GPU) String() string {
	s := g.Vendor
	if g.Model != "" && !strings.HasPrefix(g.Model, g.Vendor) {
		s += " " + g.Model
	} else if g.Model != "" {
		s = g.Model
	}
	s += fmt.Sprintf(" (%s at %s", g.Device, g.Bus)
	if g.Memory > 0 {
		s += fmt.Sprintf(", %.1f GiB", float64(g.Memory)/gib)
	}
	if g.Node >= 0 {
		s += fmt.Sprintf(", NUMA node %d", g.Node)
	}
	return s + ")"
}

// gpuVendors are those whose processors compute. The display adapters of servers' management boards and of virtual
// machines, which have other vendors, do not.
var gpuVendors = map[uint64]string{0x10de: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"}

// ReadGPUs lists the GPUs of this machine, by place. A device without a driver is listed as well. The error says why
// they are not known: the PCI bus is read on Linux only.
func ReadGPUs() ([]GPU, error) {
	root := procRoot()
	if root == nil {
		return nil, errNotRead
	}
	return readGPUs(root)
}

// readGPUs looks through the PCI bus. (Linux kernel: ABI/testing/sysfs-bus-pci.)
func readGPUs(root fs.FS) ([]GPU, error) {
	const bus = "sys/bus/pci/devices"
	if _, err := fs.Stat(root, bus); err != nil {
		return nil, nil // a machine without a PCI bus
	}
	entries, err := fs.ReadDir(root, bus)
	if err != nil {
		return nil, err
	}
	var gpus []GPU
	for _, e := range entries {
		if g, ok := gpu(root, path.Join(bus, e.Name())); ok {
			gpus = append(gpus, g)
		}
	}
	slices.SortFunc(gpus, func(a, b GPU) int { return strings.Compare(a.Bus, b.Bus) })
	return gpus, nil
}

// gpu reads a device of the PCI bus; ok is false if it is no GPU.
func gpu(root fs.FS, folder string) (g GPU, ok bool) {
	class, errClass := parseHex(line(root, folder+"/class"))
	vendor, errVendor := parseHex(line(root, folder+"/vendor"))
	device, errDevice := parseHex(line(root, folder+"/device"))
	if errClass != nil || errVendor != nil || errDevice != nil || gpuVendors[vendor] == "" {
		return GPU{}, false
	}
	// 0x03 are display controllers of any kind. 0x12, processing accelerators, holds AMD's Instinct cards, and the
	// other vendors' devices that are no GPUs.
	if kind := class >> 16; kind != 0x03 && !(kind == 0x12 && vendor == 0x1002) {
		return GPU{}, false
	}
	g = GPU{Vendor: gpuVendors[vendor], Device: fmt.Sprintf("%04x:%04x", vendor, device), Bus: path.Base(folder), Node: -1}
	if node, err := strconv.Atoi(line(root, folder+"/numa_node")); err == nil && node >= 0 {
		g.Node = node
	}
	// amdgpu's names; the driver of NVIDIA has files of its own.
	g.Model = printable(line(root, folder+"/product_name"))
	if bytes, err := strconv.ParseInt(line(root, folder+"/mem_info_vram_total"), 10, 64); err == nil && bytes > 0 {
		g.Memory = bytes
	}
	if text, err := fs.ReadFile(root, path.Join("proc/driver/nvidia/gpus", g.Bus, "information")); err == nil {
		g.Model = parseNVIDIA(string(text))
	}
	return g, true
}

// parseHex reads a number as the PCI bus shows it, such as "0x030200".
func parseHex(text string) (uint64, error) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return 0, fmt.Errorf("%q does not begin with 0x", text)
	}
	return strconv.ParseUint(digits, 16, 32)
}

// parseNVIDIA finds the model in what the driver tells of a GPU: "Model: \t NVIDIA A100-SXM4-40GB".
func parseNVIDIA(information string) string {
	for l := range strings.Lines(information) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == "Model" {
			return printable(value)
		}
	}
	return ""
}

// printable makes one line of a name from outside, with single spaces.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, name)
	return strings.Join(strings.Fields(name), " ")
}
