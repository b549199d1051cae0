package batch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Halt says when a run stops before its end. The zero value never does.
type Halt struct {
	Now     bool    // also the programs that run are stopped, not only those to come
	On      string  // what is counted: "fail", "success" or "done"; "" for nothing
	Count   int64   // how many it takes
	Percent float64 // or which share of all tasks
}

// ParseHalt reads "never", or "now" or "soon" and a condition, as in "now,fail=1" or "soon,fail=10%".
func ParseHalt(s string) (h Halt, err error) {
	if s == "never" {
		return h, nil
	}
	when, condition, _ := strings.Cut(s, ",")
	on, number, ok := strings.Cut(condition, "=")
	wrong := fmt.Errorf("%q is no condition; write never, or now or soon with fail, success or done, as in now,fail=1 or soon,fail=10%%", s)
	if !ok || when != "now" && when != "soon" || on != "fail" && on != "success" && on != "done" {
		return h, wrong
	}
	h = Halt{Now: when == "now", On: on}
	if share, ok := strings.CutSuffix(number, "%"); ok {
		h.Percent, err = strconv.ParseFloat(share, 64)
		if err != nil || !(h.Percent > 0 && h.Percent <= 100) {
			return Halt{}, fmt.Errorf("%q: %q is no share; write more than 0%% and at most 100%%", s, number)
		}
		return h, nil
	}
	h.Count, err = strconv.ParseInt(number, 10, 64)
	if err != nil || h.Count < 1 {
		return Halt{}, fmt.Errorf("%q: %q is no count; write a whole number from 1 on, or a share such as 10%%", s, number)
	}
	return h, nil
}

// reached reports whether the counts so far are enough.
func (h Halt) reached(done, failed, total int64) bool {
	var n int64
	switch h.On {
	case "fail":
		n = failed
	case "success":
		n = done
	case "done":
		n = done + failed
	default:
		return false
	}
	if h.Percent > 0 {
		return float64(n) >= math.Ceil(h.Percent/100*float64(total))
	}
	return n >= h.Count
}

func (h Halt) String() string {
	if h.On == "" {
		return "never"
	}
	when := "soon"
	if h.Now {
		when = "now"
	}
	if h.Percent > 0 {
		return fmt.Sprintf("%s,%s=%s%%", when, h.On, strconv.FormatFloat(h.Percent, 'g', -1, 64))
	}
	return fmt.Sprintf("%s,%s=%d", when, h.On, h.Count)
}
