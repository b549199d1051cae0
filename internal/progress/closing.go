package progress

import (
	"fmt"
	"math"
	"time"
)

// closingLines says what was done, and what would have gone faster if the numbers show it. There is none if no task
// was ever submitted.
func closingLines(s Snapshot) []string {
	sum := s.all()
	if sum.Total == 0 {
		return nil
	}
	var text string
	switch {
	case sum.left() > 0:
		text = fmt.Sprintf("stopped after %s: %s of %s done%s, %s unfinished", exactly(s.Elapsed), count(sum.Done), counted(sum.Total, "task"), outcomes(sum), count(sum.left()))
	case sum.Failed+sum.Cancelled > 0:
		text = fmt.Sprintf("%s of %s done%s, in %s", count(sum.Done), counted(sum.Total, "task"), outcomes(sum), exactly(s.Elapsed))
	default:
		text = fmt.Sprintf("%s in %s", counted(sum.Total, "task"), exactly(s.Elapsed))
	}
	if sum.Retried > 0 {
		text += ", with " + counted(sum.Retried, "retried attempt")
	}
	text += "; " + counted(int64(s.CoresHeld), "core") + " held"
	if s.CPU > 0 && s.CoresHeld > 0 {
		text += fmt.Sprintf(", %.1f used (%.0f %%)", s.coresUsed(), 100*s.coresUsed()/float64(s.CoresHeld))
	}
	// Of functions that still run the time is not known.
	if s.Slots > s.CoresHeld && s.Running == 0 {
		text += fmt.Sprintf("; %s of %d slots busy", decimal(s.slotsUsed()), s.Slots)
	}
	lines := []string{"braid: " + text}
	if a := advice(s); a != "" {
		lines = append(lines, "braid: "+a)
	}
	return lines
}

// adviceAfter is the time below which starting up and ending explain idle cores well enough.
const adviceAfter = 5 * time.Second

// advice names the cause of idle cores and what helps, if more than half of them were idle and the counts tell why.
func advice(s Snapshot) string {
	sum, cores, used := s.all(), float64(s.CoresHeld), s.coresUsed()
	if s.Elapsed < adviceAfter || s.CPU <= 0 || used >= cores/2 {
		return ""
	}
	if s.Active > 0 && s.Active < s.Elapsed/2 {
		return fmt.Sprintf("there were no tasks for %s of %s: the program was busy outside of them", exactly(s.Elapsed-s.Active), exactly(s.Elapsed))
	}
	if 2*s.Slots <= s.CoresHeld {
		return fmt.Sprintf("%s cannot fill %d cores: leave Slots at 0 to use them all, or hold fewer cores", counted(int64(s.Slots), "slot"), s.CoresHeld)
	}
	if sum.Total < int64(s.CoresHeld) {
		return fmt.Sprintf("%s cannot keep %d cores busy: cut the work into more tasks, or hold fewer cores", counted(sum.Total, "task"), s.CoresHeld)
	}
	if s.Running > 0 {
		return "" // what follows needs the time in all functions
	}
	slots := s.slotsUsed()
	if slots >= float64(s.Slots)/2 {
		return waiting(s, slots)
	}
	if s.CoresHeld == 1 {
		return ""
	}
	for _, g := range s.Groups {
		if g.Busy > sum.Busy/2 && g.Total < int64(s.CoresHeld) {
			return fmt.Sprintf("%s of %s took %.0f %% of the time in tasks, about %s each: too few for %d cores, so cut them into smaller ones",
				counted(g.Total, "task"), cut(printable(g.Name), 2*mostName), 100*ratio(g.Busy, sum.Busy), exactly(g.Busy/time.Duration(max(g.Done+g.Failed+g.Retried, 1))), s.CoresHeld)
		}
	}
	return fmt.Sprintf("on average %s of %d slots ran a task: tasks waited for others or for memory, or the program was busy outside tasks; more tasks that need not wait would use more cores",
		decimal(slots), s.Slots)
}

// waiting is the advice for slots that were taken by tasks which hardly computed.
func waiting(s Snapshot, slots float64) string {
	used := s.coresUsed()
	if used > slots/2 || s.Slots > s.CoresHeld {
		return "" // in the second case somebody expected it
	}
	text := fmt.Sprintf("tasks took %s of %d slots but %.1f cores: they waited more than they computed, for a sleep, input, a lock or other programs; ", decimal(slots), s.Slots, used)
	if enough := int64(math.Ceil(used)); enough < int64(s.CoresHeld) {
		return text + fmt.Sprintf("%s would do, or more Slots let more of them wait at once", counted(max(enough, 1), "core"))
	}
	return text + "more Slots let more of them wait at once"
}
