package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
)

// told is a program for scaling: it adds a line to the file TOLD with its number and where else that reached it, and
// fails if the number is in its further arguments.
func told() {
	file, err := os.OpenFile(os.Getenv("TOLD"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(file, os.Args[1], os.Getenv("BRAID_CORES"), os.Getenv("OMP_NUM_THREADS"), os.Getenv("GOMAXPROCS"), runtime.NumCPU())
	file.Close()
	fmt.Println("output that nobody reads")
	for _, unlucky := range os.Args[2:] {
		if unlucky == os.Args[1] {
			fmt.Fprintln(os.Stderr, "beginning\nno luck with "+unlucky)
			os.Exit(3)
		}
	}
}

// held is a program for scaling that says its number to the address in its first argument, and ends when that answers
// or the connection is closed.
func held() {
	c, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(c, os.Args[2])
	io.ReadFull(c, make([]byte, 1))
}

// scaled runs the command as a process, with the program told, and returns the document that it prints.
func scaled(t *testing.T, args ...string) (console.Document, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "braid", append([]string{"scaling", "--json", "--force"}, args...)...)
	cmd.Env = append(os.Environ(), "TOLD="+filepath.Join(t.TempDir(), "told"),
		"GORACE=atexit_sleep_ms=0") // or every process waits a second at its end
	out, err := cmd.Output()
	return consoletest.Decode(t, string(out)), err
}

func TestScalingAsJSONHasEveryCount(t *testing.T) {
	d, err := scaled(t, "-n", "2,1,2", "--runs", "6", "told", "{n}")
	if err != nil {
		t.Fatal(err)
	}
	r := consoletest.Values(d)
	if d.Command != "scaling" || len(r) != len(d.Results) {
		t.Errorf("command %q, %d names for %d results", d.Command, len(r), len(d.Results))
	}
	for _, n := range []string{"1", "2"} {
		seconds := r["scaling."+n+".seconds"]
		median, _ := seconds.Value.(float64)
		if len(seconds.Runs) != 6 || seconds.Unit != "s" || seconds.OK != nil || !(median > 0) {
			t.Errorf("seconds with %s: %+v", n, seconds)
		}
		speedUp, base := r["scaling."+n+".speedup"].Value.(float64), r["scaling.1.seconds"].Value.(float64)
		if speedUp != base/median {
			t.Errorf("%s cores are %g times as fast, of %g s and %g s", n, speedUp, base, median)
		}
	}
	fastest := r["scaling.fastest"].Value
	if fastest != 1.0 && fastest != 2.0 || r["scaling.base"].Value != 1.0 || r["scaling.1.serial_fraction"].Value != nil {
		t.Errorf("results %+v", d.Results)
	}
}

func TestScalingAsJSONSaysWhatFailed(t *testing.T) {
	d, err := scaled(t, "-n", "1,2,3", "--", "told", "{n}", "2")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || !strings.Contains(string(exit.Stderr), "2 cores: exit code 3: no luck with 2") {
		t.Errorf("ended with %v", err)
	}
	r := consoletest.Values(d)
	two := r["scaling.2.seconds"]
	if two.OK == nil || *two.OK || two.Value != nil || two.Note != "exit code 3: no luck with 2" || len(two.Runs) != 0 {
		t.Errorf("of the count that failed: %+v", two)
	}
	if _, ok := r["scaling.2.speedup"]; ok || r["scaling.3.speedup"].Value == nil {
		t.Errorf("results %+v", d.Results)
	}
	d, err = scaled(t, "-n", "1", "--", "told", "{n}", "1")
	if err == nil || len(d.Results) != 1 {
		t.Errorf("where all fail: %+v, %v", d.Results, err)
	}
}
