package progress

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bytes writes an amount of memory with a power of 1024 and one decimal, such as "1.5 GiB".
func Bytes(n int64) string {
	if n > -1024 && n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, units := float64(n)/1024, "KMGTPE"
	for v >= 1023.95 || v <= -1023.95 { // would print as 1024.0
		v, units = v/1024, units[1:]
	}
	return fmt.Sprintf("%.1f %ciB", v, units[0])
}

// count writes a number with its thousands apart, from five digits on.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 10_000 {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a number and its noun, whose plural has an s.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// decimal writes a number with at most one decimal.
func decimal(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// exactly writes a length of time for a report: "0.4 ms", "12 ms", "3.2 s", then as roughly does.
func exactly(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond-50*time.Microsecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Second-500*time.Microsecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1e3)
	case d < time.Minute-50*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return roughly(d)
}

// roughly writes a length of time in whole seconds, or minutes from an hour on: "17 s", "1 min 05 s", "2 h 03 min".
func roughly(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	default:
		m := (s + 30) / 60
		return fmt.Sprintf("%s h %02d min", count(m/60), m%60)
	}
}

// perSecond writes a rate with two digits or more.
func perSecond(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.2f/s", v)
	case v < 10:
		return fmt.Sprintf("%.1f/s", v)
	}
	return count(int64(v+0.5)) + "/s"
}

// printable replaces what does not print, control characters first of all, by question marks; a name must not
// move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// message makes a text safe to print, keeping its lines and tabs.
func message(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		cells := strings.Split(strings.TrimSuffix(l, "\r"), "\t")
		for j, c := range cells {
			cells[j] = printable(c)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n") + "\n"
}

// wide lists the blocks whose characters take two cells of a terminal. (Unicode Standard Annex #11, in whole blocks: a
// character counted too wide costs a space, one counted too narrow a torn line.)
var wide = [][2]rune{
	{0x1100, 0x115f}, {0x231a, 0x23ff}, {0x25a0, 0x27bf}, {0x2b00, 0x2bff}, {0x2e80, 0xa4cf}, {0xa960, 0xa97f},
	{0xac00, 0xd7ff}, {0xf900, 0xfaff}, {0xfe10, 0xfe6f}, {0xff01, 0xff60}, {0xffe0, 0xffe6},
	{0x16fe0, 0x1b2ff}, {0x1d300, 0x1d37f}, {0x1f000, 0x1faff}, {0x20000, 0x3ffff},
}

// cells returns how many cells of a terminal a character takes at most.
func cells(r rune) int {
	for _, w := range wide {
		if r >= w[0] && r <= w[1] {
			return 2
		}
	}
	return 1
}

// breadth returns how many cells a printable text takes at most.
func breadth(s string) (n int) {
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cut shortens a printable text to at most n cells; two dots stand for what is missing.
func cut(s string, n int) string {
	if breadth(s) <= n {
		return s
	}
	dots := min(2, max(n, 0))
	end, used := 0, dots
	for i, r := range s {
		if used += cells(r); used > n {
			end = i
			break
		}
	}
	return s[:end] + strings.Repeat(".", dots)
}

// pad fills a printable text with spaces to n cells.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-breadth(s), 0))
}
