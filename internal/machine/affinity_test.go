package machine

import (
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestOnCPUsBindsWhatIsStartedAndNothingElse(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have no affinity mask")
	}
	before, err := CPUs()
	if err != nil {
		t.Fatal(err)
	}
	for _, cpu := range before {
		var seen, child []int
		err := OnCPUs([]int{cpu}, func() (err error) {
			// The mask of the thread, and that of a process that it starts, which the kernel writes down itself.
			if seen, err = CPUs(); err != nil {
				return err
			}
			status, err := exec.Command("cat", "/proc/self/status").Output()
			for l := range strings.Lines(string(status)) {
				if list, ok := strings.CutPrefix(l, "Cpus_allowed_list:"); ok {
					child, err = parseCPUs(list)
				}
			}
			return err
		})
		if err != nil || !slices.Equal(seen, []int{cpu}) || !slices.Equal(child, []int{cpu}) {
			t.Errorf("on CPU %d: the thread has %v, a child %v; %v", cpu, seen, child, err)
		}
	}
	if after, err := CPUs(); err != nil || !slices.Equal(after, before) {
		t.Errorf("%v before, %v afterwards, %v", before, after, err)
	}
	if err := OnCPUs([]int{1 << 20}, func() error { return nil }); err == nil {
		t.Error("a CPU beyond the mask was taken")
	}
}

func TestOnCPUsReturnsWhatTheFunctionDoes(t *testing.T) {
	cpus, _ := CPUs()
	failed := errors.New("failed")
	for _, set := range [][]int{nil, cpus} {
		if err := OnCPUs(set, func() error { return failed }); err != failed {
			t.Errorf("on %v: %v", set, err)
		}
	}
}

func TestBusyTimeOfSomeCPUs(t *testing.T) {
	const stat = "cpu  7 7 7 7 7 7 7 7\ncpu0 1 20 300 4000 50000 600000 7000000 80000000\ncpu2 5 0 0 9 9 0 0 0\ncpu10 1 1 1 1 1 1 1 1\nintr 1 2 3\ncpu3 1 1 1 1 1 1 1 1\n"
	for _, c := range []struct {
		cpus  []int
		ticks int64
		known bool
	}{
		{nil, 42, true}, {[]int{0}, 87600321, true}, {[]int{10, 2}, 11, true}, {[]int{1}, 0, false}, {[]int{0, 3}, 0, false}, {[]int{}, 0, true},
	} {
		if n, err := parseBusy(stat, c.cpus); n != c.ticks || (err == nil) != c.known {
			t.Errorf("CPUs %v: %d, %v", c.cpus, n, err)
		}
	}
	if l := StartLoadOn([]int{1 << 15}); l.err == nil {
		t.Error("a CPU that is not there has a load")
	}
}
