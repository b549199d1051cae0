package scaling

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// leastWidth is the narrowest terminal that bars are drawn for.
const leastWidth = 40

// WriteText writes the verdict as a table, the conclusions, and a bar for each count, in lines of at most so many
// characters where the table allows it. runs is how many runs of each count were planned.
func WriteText(w io.Writer, v Verdict, runs, width int) error {
	var b bytes.Buffer
	v.table(&b, runs)
	for _, sentence := range v.sentences() {
		fmt.Fprintf(&b, "\n%s", sentence)
	}
	if v.Base != 0 {
		b.WriteString("\n\n")
		v.bars(&b, max(width, leastWidth))
	}
	_, err := w.Write(b.Bytes())
	return err
}

var heading = []string{"cores", "runs", "median", "min–max", "speed-up", "efficiency", "serial", "others"}

// table writes a line for each count.
func (v Verdict) table(b *bytes.Buffer, runs int) {
	rows := [][]string{heading}
	for _, j := range v.Rows {
		rows = append(rows, j.cells())
	}
	widths := make([]int, len(heading))
	for _, row := range rows {
		for i, cell := range row[:len(heading)] {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, row := range rows {
		var line strings.Builder
		for k, cell := range row[:len(heading)] {
			line.WriteString(strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell)) + cell + "  ")
		}
		if i > 0 {
			line.WriteString(v.Rows[i-1].remark(runs))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// cells returns the row as texts, "-" where there is no number.
func (j Judged) cells() []string {
	cells := []string{strconv.Itoa(j.Cores), strconv.Itoa(len(j.Samples)), "-", "-", "-", "-", "-", "-"}
	if !j.OK() {
		return cells
	}
	factor, unit := suitable(j.Max)
	cells[2] = digits(j.Median*factor) + " " + unit
	cells[3] = digits(j.Min*factor) + "–" + digits(j.Max*factor) + " " + unit
	cells[4], cells[5] = decimals(j.SpeedUp, 2), percent(j.Efficiency)
	cells[6], cells[7] = percent(j.Serial), decimals(j.Others, 2)
	return cells
}

// remark is what stands behind a row.
func (j Judged) remark(runs int) string {
	switch {
	case j.Failure != nil:
		return "failed: " + j.Failure.Error()
	case len(j.Samples) < runs:
		return "interrupted"
	case j.Disturbed:
		return "disturbed"
	}
	return ""
}

// sentences draw the conclusions.
func (v Verdict) sentences() []string {
	if v.Base == 0 {
		return nil
	}
	var list []string
	fastest := v.row(v.Fastest)
	switch {
	case v.Unchanged && v.disturbed():
		list = append(list, "The run time did not change with the count by more than the runs vary; others used the cores, which may be why.")
	case v.Unchanged:
		list = append(list, fmt.Sprintf("The run time did not change with the count: %s %s as good as more, or the program ignores the count.",
			Counted(v.Base), plural(v.Base, "is", "are")))
	case v.Enough == v.Fastest:
		list = append(list, fmt.Sprintf("Fastest with %s (%s); no smaller count is within 10 %% of it.", Counted(v.Fastest), Seconds(fastest.Median)))
	default:
		list = append(list, fmt.Sprintf("Fastest with %s (%s); %s %s within 10 %% of it (%s).", Counted(v.Fastest), Seconds(fastest.Median),
			Counted(v.Enough), plural(v.Enough, "is", "are"), Seconds(v.row(v.Enough).Median)))
	}
	if !math.IsNaN(v.Serial) && !v.Unchanged {
		s := fmt.Sprintf("Serial fraction over all counts, by Amdahl's law: %s", percent(v.Serial))
		if v.Serial >= 0.001 {
			s += fmt.Sprintf("; at most %s times as fast on any number of cores", limit(1/v.Serial))
		}
		list = append(list, s+".")
	}
	if v.Base > 1 {
		list = append(list, fmt.Sprintf("Speed-ups refer to %s, the smallest count that was measured.", Counted(v.Base)))
	}
	if v.disturbed() {
		list = append(list, "In disturbed rows, others used the cores meanwhile (column others); measure again when the machine is quiet.")
	}
	return list
}

func (v Verdict) disturbed() bool {
	return slices.ContainsFunc(v.Rows, func(j Judged) bool { return j.Disturbed })
}

// row returns the row of a count that was measured.
func (v Verdict) row(cores int) Judged {
	for _, j := range v.Rows {
		if j.Cores == cores {
			return j
		}
	}
	return Judged{}
}

// bars draws the speed-ups, with a mark where as many times the cores would be as many times as fast.
func (v Verdict) bars(b *bytes.Buffer, width int) {
	labels, greatest := 0, 1.0
	for _, j := range v.Rows {
		if j.OK() {
			labels = max(labels, len(strconv.Itoa(j.Cores)))
			greatest = max(greatest, j.SpeedUp, v.ideal(j.Cores))
		}
	}
	room := width - labels - 2 - 10 // between the label and the number behind the longest bar
	fmt.Fprintf(b, "speed-up against %s (│ ideal)\n", Counted(v.Base))
	for _, j := range v.Rows {
		if !j.OK() {
			continue
		}
		line := []rune(bar(j.SpeedUp / greatest * float64(room)))
		mark := int(math.Round(v.ideal(j.Cores) / greatest * float64(room)))
		for len(line) < mark {
			line = append(line, ' ')
		}
		if mark >= len(line) {
			line = append(line, '│')
		}
		fmt.Fprintf(b, "%*d %s %s\n", labels, j.Cores, string(line), decimals(j.SpeedUp, 2))
	}
}

func (v Verdict) ideal(cores int) float64 { return float64(cores) / float64(v.Base) }

// bar draws a length in eighths of a character.
func bar(length float64) string {
	eighths := max(0, int(math.Round(length*8)))
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// Counted writes a number of cores with its noun.
func Counted(cores int) string { return fmt.Sprintf("%d %s", cores, plural(cores, "core", "cores")) }

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// Seconds writes a length of time with three digits and the unit that suits it.
func Seconds(s float64) string {
	factor, unit := suitable(s)
	return digits(s*factor) + " " + unit
}

func suitable(s float64) (factor float64, unit string) {
	switch {
	case s >= 0.9995:
		return 1, "s"
	case s >= 0.9995e-3:
		return 1e3, "ms"
	}
	return 1e6, "µs"
}

// digits writes a number with three digits, those before the point, or three behind it.
func digits(x float64) string {
	switch {
	case x >= 99.95:
		return decimals(x, 0)
	case x >= 9.995:
		return decimals(x, 1)
	case x >= 0.9995:
		return decimals(x, 2)
	}
	return decimals(x, 3)
}

// limit writes a speed-up that is reached nowhere, with few digits.
func limit(x float64) string {
	if x >= 9.95 {
		return decimals(x, 0)
	}
	return decimals(x, 1)
}

func decimals(x float64, n int) string {
	if math.IsNaN(x) {
		return "-"
	}
	return strconv.FormatFloat(x, 'f', n, 64)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	if x = x * 100; math.Abs(x) < 9.95 {
		return decimals(x, 1) + " %"
	}
	return decimals(x, 0) + " %"
}
