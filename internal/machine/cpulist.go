package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostCPUs bounds the numbers of CPUs and nodes that are believed, well above the most that a Linux kernel can be built
// for (8192).
const mostCPUs = 1 << 16

// parseCPUs reads a list of the kernel, such as "0-3,8,10-11", whose ranges ascend; an empty list has none. (Linux kernel:
// admin-guide/cputopology.rst.)
func parseCPUs(text string) ([]int, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	var cpus []int
	next := 0
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, errFirst := strconv.ParseUint(from, 10, 31)
		last, errLast := strconv.ParseUint(to, 10, 31)
		if errFirst != nil || errLast != nil || last >= mostCPUs || first > last || int(first) < next {
			return nil, fmt.Errorf("%q is not a list of CPUs", text)
		}
		for next = int(first); next <= int(last); next++ {
			cpus = append(cpus, next)
		}
	}
	return cpus, nil
}

// FormatCPUs writes CPUs as the kernel does: "0-3,8".
func FormatCPUs(cpus []int) string {
	cpus = slices.Compact(slices.Sorted(slices.Values(cpus)))
	var parts []string
	for i := 0; i < len(cpus); {
		j := i
		for j+1 < len(cpus) && cpus[j+1] == cpus[j]+1 {
			j++
		}
		part := strconv.Itoa(cpus[i])
		if j > i {
			part += "-" + strconv.Itoa(cpus[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}
