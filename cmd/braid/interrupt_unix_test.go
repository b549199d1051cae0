//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestAnInterruptPrintsWhatWasDoneAndExitsWith130(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = []string{"braid-stuck", "demo"} // TestMain goes by the name
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "begun" {
		t.Errorf("standard output begins with %q, want \"begun\"", lines.Text())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	var table []string
	for lines.Scan() {
		table = append(table, lines.Text())
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("ended with %v, want exit code 130", err)
	}
	if len(table) != 2 || !strings.HasPrefix(table[1], "right ") {
		t.Errorf("the table is %q, want a heading and the example that was done", table)
	}
	if want := "braid demo: interrupted in stuck, after 1 of 2 examples\n"; !strings.Contains(stderr.String(), want) {
		t.Errorf("standard error has no %q:\n%s", want, stderr.String())
	}
}
