package launch

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCertificatesInWords(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals have no names here")
	}
	for _, c := range []struct {
		c    Certificate
		want string
	}{
		{Certificate{Process: "agent 3", Pid: 77, Code: -1, Signal: 9, Ran: 2100 * time.Millisecond}, "agent 3 (pid 77) killed by signal 9 (SIGKILL) after 2.1s"},
		{Certificate{Process: "agent 3", Pid: 77, Code: -1, Signal: 9, OutOfMemory: true, PeakBytes: 3 << 30, Ran: 90500 * time.Millisecond},
			"agent 3 (pid 77) killed by signal 9 (SIGKILL); the kernel's out-of-memory killer was active, and the process had taken up to 3072 MiB after 1m31s"},
		{Certificate{Process: "agent 0", Pid: 5, Code: 2, Ran: 1234567, Fatal: []string{"panic: oh", "", "goroutine 1"}, LastLines: []string{"x"}},
			"agent 0 (pid 5) exited with code 2 after 1.2ms. It failed with: panic: oh"},
		{Certificate{Process: "agent 0", Pid: 5, Code: 3, LastLines: []string{"a", "b", "c", "d"}},
			"agent 0 (pid 5) exited with code 3 after 0s. Its last output was: b | c | d"},
		{Certificate{Process: "runner 0", Pid: 5, Code: -1, Signal: 9, Ended: "its task took longer than 3s", Ran: 3 * time.Second},
			"runner 0 (pid 5) ended because its task took longer than 3s after 3s"},
		{Certificate{Process: "runner 0", Pid: 5, Code: 1, Ended: "its group was closed"},
			"runner 0 (pid 5) exited with code 1 when it was ended because its group was closed after 0s"},
		{Certificate{Process: "agent 0", Pid: 5, Code: 2, OutOfMemory: true, Fatal: []string{"fatal error: runtime: out of memory"}},
			"agent 0 (pid 5) exited with code 2; it could not get the memory it asked for after 0s. It failed with: fatal error: runtime: out of memory"},
	} {
		if got := c.c.String(); got != c.want {
			t.Errorf("%+v\n is %q\nwant %q", c.c, got, c.want)
		}
	}
	if !(Certificate{}).OK() || (Certificate{Code: 1}).OK() || (Certificate{Signal: 9}).OK() || (Certificate{Ended: "x"}).OK() {
		t.Error("OK is wrong")
	}
}

func TestTheKernelsKillsExplainDeathsOnce(t *testing.T) {
	kills, told := int64(5), true
	j := judge{count: func() (int64, bool) { return kills, told }}
	killed, ended := Certificate{Signal: 9}, Certificate{Code: 1}
	if j.judge(killed) {
		t.Error("a death before watching was explained")
	}
	j.watch()
	if j.judge(killed) {
		t.Error("a kill before watching explained a death")
	}
	kills = 7
	j.watch() // the second time changes nothing
	for i, want := range []bool{true, true, false} {
		if j.judge(ended) {
			t.Error("a kill explained an exit code")
		}
		if got := j.judge(killed); got != want {
			t.Errorf("death %d after two kills: %v", i, got)
		}
	}
	kills, told = 9, false
	if j.judge(killed) {
		t.Error("a count that was not told explained a death")
	}
	if !j.judge(Certificate{Code: 2, Fatal: []string{"runtime: out of memory: cannot allocate 8 bytes"}}) {
		t.Error("Go's own message was not read")
	}
}

// collect gives the pieces to an output and returns the lines.
func collect(o *output, pieces ...string) (lines []string) {
	o.give = func(line []byte) { lines = append(lines, string(line)) }
	for _, p := range pieces {
		o.write([]byte(p))
	}
	o.read(strings.NewReader(""))
	return lines
}

func TestLinesAreCutWhereTheyEnd(t *testing.T) {
	for _, c := range []struct{ pieces, want []string }{
		{nil, nil},
		{[]string{"a\nb\n"}, []string{"a", "b"}},
		{[]string{"a", "b", "\n", "\nc"}, []string{"ab", "", "c"}},
		{[]string{"a\r\n"}, []string{"a"}},
		{[]string{strings.Repeat("x", maxLine)}, []string{strings.Repeat("x", maxLine)}},
		{[]string{strings.Repeat("x", maxLine) + "\ny"}, []string{strings.Repeat("x", maxLine), "y"}},
		{[]string{strings.Repeat("x", maxLine+1) + "\ny"}, []string{strings.Repeat("x", maxLine), "x", "y"}},
		{[]string{"x", strings.Repeat("x", 2*maxLine), "x\n"}, []string{strings.Repeat("x", maxLine), strings.Repeat("x", maxLine), "xx"}},
	} {
		got := collect(&output{}, c.pieces...)
		if len(got) != len(c.want) {
			t.Errorf("%.20q: %d lines, want %d", c.pieces, len(got), len(c.want))
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%.20q: line %d has %d bytes, want %d", c.pieces, i, len(got[i]), len(c.want[i]))
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb", uint16(1))
	f.Add(strings.Repeat("x", maxLine+2)+"\n\n", uint16(700))
	f.Fuzz(func(t *testing.T, text string, piece uint16) {
		size := int(piece) + 1
		var pieces []string
		for rest := text; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			pieces = append(pieces, rest[:min(size, len(rest))])
		}
		var o output
		got := collect(&o, pieces...)
		// Pieces do not matter, and nothing but line ends is lost.
		if whole := collect(&output{}, text); strings.Join(got, "\n") != strings.Join(whole, "\n") || len(got) != len(whole) {
			t.Errorf("in pieces of %d: %.50q, in one: %.50q", size, got, whole)
		}
		clean := strings.NewReplacer("\n", "", "\r", "")
		if clean.Replace(strings.Join(got, "")) != clean.Replace(text) {
			t.Errorf("%.50q became %.50q", text, got)
		}
		if _, last := o.kept(); len(last) != min(len(got), keptLines) {
			t.Errorf("%d of %d lines kept", len(last), len(got))
		}
	})
}

func TestTheLastLinesAndTheFatalOnesAreKept(t *testing.T) {
	var o output
	var lines []string
	for i := range 50 {
		lines = append(lines, string(rune('A'+i%26))+strings.Repeat("-", i*20))
	}
	collect(&o, strings.Join(lines, "\n")+"\n")
	fatal, last := o.kept()
	if fatal != nil || len(last) != keptLines {
		t.Fatalf("%q, %d lines", fatal, len(last))
	}
	for i, line := range last {
		want := lines[50-keptLines+i]
		if line != want[:min(len(want), keptBytes)] {
			t.Errorf("line %d is %.10q of %d bytes, want %.10q", i, line, len(line), want)
		}
	}
	collect(&o, "panic: oh\n\ngoroutine 1 [running]:\n"+strings.Repeat("main.f()\n", 40)+"exit status 2\xff\n")
	fatal, last = o.kept()
	if len(fatal) != keptFatal || fatal[0] != "panic: oh" || fatal[2] != "goroutine 1 [running]:" {
		t.Errorf("kept of the panic: %q", fatal)
	}
	if last[keptLines-1] != "exit status 2?" {
		t.Errorf("last line %q", last[keptLines-1])
	}
}
