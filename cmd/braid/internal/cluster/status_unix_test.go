//go:build unix

package cluster

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/word"
)

// What keeps a cluster from having its workers is shown, and nothing is if nothing does.
func TestTheTroubleOfAClusterIsShown(t *testing.T) {
	for _, trouble := range []string{"", "no more processes"} {
		s := sight{Record: local.Record{Name: "t", Lives: true, Trouble: trouble}, inspected: &word.Inspected{}}
		var text bytes.Buffer
		w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		s.print(w)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		shown := strings.Contains(text.String(), "  trouble  no more processes\n")
		listed := slices.ContainsFunc(s.results(), func(r console.Result) bool { return r.Case == "t/trouble" && r.Value == trouble })
		if want := trouble != ""; shown != want || listed != want {
			t.Errorf("%q: shown %v, listed %v", trouble, shown, listed)
		}
	}
}

// Processes of workers whose tasks once submitted some stay connected, and are no programs.
func TestOnlyProgramsAreCountedAsSuch(t *testing.T) {
	s := sight{Record: local.Record{Name: "t", Lives: true}, inspected: &word.Inspected{Programs: []word.Program{
		{Client: 1, Name: "mean", Pid: 11},
		{Client: 2, Worker: true, Pid: 12, Runs: 1, Groups: []word.Group{{Name: "idle", Total: 3, Done: 1, Failed: 1, Cancelled: 1}}},
		{Client: 3, Worker: true, Pid: 13, Runs: 1, Groups: []word.Group{{Name: "busy", Total: 2, Done: 1}}},
	}}}
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	s.print(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	shown := text.String()
	if !strings.Contains(shown, "  programs 1 attached\n") || !strings.Contains(shown, "pid 13") || strings.Contains(shown, "pid 12") {
		t.Errorf("one program, and one process of a worker with work:\n%s", shown)
	}
	if !slices.ContainsFunc(s.results(), func(r console.Result) bool { return r.Case == "t/programs" && r.Value == 1 }) {
		t.Error("the JSON counts others")
	}
}

// A cluster that ended by itself is not called dead.
func TestHowAClusterThatDoesNotLiveIsCalled(t *testing.T) {
	now := time.Now()
	for state, s := range map[string]sight{
		"ended": {Record: local.Record{Name: "t", Pid: 7, Ended: now.Add(-time.Minute), Why: "no program was attached for 1h"}},
		"dead":  {Record: local.Record{Name: "t", Pid: 7, Seen: now.Add(-time.Minute)}},
	} {
		s.err = errors.New(s.death(now))
		r := s.results()[0]
		if r.Case != "t/state" || r.Value != state || strings.Contains(r.Note, "dead") != (state == "dead") {
			t.Errorf("status: %s: %+v", state, r)
		}
		n := ending{before: s.death(now), inOrder: s.inOrder()}
		if r := n.results("t", nil)[0]; r.Value != state || strings.Contains(n.String(), "dead") != (state == "dead") {
			t.Errorf("down: %s: %+v, %s", state, r, n)
		}
	}
}

// An address is a name or a path; that of no cluster is not found.
func TestTheClusterOfAnAddress(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if name, err := nameOf("t"); name != "t" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	if _, err := nameOf("/nowhere/client"); console.ExitCode(err) != console.ExitNotFound || !strings.Contains(err.Error(), "BRAID_ADDRESS") {
		t.Errorf("an address of no cluster: %v", err)
	}
}
