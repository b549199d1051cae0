package examples

import (
	"io"
	"slices"
	"strings"
	"time"
)

// Serial is the name of the plain way, on one core, among the modes of [Compare]. It is part of every report.
const Serial = "serial"

// Comparison is one example that was run in several modes.
type Comparison struct {
	Name string
	Runs []Run // in the order of the modes; fewer if it was interrupted
}

// Run is what came of an example in one mode.
type Run struct {
	Mode   string
	Report Report
	Err    error // why there is no report
}

// Wrong returns why the run failed or which of its results are wrong, or nil.
func (r Run) Wrong() error {
	if r.Err != nil {
		return r.Err
	}
	return r.Report.Err()
}

// Serial returns the least time that the plain way took, or 0 if no run came to an end.
func (c Comparison) Serial() (least time.Duration) {
	for _, r := range c.Runs {
		if r.Err == nil && (least == 0 || r.Report.Serial < least) {
			least = r.Report.Serial
		}
	}
	return least
}

// SpeedUp returns how many times as fast a run was as the plain way, or 0 if one of them took no time.
func (c Comparison) SpeedUp(r Run) float64 {
	return Report{Serial: c.Serial(), Parallel: r.Report.Parallel}.SpeedUp()
}

// Compare writes a table with a line for each example: its time in each mode, the speed-up against the plain way, and
// whether all results are right, or in which modes they are not.
func Compare(w io.Writer, modes []string, all ...Comparison) error {
	head := []string{"example"}
	for _, m := range modes {
		head = append(head, m)
		if m != Serial {
			head = append(head, "speed-up")
		}
	}
	rows := [][]string{append(head, "right")}
	for _, c := range all {
		rows = append(rows, c.row(modes))
	}
	left := make([]bool, len(head)+1)
	left[0], left[len(head)] = true, true
	return align(w, rows, left)
}

func (c Comparison) row(modes []string) []string {
	row := []string{c.Name}
	var wrong []string
	for _, r := range c.Runs {
		if r.Wrong() != nil {
			wrong = append(wrong, r.Mode)
		}
	}
	for _, m := range modes {
		if m == Serial {
			row = append(row, orDash(c.Serial() > 0, duration(c.Serial())))
			continue
		}
		i := slices.IndexFunc(c.Runs, func(r Run) bool { return r.Mode == m && r.Err == nil })
		if i < 0 {
			row = append(row, "-", "-")
			continue
		}
		row = append(row, duration(c.Runs[i].Report.Parallel), ratio(c.SpeedUp(c.Runs[i])))
	}
	if len(wrong) > 0 {
		return append(row, "NO: "+strings.Join(wrong, ", "))
	}
	return append(row, "yes")
}

func orDash(there bool, cell string) string {
	if there {
		return cell
	}
	return "-"
}
