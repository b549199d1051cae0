package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// leave are scripts that leave a process behind in different ways and say its number before they end.
var leave = map[string]string{
	"in its group":                "sleep 1000 & echo $!",
	"in a session of its own":     "setsid sh -c 'echo $$; exec sleep 1000' & wait_said",
	"of a child that has ended":   "setsid sh -c 'sleep 1000 & echo $!' & wait",
	"twice over":                  "setsid sh -c \"setsid sh -c 'echo \\$\\$; exec sleep 1000' & wait_said\" & wait",
	"in a group of its own":       "perl -e 'setpgrp; $| = 1; print \"$$\\n\"; sleep 1000' & wait_said",
	"without what it was told by": "env -i PATH=\"$PATH\" setsid sh -c 'sleep 1000 & echo $!' & wait",
}

// script waits, where it says so, until something was written to its standard output, which is a file.
func script(text string) string {
	return strings.ReplaceAll(text, "wait_said", "until [ -s /dev/stdout ]; do sleep 0.01; done")
}

// there reports whether a process is there, a zombie included.
func there(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

// adopting is a table of this process, which takes over what programs leave.
func adopting(t *testing.T, slots int, alone bool) *Table {
	t.Helper()
	table, err := NewTable(slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		table.Close()
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	})
	if err := table.Adopt(alone); err != nil {
		t.Fatal(err)
	}
	if table.orphans == nil {
		t.Skip("this kernel does not list children")
	}
	return table
}

// runs runs a script in a slot and returns what it said.
func runs(t *testing.T, table *Table, slot int, text string) (said string) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here")
	}
	c, err := NewCapture(1<<16, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var r Result
	OffMain(func() {
		p := Program{Path: sh, Argv: []string{"sh", "-c", script(text)}, Env: os.Environ(), Stdin: c.FD(), Stdout: c.FD(), Stderr: c.FD()}
		r = NewSlot(slot, table).Run(&p, c)
	})
	out, _, err := c.Take()
	if !r.OK() || err != nil {
		t.Fatalf("%s: %+v %v %q", text, r, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestNoProcessOutlivesItsProgram(t *testing.T) {
	if _, err := exec.LookPath("perl"); err != nil {
		t.Skip("there is no perl here")
	}
	table := adopting(t, 1, true)
	table.orphans.alone = true // the children of the test binary's main thread are what this test makes
	for name, text := range leave {
		pid, err := strconv.Atoi(runs(t, table, 0, text))
		if err != nil {
			t.Errorf("%s: it said %v", name, err)
		} else if there(pid) {
			t.Errorf("%s: process %d is there when its program has ended", name, pid)
		}
	}
}

// What belongs to another slot, and what others of this process have started, stays.
func TestWhatOthersLeaveStays(t *testing.T) {
	table := adopting(t, 2, false)
	inner := "setsid sh -c 'echo $$; exec sleep 1000' & until [ -e %[1]s ]; do sleep 0.01; done"
	until := t.TempDir() + "/go"
	var theirs string
	ended := make(chan struct{})
	said := make(chan string)
	go func() {
		defer close(ended)
		sh, _ := exec.LookPath("sh")
		r, w, err := os.Pipe()
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		go func() {
			line, _ := bufio.NewReader(r).ReadString('\n')
			said <- strings.TrimSpace(line)
		}()
		OffMain(func() {
			defer w.Close()
			fd := int(w.Fd())
			p := Program{Path: sh, Argv: []string{"sh", "-c", fmt.Sprintf(inner, until)}, Env: os.Environ(), Stdin: fd, Stdout: fd, Stderr: fd}
			NewSlot(1, table).Run(&p)
		})
	}()
	theirs = <-said
	other, err := strconv.Atoi(theirs)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := strconv.Atoi(runs(t, table, 0, leave["of a child that has ended"]))
	if err != nil || there(mine) {
		t.Errorf("process %d is there, %v", mine, err)
	}
	if !there(other) {
		t.Error("what the program of another slot had left is gone")
	}
	if err := os.WriteFile(until, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-ended
	if there(other) {
		t.Error("it is still there when that has ended")
	}
}

// Whatever a program has started until this process is killed ends then, also what was started in its first instant.
func TestNothingOutlivesAKilledProcess(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"in its group":              "sleep 1000 & echo $! $$; wait",
		"in a session of its own":   "setsid sh -c 'echo $$; exec sleep 1000' & wait",
		"of a child that has ended": "setsid sh -c '(sleep 1000 & echo $!)'; sleep 1000",
	} {
		cmd := exec.CommandContext(t.Context(), self, "guarded", text)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(line) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			gone(t, pid)
		}
		cmd.Wait()
	}
}

func TestMarksAreFound(t *testing.T) {
	t.Setenv(Variable, "outer.3")
	environ := strings.Join(marked([]string{"A=b", Variable + "=old.1", "C=d"}, entryOf("inner", 12)), "\x00") + "\x00"
	for table, want := range map[string]string{"outer": "3", "inner": "12", "old": "", "inne": ""} {
		if slot, ok := markIn([]byte(environ), table); slot != want || ok != (want != "") {
			t.Errorf("%s: slot %q %v in %q", table, slot, ok, environ)
		}
	}
}
