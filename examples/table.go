package examples

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Print writes the report for a person: its table, and its notes below.
func (r Report) Print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n", r.Title)
	_ = Table(&b, r) // a bytes.Buffer takes everything
	for i, note := range r.Notes {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "  %s\n", note)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// heading names the columns of Table. "error" is the size of the difference between result and reference.
var heading = []string{"example", "serial", "parallel", "speed-up", "quantity", "result", "reference", "error", "right"}

// leftAligned are the columns of words.
var leftAligned = []bool{0: true, 4: true, 8: true}

// Table writes reports as a table with one line for each quantity. The times stand on the first line of each report.
func Table(w io.Writer, reports ...Report) error {
	rows := [][]string{heading}
	for _, r := range reports {
		rows = append(rows, r.rows()...)
	}
	return align(w, rows, leftAligned)
}

// align writes rows of cells in columns, of which those that left says begin at the left and the others end at the right.
func align(w io.Writer, rows [][]string, left []bool) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b bytes.Buffer
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < len(left) && left[i] {
				line.WriteString(cell + padding + "  ")
			} else {
				line.WriteString(padding + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// rows returns the lines of the report in the table.
func (r Report) rows() [][]string {
	times := []string{r.Name, duration(r.Serial), duration(r.Parallel), ratio(r.SpeedUp())}
	if len(r.Checks) == 0 {
		return [][]string{append(times, "none", "", "", "", "NO")}
	}
	var rows [][]string
	for i, c := range r.Checks {
		row := make([]string, len(times), len(heading))
		if i == 0 {
			copy(row, times)
		}
		right := "yes"
		if !c.OK() {
			right = "NO"
		}
		rows = append(rows, append(row, c.Name, quantity(c.Result, c.Unit), quantity(c.Reference, c.Unit), short(c.Deviation()), right))
	}
	return rows
}

// quantity formats a number with its unit: whole numbers in full, others with ten digits, and three where it is nearly
// nothing.
func quantity(x float64, unit string) string {
	s := strconv.FormatFloat(x, 'g', 10, 64)
	switch {
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		s = strconv.FormatFloat(x, 'f', -1, 64)
	case math.Abs(x) < 1e-6:
		s = strconv.FormatFloat(x, 'g', 3, 64)
	}
	if unit == "" {
		return s
	}
	return s + " " + unit
}

// short formats a difference.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 2, 64) }

// ratio formats a speed-up.
func ratio(x float64) string {
	if x > 0 && x < 0.005 {
		return "<0.01"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// duration formats a time with the unit that suits its size.
func duration(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	default:
		return fmt.Sprintf("%.1f µs", d.Seconds()*1e6)
	}
}
