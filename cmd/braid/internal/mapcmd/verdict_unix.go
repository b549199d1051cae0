//go:build unix

package mapcmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/progress"
)

// mapVerdict says what came of a run, and what would have gone faster.
type mapVerdict struct {
	batch.Summary
	slots, cores   int
	interrupted    bool
	journal, files string
	halt           batch.Halt
}

// lines are the closing lines.
func (v mapVerdict) lines() []string {
	ran := v.Total - v.Earlier
	switch {
	case v.Total == 0:
		return []string{"there was nothing to do: a list of arguments is empty"}
	case ran == 0:
		return []string{fmt.Sprintf("nothing to do: %s done in earlier runs, says %s; --rerun runs them again", console.IsAre(v.Total, "task"), v.journal)}
	}
	lines := []string{v.first(ran)}
	if v.Cut > 0 {
		lines = append(lines, fmt.Sprintf("%s of output were left out, in the middle of what long-winded tasks printed; --keep-output keeps more, and --output all", progress.Bytes(v.Cut)))
	}
	if a := v.advice(ran); a != "" {
		lines = append(lines, a)
	}
	if next := v.next(); next != "" {
		lines = append(lines, next)
	}
	return lines
}

// first is the line with the numbers.
func (v mapVerdict) first(ran int64) string {
	var b strings.Builder
	switch {
	case v.NotRun > 0:
		how := "stopped"
		if v.Halted && !v.interrupted {
			how = fmt.Sprintf("stopped by --halt %s", v.halt)
		}
		fmt.Fprintf(&b, "%s after %s: %s of %s done", how, seconds(v.Wall), console.Grouped(v.Done), console.Plural(ran, "task"))
	case v.Failed > 0:
		fmt.Fprintf(&b, "%s of %s done", console.Grouped(v.Done), console.Plural(ran, "task"))
	default:
		fmt.Fprintf(&b, "%s done in %s", console.Plural(ran, "task"), seconds(v.Wall))
	}
	if v.Failed > 0 {
		fmt.Fprintf(&b, ", %s failed", console.Grouped(v.Failed))
	}
	if v.NotRun > 0 {
		fmt.Fprintf(&b, ", %s not run", console.Grouped(v.NotRun))
	} else if v.Failed > 0 {
		fmt.Fprintf(&b, ", in %s", seconds(v.Wall))
	}
	if v.Earlier > 0 {
		fmt.Fprintf(&b, "; %s done earlier", console.IsAre(v.Earlier, "other"))
	}
	if v.Retried > 0 {
		fmt.Fprintf(&b, "; %s", console.Plural(v.Retried, "further attempt"))
	}
	fmt.Fprintf(&b, "; %s held, %.1f used (%.0f %%)", console.Plural(int64(v.cores), "core"), v.used(), 100*v.used()/float64(v.cores))
	if v.Peak > 0 {
		fmt.Fprintf(&b, "; the largest process took %s", progress.Bytes(v.Peak))
	}
	return b.String()
}

// used is the mean number of cores that programs used.
func (v mapVerdict) used() float64 { return v.CPU.Seconds() / max(v.Wall.Seconds(), 1e-9) }

// busy is the mean number of slots in which a program ran.
func (v mapVerdict) busy() float64 {
	return min(v.Busy.Seconds()/max(v.Wall.Seconds(), 1e-9), float64(v.slots))
}

// adviceFrom is the time below which starting and ending explain idle cores well enough.
const adviceFrom = 5 * time.Second

// advice names the usual mistakes.
func (v mapVerdict) advice(ran int64) string {
	cores := float64(v.cores)
	if v.Wall < adviceFrom || v.interrupted {
		return ""
	}
	wanted := v.slots * v.Threads
	switch {
	case v.slots == 1 && v.cores > 1 && ran > 1 && v.used() < 0.75*cores:
		return fmt.Sprintf("the run was serial: one slot, and %d cores; without -n 1 all of them are used", v.cores)
	case v.slots < v.cores && ran > int64(v.slots) && v.used() < 0.75*cores:
		return fmt.Sprintf("%d slots left cores idle: there are %d; leave -n out to use them all, or hold fewer", v.slots, v.cores)
	case ran >= 1000 && v.Busy < time.Duration(ran)*5*time.Millisecond:
		return fmt.Sprintf("a task took %s on average, of which starting the program is a good part: give each program more work", seconds(v.Busy/time.Duration(ran)))
	case v.Threads > 1 && wanted >= 2*v.cores && v.used() > 0.7*cores:
		return fmt.Sprintf("programs had up to %d threads each, %d at once for %s; if they all compute they are in each other's way: try --env OMP_NUM_THREADS=%d, or -n %d",
			v.Threads, wanted, console.Plural(int64(v.cores), "core"), max(1, v.cores/v.slots), max(1, v.cores/v.Threads))
	case ran < int64(v.cores) && v.used() < 0.75*cores:
		return fmt.Sprintf("%s cannot keep %d cores busy: cut the work into more, or hold fewer cores", console.Plural(ran, "task"), v.cores)
	case v.busy() < 0.6*float64(v.slots):
		return fmt.Sprintf("on average a program ran in %.1f of %d slots: some tasks took much longer than others, and the last ones ran alone; begin with the longest", v.busy(), v.slots)
	case v.used() < v.busy()/2 && v.slots <= v.cores:
		return fmt.Sprintf("programs ran in %.1f slots and used %.1f cores: they waited more than they computed; a larger -n lets more of them wait at once", v.busy(), v.used())
	}
	return ""
}

// next says how to go on.
func (v mapVerdict) next() string {
	switch {
	case v.NotRun == 0 && v.Failed == 0:
		return ""
	case v.journal != "":
		return "the same command again runs what is missing; what is done stands in " + v.journal
	case v.NotRun > 0:
		return "with --journal FILE the same command again would run only what is missing"
	}
	return ""
}

// seconds writes a length of time for people.
func seconds(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3)
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
