package machine

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Load measures how busy other processes keep the machine, from [StartLoad] on.
type Load struct {
	read  func() (reading, error)
	begin reading
	err   error
}

// reading is the state of the clocks at one moment.
type reading struct {
	at   time.Time
	busy int64         // ticks that the cores of the machine have worked since it was started; may exceed a Duration
	own  time.Duration // CPU time of this process and its ended children
}

// tick is the unit of /proc/stat: USER_HZ is 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// shortest is the interval below which Others says nothing, because the ticks of each core are rounded.
const shortest = 500 * time.Millisecond

// StartLoad begins a measurement.
func StartLoad() *Load {
	root := procRoot()
	return startLoad(func() (reading, error) { return readClocks(root, nil) })
}

// StartLoadOn begins a measurement of these CPUs alone. All that this process and its children use is taken to be used
// there, so what they use elsewhere hides as much of what others use.
func StartLoadOn(cpus []int) *Load {
	root, cpus := procRoot(), slices.Clone(cpus)
	return startLoad(func() (reading, error) { return readClocks(root, cpus) })
}

func startLoad(read func() (reading, error)) *Load {
	l := &Load{read: read}
	l.begin, l.err = read()
	return l
}

// Others returns how many cores others than this process have used since the measurement began, on average; a benchmark
// during which this is far from zero was disturbed. Time that a hypervisor took away counts too. Children of this
// process are others until they have ended and been waited for. ok is false where that is not known: everywhere but on
// Linux, and in the first half second. It may be called again, always for the whole time.
func (l *Load) Others() (cores float64, ok bool) {
	if l.err != nil {
		return 0, false
	}
	now, err := l.read()
	wall := now.at.Sub(l.begin.at)
	if err != nil || wall < shortest {
		return 0, false
	}
	others := time.Duration(now.busy-l.begin.busy)*tick - (now.own - l.begin.own)
	// Below zero when a child has used most of its time before the measurement.
	return max(others.Seconds(), 0) / wall.Seconds(), true
}

func readClocks(root fs.FS, cpus []int) (reading, error) {
	if root == nil {
		return reading{}, errNotRead
	}
	stat, err := fs.ReadFile(root, "proc/stat")
	if err != nil {
		return reading{}, err
	}
	busy, err := parseBusy(string(stat), cpus)
	return reading{at: time.Now(), busy: busy, own: ProcessCPU() + childrenCPU()}, err
}

// parseBusy adds up the busy time of all cores in /proc/stat, or of the CPUs alone. (proc_stat(5): user nice system idle
// iowait irq softirq steal guest guest_nice; the time of guests is in that of users already.)
func parseBusy(stat string, cpus []int) (ticks int64, err error) {
	if cpus == nil {
		first, _, _ := strings.Cut(stat, "\n")
		return parseTicks(first, "cpu")
	}
	found := 0
	for l := range strings.Lines(stat) {
		name, _, _ := strings.Cut(l, " ")
		number, isCPU := strings.CutPrefix(name, "cpu")
		if !isCPU {
			break // the CPUs come first
		}
		if n, err := strconv.Atoi(number); err != nil || !slices.Contains(cpus, n) {
			continue
		}
		n, err := parseTicks(l, name)
		if err != nil {
			return 0, err
		}
		ticks, found = ticks+n, found+1
	}
	if found != len(cpus) {
		return 0, fmt.Errorf("/proc/stat tells of %d of the CPUs %s", found, FormatCPUs(cpus))
	}
	return ticks, nil
}

// parseTicks adds up the busy time in a line of that name.
func parseTicks(l, name string) (ticks int64, err error) {
	fields := strings.Fields(l)
	if len(fields) < 8 || fields[0] != name {
		return 0, fmt.Errorf("/proc/stat has %q in place of a line %q of times", l, name)
	}
	for i, f := range fields[1:min(len(fields), 9)] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil || n < 0 || n > 1<<56 {
			return 0, fmt.Errorf("/proc/stat: %q is not a number of ticks", f)
		}
		if i != 3 && i != 4 { // idle, and idle while a disk works
			ticks += n
		}
	}
	return ticks, nil
}
