package machine

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/braid-compute/braid/par"
)

// The kernel's own line about this process, in hundredths of a second, is an independent reference.
func TestProcessCPUIsWhatTheKernelCounts(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the reference is in /proc")
	}
	burn(100 * time.Millisecond)
	before := ProcessCPU()
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	after := ProcessCPU()
	_, rest, _ := strings.Cut(string(stat), ") ")
	var user, system int64
	if _, err := fmt.Sscan(strings.Join(strings.Fields(rest)[11:13], " "), &user, &system); err != nil {
		t.Fatal(err)
	}
	if got := time.Duration(user+system) * tick; before < 100*time.Millisecond || got < before-2*tick || got > after+2*tick {
		t.Errorf("between %v and %v, the kernel says %v", before, after, got)
	}
}

// A child is one of the others until it has been waited for; then its time is this process's own.
func TestOthersCountsChildrenUntilTheyAreWaitedFor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux only")
	}
	l := StartLoad()
	if _, ok := l.Others(); ok {
		t.Error("an answer in the first half second")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program)
	child.Env = append(os.Environ(), work+"=600ms", "GORACE=atexit_sleep_ms=0") // or Wait takes a second, in which others work
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var word string
	if _, err := fmt.Fscanln(output, &word); err != nil || word != "done" {
		t.Errorf("the child said %q, %v", word, err)
	}
	during, ok := l.Others()
	wall := time.Since(l.begin.at)
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	after, okAfter := l.Others()
	share := 0.6 / wall.Seconds()
	if !ok || !okAfter || during < share/2 || after > during-share/2 {
		t.Errorf("%.2f cores, %v, while a child used %.2f; %.2f, %v, once it was waited for", during, ok, share, after, okAfter)
	}
}

func TestOthersIsTheRestOfTheMachine(t *testing.T) {
	begin := time.Now()
	for _, c := range []struct {
		name        string
		wall        time.Duration
		ticks       int64
		own         time.Duration
		err         error
		want        float64
		known       bool
		unreadAtAll bool
	}{
		{name: "quiet", wall: 2 * time.Second, ticks: 300, own: 3 * time.Second, known: true},
		{name: "one core", wall: 2 * time.Second, ticks: 300, own: time.Second, want: 1, known: true},
		{name: "a child's earlier time", wall: time.Second, ticks: 10, own: time.Minute, known: true},
		{name: "too short", wall: shortest - 1, ticks: 30},
		{name: "unreadable at the end", wall: time.Second, err: errNotRead},
		{name: "unreadable at all", wall: time.Second, unreadAtAll: true},
	} {
		// More core time before the measurement than a Duration holds.
		now, err := reading{at: begin, busy: 1 << 50, own: time.Hour}, error(nil)
		if c.unreadAtAll {
			err = errNotRead
		}
		l := startLoad(func() (reading, error) { return now, err })
		now, err = reading{begin.Add(c.wall), now.busy + c.ticks, now.own + c.own}, c.err
		if cores, ok := l.Others(); math.Abs(cores-c.want) > 1e-12 || ok != c.known {
			t.Errorf("%s: %g, %v, want %g, %v", c.name, cores, ok, c.want, c.known)
		}
	}
}

func TestBusyTimeLeavesOutIdlingAndGuests(t *testing.T) {
	if n, err := parseBusy("cpu  1 20 300 4000 50000 600000 7000000 80000000 900000000 1\ncpu0 5", nil); n != 87600321 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, root := range []fs.FS{nil, fstest.MapFS{}, fstest.MapFS{"proc/stat": {Data: []byte("intr 5\n")}}} {
		if r, err := readClocks(root, nil); err == nil {
			t.Errorf("%v was read from %v", r, root)
		}
	}
}

func TestDescribeHasStableNames(t *testing.T) {
	data, err := json.Marshal(Description{"linux", "arm64", "6.1", "Ampere", 8, 4, "cgroup quota", 5, "physical memory", "go1.26"})
	const want = `{"os":"linux","arch":"arm64","kernel":"6.1","cpu":"Ampere","hardware_cores":8,"usable_cores":4,"usable_cores_source":"cgroup quota",` +
		`"usable_memory_bytes":5,"usable_memory_source":"physical memory","go":"go1.26"}`
	if string(data) != want || err != nil {
		t.Errorf("%v\ngot  %s\nwant %s", err, data, want)
	}
}

func TestDescribeAgreesWithWhatItIsMadeOf(t *testing.T) {
	d := Describe()
	if d.OS != runtime.GOOS || d.Arch != runtime.GOARCH || d.Go != runtime.Version() || d.Cores != par.Cores().N ||
		d.Memory != Memory().Bytes || d.HardwareCores < 1 || d.CoresSource == "" || d.MemorySource == "" {
		t.Errorf("%+v", d)
	}
	if d.Kernel == "" {
		switch runtime.GOOS {
		case "linux", "darwin", "windows":
			t.Errorf("no kernel: %+v", d)
		}
	}
	if _, err := exec.LookPath("uname"); err == nil && runtime.GOOS == "linux" {
		if release, err := exec.Command("uname", "-r").Output(); err != nil || strings.TrimSpace(string(release)) != d.Kernel {
			t.Errorf("kernel %q, uname says %q, %v", d.Kernel, release, err)
		}
	}
}

func TestProcessorsAreNamedByModelOrBoard(t *testing.T) {
	for info, want := range map[string]string{
		"processor\t: 0\ncpu family\t: 6\nmodel name\t: Some  CPU @ 2\n\nprocessor\t: 1\nmodel name\t: Other\n": "Some CPU @ 2",
		"processor : 0\ncpu : POWER9\n": "POWER9",
		"CPU implementer : 0x41\n":      "Board 4",
		"":                              "Board 4",
	} {
		root := fstest.MapFS{"proc/cpuinfo": {Data: []byte(info)}, "sys/firmware/devicetree/base/model": {Data: []byte("Board 4\x00")}}
		if got := processor(root); got != want {
			t.Errorf("%q: %q, want %q", info, got, want)
		}
	}
	if got := processor(fstest.MapFS{}); got != "" {
		t.Errorf("without files: %q", got)
	}
}

func TestMountinfoEscapes(t *testing.T) {
	if got := unescape(`/a\040b\134c\04`); got != `/a b\c\04` {
		t.Errorf("got %q", got)
	}
}

func TestUnknownMemoryPrintsAsUnknown(t *testing.T) {
	s := place("", nil)
	s.physical = func() (int64, error) { return 0, errNotRead }
	if a := s.allowance(); a.String() != "unknown" {
		t.Errorf("%v", a)
	}
}
