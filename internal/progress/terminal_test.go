package progress

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// terminal is a small terminal: it obeys what the package writes and complains about all else.
type terminal struct {
	t      *testing.T
	mu     sync.Mutex
	width  int
	height int
	rows   [][]cell // all since the beginning; the last height of them are visible
	row    int
	col    int
	red    bool
	writes int
}

type cell struct {
	r   rune
	red bool
}

func newTerminal(t *testing.T, width, height int) *terminal {
	return &terminal{t: t, width: width, height: height, rows: make([][]cell, 1)}
}

func (tm *terminal) screen() screen {
	size := func() (int, int) {
		tm.mu.Lock()
		defer tm.mu.Unlock()
		return tm.width, tm.height
	}
	return screen{live: true, color: true, size: size, restore: func() {}}
}

func (tm *terminal) resize(width, height int) {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	tm.width, tm.height = width, height
}

func (tm *terminal) written() int {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.writes
}

// Write takes one whole message: sequences are not split.
func (tm *terminal) Write(p []byte) (int, error) {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	tm.writes++
	for s := string(p); s != ""; {
		if strings.HasPrefix(s, "\x1b[") {
			end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' })
			if end < 0 {
				tm.t.Errorf("cut control sequence %q", s)
				break
			}
			tm.control(s[2:2+end], s[2+end])
			s = s[3+end:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		tm.character(r)
		s = s[n:]
	}
	return len(p), nil
}

func (tm *terminal) control(argument string, final byte) {
	switch fmt.Sprintf("%s%c", argument, final) {
	case "J":
		tm.rows = tm.rows[:tm.row+1]
		tm.rows[tm.row] = tm.rows[tm.row][:min(tm.col, len(tm.rows[tm.row]))]
	case "31m":
		tm.red = true
	case "0m":
		tm.red = false
	default:
		var n int
		if _, err := fmt.Sscanf(argument, "%d", &n); err != nil || final != 'A' || n < 1 || tm.row-n < max(len(tm.rows)-tm.height, 0) {
			tm.t.Errorf("unexpected control sequence ESC [ %s %c on a terminal of %d rows", argument, final, tm.height)
			return
		}
		tm.row -= n
	}
}

func (tm *terminal) character(r rune) {
	switch r {
	case '\r':
		tm.col = 0
	case '\n':
		tm.next() // with \r, as the line discipline has it
	case '\t':
		tm.col = tm.col/8*8 + 8
	default:
		if r < ' ' || r == 0x7f {
			tm.t.Errorf("control character %q", r)
		}
		if tm.col+cells(r) > tm.width {
			tm.next()
		}
		for len(tm.rows[tm.row]) <= tm.col {
			tm.rows[tm.row] = append(tm.rows[tm.row], cell{r: ' '})
		}
		tm.rows[tm.row][tm.col] = cell{r, tm.red}
		tm.col += cells(r)
	}
}

// next goes to the beginning of the next row.
func (tm *terminal) next() {
	tm.col = 0
	tm.row++
	if tm.row == len(tm.rows) {
		tm.rows = append(tm.rows, nil)
	}
}

// String shows all rows, with a mark at the cursor's, and red between angle quotes.
func (tm *terminal) String() string {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	var b strings.Builder
	for i, row := range tm.rows {
		text, red := "|", false
		if i == tm.row {
			text = ">"
		}
		for _, c := range append(row, cell{}) {
			if c.red != red {
				text += map[bool]string{true: "«", false: "»"}[c.red]
				red = c.red
			}
			if c.r != 0 {
				text += string(c.r)
			}
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}
