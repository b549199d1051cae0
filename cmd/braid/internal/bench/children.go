package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// childClock notes how much CPU time processes of this program have used, which would otherwise count as that of others
// until they have ended.
type childClock struct {
	begin time.Time
	used  map[int]time.Duration
}

func startChildClock(pids []int) childClock {
	c := childClock{begin: time.Now(), used: make(map[int]time.Duration)}
	for _, pid := range pids {
		if used, err := cpuOf(pid); err == nil {
			c.used[pid] = used
		}
	}
	return c
}

// cores returns how many cores the processes have used since the clock was started, as far as the system tells.
func (c childClock) cores() float64 {
	sum := time.Duration(0)
	for pid, before := range c.used {
		if now, err := cpuOf(pid); err == nil {
			sum += now - before
		}
	}
	return sum.Seconds() / max(time.Since(c.begin).Seconds(), 1e-9)
}

// clockTick is the unit of /proc/PID/stat: USER_HZ is 100 on every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// cpuOf returns the CPU time that a process has used, user and system.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	return parseCPU(string(text))
}

// parseCPU reads fields 14 to 17 of proc_pid_stat(5), the times of a process and of the programs that it ran. The second field is a name in parentheses, which may hold anything.
func parseCPU(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 15 {
		return 0, fmt.Errorf("%q is not the state of a process", stat)
	}
	sum := int64(0)
	for _, f := range fields[11:15] {
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil || ticks < 0 {
			return 0, fmt.Errorf("%q is not a number of ticks", f)
		}
		sum += ticks
	}
	return time.Duration(sum) * clockTick, nil
}
