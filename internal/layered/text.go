package layered

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The text of a box is monospaced, so that its width can be known without a
// font: a character takes 0.62 of the font size, which the usual monospaced
// fonts do not exceed, and a wide East Asian one twice that.
const (
	fontSize   = 12.0
	cellWidth  = 0.62 * fontSize
	lineHeight = 16.0
	padX, padY = 9.0, 6.0
)

// Measure returns the size of a box that holds n's label and, if there is one,
// its state on a line below. Longer lines than 40 cells are shortened when
// drawn; the tooltip has all of them.
func Measure(n Node) (width, height float64) {
	const most = 40
	lines := 1.0
	widest := min(most, cells(clean(n.Label)))
	if s := n.state(); s != "" {
		widest = max(widest, min(most, cells(s)))
		lines++
	}
	return round(float64(max(2, widest))*cellWidth + 2*padX), lines*lineHeight + 2*padY
}

// state is the suffix, or the name of a class that has none, so that no box
// tells its state by colour alone.
func (n Node) state() string {
	if s := clean(n.Suffix); s != "" || n.Class == Plain {
		return s
	}
	return n.Class.String()
}

// clean makes one line of printable text from any string: invalid UTF-8 becomes
// U+FFFD, white space one space, and control characters, marks that change the
// direction of text and code points that XML forbids are dropped.
func clean(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r&0xFFFE == 0xFFFE:
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// cells is the width of s in characters of a monospaced font.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

func cellsOf(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		return 0
	case r >= 0x1100 && r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3,
		r >= 0xF900 && r <= 0xFAFF, r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60,
		r >= 0x1F300 && r <= 0x1FAFF, r >= 0x20000 && r <= 0x3FFFD:
		return 2
	}
	return 1
}

// shorten cuts the middle out of s if it takes more than width cells: the ends
// of names tell them apart.
func shorten(s string, width int) string {
	if cells(s) <= width {
		return s
	}
	head, tail := "", ""
	for room := width - 1; s != ""; {
		first, n := utf8.DecodeRuneInString(s)
		if room -= cellsOf(first); room < 0 {
			break
		}
		head, s = head+s[:n], s[n:]
		last, m := utf8.DecodeLastRuneInString(s)
		if room -= cellsOf(last); room < 0 {
			break
		}
		tail, s = s[len(s)-m:]+tail, s[:len(s)-m]
	}
	return head + "…" + tail
}
