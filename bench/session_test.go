package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// nowhere is a log that is thrown away.
type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

// sessionOf returns a session in which this test's own program does act in braid's place.
func sessionOf(t *testing.T, act string) *session {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &session{
		root: "..", scratch: t.TempDir(), tools: map[string]string{"braid": self, "python3": defaultPython()},
		env: append(os.Environ(), actVariable+"="+act, "TMPDIR="+t.TempDir(), "PYTHONDONTWRITEBYTECODE=1",
			"GORACE=atexit_sleep_ms=0"), // with -race every end takes a second otherwise
		stderr: t.Output(), outputs: map[string]output{}, log: nowhere{io.Discard},
	}
}

// oneProgram is a workload of one program; result is the case that counts.
func oneProgram(result string) workload {
	return workload{name: "w", unit: "s", programs: []program{{name: "braid", command: []string{"braid"}, result: result}}}
}

// alternateOne runs one workload, which is its own warm-up.
func alternateOne(ctx context.Context, s *session, w workload, rounds int) table {
	return s.alternate(ctx, []workload{w}, []workload{w}, rounds)[0]
}

func TestRowsOfOneCommandShareItsOutputWithinARoundOnly(t *testing.T) {
	s := sessionOf(t, braidJSON)
	var log strings.Builder
	s.log = nowhere{&log}
	w := oneProgram("x/parallel")
	w.programs = append(w.programs, program{name: "floor", kind: isFloor, command: []string{"braid"}, result: "par.for.ns"})
	got := alternateOne(t.Context(), s, w, 2)
	if len(got.rows[0].values) != 2 || len(got.rows[1].values) != 2 || len(s.outputs) != 1 {
		t.Errorf("%+v with %d outputs; want two values a row of one output", got.rows, len(s.outputs))
	}
	if n := strings.Count(log.String(), "\n"); n != 6 {
		t.Errorf("the log has %d lines, want one for each of 2 rows in 3 turns:\n%s", n, &log)
	}
}

func TestWarmUpDoesNotCount(t *testing.T) {
	s := sessionOf(t, braidJSON)
	if r := alternateOne(t.Context(), s, oneProgram("x/parallel"), 3).rows[0]; len(r.values) != 3 || r.failure != "" {
		t.Errorf("values %v, failure %q; want three and none", r.values, r.failure)
	}
}

func TestAProgramThatFailsIsGivenUpWithItsReason(t *testing.T) {
	for _, c := range []struct{ act, result, word string }{
		{"fail", "x", "no memory left"},
		{braidJSON, "no such", `no case "no such"`},
		{strings.Replace(braidJSON, `"ok":true`, `"ok":false`, 1), "x/parallel", `"x/sum" is wrong`},
	} {
		r := alternateOne(t.Context(), sessionOf(t, c.act), oneProgram(c.result), 3).rows[0]
		if len(r.values) > 0 || !strings.Contains(r.failure, c.word) {
			t.Errorf("%.20s: values %v, failure %q; want none and %q", c.act, r.values, r.failure, c.word)
		}
	}
}

func TestWhatIsMissingIsNotRun(t *testing.T) {
	w := workload{programs: []program{{name: "x", kind: isPeer, command: []string{"no such tool"}, needs: []string{"dask", "gfortran"}}}}
	s := sessionOf(t, "")
	s.found.versions = map[string]string{"gfortran": "12"}
	if r := alternateOne(t.Context(), s, w, 2).rows[0]; r.failure != "" || fmt.Sprint(r.lacks) != "[dask]" || r.absence() != "not run: no dask" {
		t.Errorf("%+v: %s", r, r.absence())
	}
	if line := aptLine([]string{"dask", "gfortran"}); !strings.Contains(line, "apt-get install -y python3-dask gfortran") {
		t.Errorf("the line is %q", line)
	}
}

// The second program would hang for an hour.
func TestAnInterruptKillsTheProgramAndKeepsWhatWasMeasured(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := sessionOf(t, "hang "+listener.Addr().String())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan table)
	go func() { done <- alternateOne(ctx, s, oneProgram("x/parallel"), 3) }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	got := <-done
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d bytes, %v; want the end of a program that was killed", n, err)
	}
	if len(got.rows) != 1 || got.rows[0].failure != "" || len(got.rows[0].values) != 0 {
		t.Errorf("%+v; want one row without values or a failure", got)
	}
	r := canned()
	r.tables = append(r.tables, got)
	var stdout, stderr strings.Builder
	if code := interrupted(r, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	for _, word := range []string{"not run yet", "| processes |", "1,570"} {
		if !strings.Contains(stdout.String(), word) {
			t.Errorf("no %q in what is printed after an interrupt:\n%s", word, &stdout)
		}
	}
}

// The scripts are run as they are, with small sizes. Those that start Dask's processes take seconds each and run with
// BRAID_LONG=1 only.
func TestEveryPeerPrintsWhatTheCommandReads(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: starts a dozen programs")
	}
	if _, err := exec.LookPath(defaultPython()); err != nil {
		t.Skipf("there is no Python: %v", err)
	}
	s := sessionOf(t, "")
	s.found = s.lookAround(t.Context())
	for _, w := range workloads(2, true) {
		for _, p := range w.programs {
			if p.kind != isPeer {
				continue
			}
			t.Run(w.name+"/"+p.name, func(t *testing.T) {
				slow := strings.Contains(p.name, "Dask distributed") || w.name == "metg"
				if lacks := s.found.lacking(p.needs); len(lacks) > 0 {
					t.Skip(aptLine(lacks))
				} else if slow && os.Getenv("BRAID_LONG") == "" {
					t.Skip("takes seconds; set BRAID_LONG=1")
				}
				if m := s.once(t.Context(), w.name, 1, p); m.err != nil {
					t.Error(m.err)
				}
			})
		}
	}
}

func TestWorkloadsBeginWithBraidAndHaveAUnit(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range workloads(2, false) {
		if seen[w.name] || units[w.unit] == 0 || w.programs[0].kind != isBraid {
			t.Errorf("workload %q: seen before %v, unit %q, first program %q", w.name, seen[w.name], w.unit, w.programs[0].name)
		}
		seen[w.name] = true
		for _, p := range w.programs {
			for _, need := range p.needs {
				if packages[need] == "" {
					t.Errorf("%s, %s: needs %q, of which no package is known", w.name, p.name, need)
				}
			}
		}
	}
}
