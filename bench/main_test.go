package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the files in testdata again")

// actVariable makes this test's own program stand in for braid: it prints the text; "fail" fails, and
// "hang ADDRESS" connects there and hangs.
const actVariable = "BENCH_TEST_ACT"

func TestMain(m *testing.M) {
	act := os.Getenv(actVariable)
	address, hang := strings.CutPrefix(act, "hang ")
	switch {
	case act == "":
		goleak.VerifyTestMain(m)
	case hang:
		if conn, err := net.Dial("tcp", address); err == nil { // says that the program runs, and by its end that it is dead
			defer conn.Close()
			<-time.After(time.Hour)
		}
	case act == "fail":
		fmt.Fprintln(os.Stderr, "first line\nno memory left")
		os.Exit(3)
	default:
		fmt.Println(act)
	}
}

func TestWrongFlagsEndWithExitCode2AndSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ args, word string }{
		{"--rounds 0", "want 1 to 1000"},
		{"--rounds -3", "want 1 to 1000"},
		{"--rounds 1000000", "want 1 to 1000"},
		{"--rounds many", "many"},
		{"--only grph", `unknown workload "grph"; workloads are loop, `},
		{"--only graph,,map", `unknown workload ""`},
		{"--only=", `unknown workload ""`},
		{"--out page.html", "ends in .md"},
		{"--slow", "-slow"},
		{"graph", `unexpected argument "graph"`},
	} {
		var stdout, stderr strings.Builder
		if code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr); code != exitUsage {
			t.Errorf("%s: exit code %d, want %d", c.args, code, exitUsage)
		}
		if stdout.Len() > 0 || !strings.Contains(stderr.String(), c.word) {
			t.Errorf("%s: stdout %q; stderr %q, want %q in it", c.args, &stdout, &stderr, c.word)
		}
	}
}

func TestHelpNamesEveryWorkload(t *testing.T) {
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"-h"}, &stdout, &stderr); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	for _, name := range workloadNames() {
		if !strings.Contains(stderr.String(), name) {
			t.Errorf("the help does not name %s:\n%s", name, &stderr)
		}
	}
}

// Only a whole run may replace the page that the repository keeps.
func TestOnlyAWholeRunWritesThePageUnasked(t *testing.T) {
	for args, want := range map[string]string{
		"":                           "docs/benchmarks.md",
		"--rounds 7":                 "docs/benchmarks.md",
		"--quick":                    "",
		"--only map":                 "",
		"--quick --out my/page.md":   "my/page.md",
		"--only loop,map --out x.md": "x.md",
	} {
		o, err := parseFlags(strings.Fields(args), nil)
		if err != nil || strings.ReplaceAll(o.out, `\`, "/") != want {
			t.Errorf("%q: page %q, %v; want %q", args, o.out, err, want)
		}
	}
}

func TestOutsideTheRepositoryTheErrorSaysWhereToRun(t *testing.T) {
	t.Chdir(t.TempDir())
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"--quick"}, &stdout, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "root of the repository") {
		t.Errorf("exit code %d and %q, want %d and the place to run it", code, &stderr, exitFailed)
	}
}

func TestReplaceFileLeavesTheNewTextAndNothingElse(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{"one", "two"} {
		if err := replaceFile("page.md", text); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile("page.md"); err != nil || string(got) != text {
			t.Errorf("page.md holds %q, %v; want %q", got, err, text)
		}
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v; want page.md alone", files, err)
	}
	if err := replaceFile("no/such/folder/page.md", ""); err == nil {
		t.Error("writing into a folder that does not exist: no error")
	}
}
