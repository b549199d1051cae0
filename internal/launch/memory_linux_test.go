package launch

import (
	"slices"
	"testing"
)

func TestWhereTheKernelsKillsAreCounted(t *testing.T) {
	const v1 = `24 27 0:6 / /dev rw - devtmpfs devtmpfs rw
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:1 - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
	const v2 = "30 25 0:26 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n"
	for name, c := range map[string]struct {
		member, mounts string
		want           []string
	}{
		"version 1":        {"5:cpu:/\n4:memory:/job/7\n0::/\n", v1, []string{"/sys/fs/cgroup/memory/job/7/memory.oom_control", "/sys/fs/cgroup/unified/memory.events"}},
		"version 2":        {"0::/docker/abc/deep\n", v2, []string{"/sys/fs/cgroup/deep/memory.events"}},
		"the top itself":   {"0::/docker/abc\n", v2, []string{"/sys/fs/cgroup/memory.events"}},
		"outside":          {"0::/../x\n", v1, []string{"/sys/fs/cgroup/unified/x/memory.events"}},
		"garbage":          {"0:\nx::\n\n", " - \n", nil},
		"nothing":          {"", "", nil},
		"no memory member": {"5:cpu:/\n", v1, nil},
	} {
		if got := oomFiles(c.member, c.mounts); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestCountsAreRead(t *testing.T) {
	for text, want := range map[string]int64{
		"low 0\nhigh 0\nmax 3\noom 2\noom_kill 17\noom_group_kill 4\n": 17,
		"oom_kill_disable 0\nunder_oom 0\noom_kill 2\n":                2,
		"oom_kill 0": 0,
	} {
		if n, ok := parseCount(text); !ok || n != want {
			t.Errorf("%q: %d %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "oom_kill", "oom_kill x", "oom_kill -1", "oom_kills 3"} {
		if n, ok := parseCount(text); ok {
			t.Errorf("%q was read as %d", text, n)
		}
	}
	if _, ok := readCount("/proc/vmstat"); !ok {
		t.Skip("this kernel counts no kills")
	}
	if _, ok := oomKills(); !ok {
		t.Error("the kernel's count is not found")
	}
}
