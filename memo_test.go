package braid_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/braid-compute/braid"
)

// memoEntries returns what is in a store.
func memoEntries(t *testing.T, s braid.MemoStore) (all []braid.MemoEntry) {
	t.Helper()
	for e, err := range s.Entries("") {
		if err != nil || e.Err != nil {
			t.Fatal(e, err)
		}
		all = append(all, e)
	}
	return all
}

// What worker processes have kept, later clients find, of whatever kind they are: results that are process ids show who made
// them.
func TestKeptResultsOutliveTheProcesses(t *testing.T) {
	s := braid.MemoStore{Folder: t.TempDir(), Version: "1"}
	kept, items := whoami.With(braid.Memo(s)), []int{1, 2, 3, 4}
	var first []int
	for name, o := range map[string]braid.Options{"processes": {Processes: 2, Slots: 1}, "more": {Processes: 1, Slots: 1}, "in process": {Slots: 2}} {
		c := openProcesses(t, o)
		pids, err := kept.Map(t.Context(), c, items).Gather(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = pids
		}
		if !slices.Equal(pids, first) {
			t.Errorf("%s: the results are of %v, want those of %v", name, pids, first)
		}
		alone, err := braid.Submit(t.Context(), c, kept.With(braid.Isolated()).Call(braid.V(2))).Get(t.Context())
		if err != nil || alone != first[1] {
			t.Errorf("%s: an isolated call gives %v, %v, want %v", name, alone, err, first[1])
		}
		if o.Processes > 0 {
			if why := kept.Map(t.Context(), c, items).At(3).Explain().Why; !strings.Contains(why, "kept by Memo") {
				t.Errorf("%s: a result that was kept is explained by %q", name, why)
			}
		}
	}
	if n := len(memoEntries(t, s)); n != len(items) {
		t.Errorf("%d results are kept of %d", n, len(items))
	}
}

// firstIsDeaf does not look at its context in its first call, which a channel ends.
var (
	firstIsDeaf = braid.Func("memo/deaf", func(_ context.Context, n int) (int, error) {
		if deafCalls.Add(1) == 1 {
			deafBegan <- struct{}{}
			<-deafEnd
		}
		return n, nil
	})
	deafCalls          atomic.Int32
	deafBegan, deafEnd = make(chan struct{}), make(chan struct{})
)

// A call that waits for an equal one goes on when that was cancelled, although it runs on.
func TestACallDoesNotWaitForOneThatWasCancelled(t *testing.T) {
	s := braid.MemoStore{Folder: t.TempDir(), Version: "1"}
	c := openHere(t, braid.Options{Slots: 2})
	deafCalls.Store(0)
	call := firstIsDeaf.With(braid.Memo(s)).Call(braid.V(3))
	first := braid.Submit(t.Context(), c, call)
	<-deafBegan
	second := braid.Submit(t.Context(), c, call)
	first.Cancel()
	if v, err := second.Get(t.Context()); v != 3 || err != nil {
		t.Error(v, err)
	}
	deafEnd <- struct{}{}
}

// largeResult makes results of which a client takes only some at a time.
var largeResult = braid.Func("memo/large", func(_ context.Context, n int) ([]byte, error) { return make([]byte, 24<<20+n), nil })

// Kept results that are larger together than a client takes are read by the workers.
func TestAClientTakesKeptResultsWithinABound(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 100 MB")
	}
	kept, items := largeResult.With(braid.Memo(braid.MemoStore{Folder: t.TempDir(), Version: "1"})), []int{1, 2, 3, 4}
	here := openHere(t, braid.Options{Slots: 2})
	if err := kept.Map(t.Context(), here, items).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := openProcesses(t, braid.Options{Processes: 1, Slots: 1})
	fs := kept.Map(t.Context(), c, items)
	taken := 0
	for i := range items {
		if strings.Contains(fs.At(i).Explain().Why, "kept by Memo") {
			taken++
		}
	}
	if taken != 2 {
		t.Errorf("the client took %d results of 24 MiB each, want as many as fit into 64", taken)
	}
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, n := range items {
		if b, err := fs.At(i).Get(t.Context()); len(b) != 24<<20+n || err != nil {
			t.Errorf("result %d has %d bytes, %v", i, len(b), err)
		}
	}
}

// Two processes that make the same result at the same time leave one entry, which is whole.
func TestTwoProcessesKeepTheSameResultAtOnce(t *testing.T) {
	dir, s := t.TempDir(), braid.MemoStore{Folder: t.TempDir(), Version: "1"} // before the client, whose workers use them until they end
	c := openProcesses(t, braid.Options{Processes: 2, Slots: 1})
	kept := awaitFile.With(braid.Memo(s))
	both := kept.Map(t.Context(), c, []string{dir, dir}, braid.V(3))
	if pids := startedIn(t, dir, 2); pids[0] == pids[1] {
		t.Fatalf("both run in process %v", pids)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := both.Gather(t.Context()); err != nil || !slices.Equal(got, []int{9, 9}) {
		t.Errorf("%v, %v", got, err)
	}
	if e := memoEntries(t, s); len(e) != 1 || e[0].Function != "processes/await" {
		t.Errorf("kept is %v", e)
	}
	if v, err := braid.Submit(t.Context(), c, kept.Call(braid.V(dir), braid.V(3))).Get(t.Context()); v != 9 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	if left, err := filepath.Glob(filepath.Join(s.Folder, "*", "*", "*.part-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Without a version of the user's own, the code id is the version.
func TestTheVersionIsTheCodeID(t *testing.T) {
	s := braid.MemoStore{Folder: t.TempDir()} // before the client, whose workers look through it until they end
	c := openProcesses(t, braid.Options{Slots: 1})
	for range 2 {
		if v, err := braid.Submit(t.Context(), c, square.With(braid.Memo(s)).Call(braid.V(3))).Get(t.Context()); v != 9 || err != nil {
			t.Fatal(v, err)
		}
	}
	e := memoEntries(t, s)
	if len(e) != 1 || !strings.HasPrefix(e[0].Version, "code ") || len(e[0].Version) != len("code ")+64 {
		t.Errorf("kept is %v", e)
	}
}

func TestResultsThatCannotBeKeptAreAWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]braid.Options{"in process": {}, "processes": {Processes: 1}} {
		var said lockedBuffer
		o.Slots, o.Report, o.Output = 1, &said, &said
		c, err := braid.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		kept := square.With(braid.Memo(braid.MemoStore{Folder: filepath.Join(file, fmt.Sprint(o.Processes)), Version: "1"}))
		if got, err := kept.Map(t.Context(), c, []int{1, 2, 3}).Gather(t.Context()); err != nil || !slices.Equal(got, []int{1, 4, 9}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if n := strings.Count(said.String(), "cannot be kept"); n != 1 {
			t.Errorf("%s: %d warnings in\n%s", name, n, &said)
		}
	}
}
