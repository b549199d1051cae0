package progress

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens both ends of a terminal of 60 by 20 cells.
func pseudoTerminal(t *testing.T) (keeper, program *os.File) {
	t.Helper()
	keeper, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { keeper.Close() })
	if err := unix.IoctlSetPointerInt(int(keeper.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keeper.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	if err := unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 20, Col: 60}); err != nil {
		t.Fatal(err)
	}
	return keeper, program
}

func TestARealTerminal(t *testing.T) {
	keeper, program := pseudoTerminal(t)
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	sc := screenOf(program)
	if !sc.live || !sc.color {
		t.Fatalf("not taken for a terminal: %+v", sc)
	}
	if width, height := sc.size(); width != 60 || height != 20 {
		t.Errorf("%d by %d cells", width, height)
	}

	m := Start(program, func() Snapshot { return job(5 * time.Second) })
	output := bufio.NewReader(keeper)
	until := func(end string) (text string) {
		for !strings.HasSuffix(text, end) {
			b, err := output.ReadByte()
			if err != nil {
				t.Fatalf("%v after %q", err, text)
			}
			text += string(b)
		}
		return text
	}
	m.Say("hello")
	if got := until("\n"); got != "hello\r\n" {
		t.Errorf("got %q", got)
	}
	got := until("\x1b[4A")
	for l := range strings.SplitSeq(got, "\r\n") {
		if l = strings.TrimSuffix(colors.ReplaceAllString(l, ""), "\r\r\x1b[4A"); len(l) >= 60 {
			t.Errorf("%q is too wide", l)
		}
	}
	if !strings.Contains(got, "fit?[2J") || !strings.Contains(got, "\x1b[31m  1 failed\x1b[0m") {
		t.Errorf("lines %q", got)
	}
	m.Stop(job(5 * time.Second))
	if got := until("(90 %)\r\n"); !strings.HasPrefix(got, "\r"+erase) && !strings.HasPrefix(got, erase) {
		t.Errorf("closed by %q", got)
	}

	t.Setenv("NO_COLOR", "1")
	if sc := screenOf(program); !sc.live || sc.color {
		t.Errorf("NO_COLOR: %+v", sc)
	}
	t.Setenv("TERM", "dumb")
	if sc := screenOf(program); sc.live {
		t.Error("a dumb terminal is drawn on")
	}
}
