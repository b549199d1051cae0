//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestAnInterruptPrintsWhatWasMeasuredAndEndsTheProgram(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.CommandContext(t.Context(), "braid", "scaling", "-n", "1,2", "--force", "--", "held", l.Addr().String(), "{n}")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The warm-up, one run of each number, and one more of the second, in which the interrupt comes.
	for i, want := range []string{"2\n", "1\n", "2\n", "2\n"} {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(c)
		if number, err := r.ReadString('\n'); number != want || err != nil {
			t.Errorf("run %d is with %q, %v, want %q", i, number, err, want)
		}
		if i < 3 {
			_, err = c.Write([]byte{1})
		} else {
			err = cmd.Process.Signal(os.Interrupt)
		}
		if err != nil {
			t.Error(err)
		}
		// The connection ends with the program.
		if _, err := r.ReadByte(); err != io.EOF && !strings.Contains(err.Error(), "reset") {
			t.Errorf("run %d: %v", i, err)
		}
		c.Close()
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("ended with %v, want exit code 130", err)
	}
	lines := strings.Split(stdout.String(), "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[0], "cores  runs ") || !strings.HasPrefix(lines[1], "    1     1 ") || !strings.HasPrefix(lines[2], "    2     1 ") ||
		!strings.HasSuffix(lines[1], "interrupted") {
		t.Errorf("want a heading and a row for each number, of one run:\n%s", stdout.String())
	}
	if want := "braid scaling: interrupted after 2 of 10 runs\n"; !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("standard error does not end with %q:\n%s", want, stderr.String())
	}
}
