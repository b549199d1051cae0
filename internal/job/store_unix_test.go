//go:build unix

package job

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/internal/command/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the golden files anew")

func opened(t testing.TB, folder string) *Store {
	t.Helper()
	s, err := OpenStore(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func added(t testing.TB, s *Store, specs ...*Spec) []*Job {
	t.Helper()
	jobs, err := s.Add(specs)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

// record is how a task ended.
func record(task int64, code int) *journal.Record {
	return &journal.Record{Task: task, Code: code, Attempts: 1, Ended: 1_700_000_000_000 + task, Wall: 1500, CPU: 900, Peak: 1 << 20, Read: 512, Written: 4096}
}

func TestAStoreIsReadBackAsItWasWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	s := opened(t, folder)
	second := simple([]string{"b"})
	second.After = []int{-1}
	jobs := added(t, s, simple([]string{"a", "{}"}, Arguments{Array: "1-4"}), second)
	if jobs[0].ID != 1 || jobs[1].ID != 2 || jobs[1].After[0] != 1 {
		t.Fatalf("the jobs are %d and %d, which comes after %v", jobs[0].ID, jobs[1].ID, jobs[1].After)
	}
	if _, err := OpenStore(folder); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	j := jobs[0]
	j.Start(4)
	for _, err := range []error{
		s.End(j, record(2, 0), []byte("two\n"), nil), s.End(j, record(1, 7), []byte("\x00one"), []byte("bad\n")), s.End(j, record(4, 0), nil, nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Rest(j); err != nil { // its files are opened again
		t.Fatal(err)
	}
	if n, err := s.Cancel(j); n != 1 || err != nil {
		t.Errorf("%d tasks were cancelled, %v", n, err)
	}
	if n, err := s.Retry(j); n != 2 || err != nil {
		t.Errorf("%d tasks are tried again, %v", n, err)
	}
	if err := s.End(j, record(1, 0), []byte("again\n"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err := Load(Path(folder, 1)); err != nil || j.Damaged != 0 {
		t.Errorf("%d lines are damaged, %v", j.Damaged, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "1", "output"))
	if want := "== task 2, stdout, 4 bytes\ntwo\n== task 1, stdout, 4 bytes\n\x00one\n== task 1, stderr, 4 bytes\nbad\n== task 1, stdout, 6 bytes\nagain\n"; err != nil || string(text) != want {
		t.Errorf("the outputs are %q, %v, want %q", text, err, want)
	}
	f, err := os.OpenFile(filepath.Join(folder, "1", "journal"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("end task=3 ex") // its writer was killed
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	read, err := List(folder)
	if err != nil || len(read) != 2 {
		t.Fatal(read, err)
	}
	if got, want := fmt.Sprint(read[0].tasks), fmt.Sprint([]Status{Done, Done, Pending, Done}); got != want || read[0].Damaged != 1 {
		t.Errorf("the tasks are %s with %d damaged lines, want %s", got, read[0].Damaged, want)
	}
	next := opened(t, folder)
	if err := next.End(read[0], record(3, 0), nil, nil); err != nil { // behind the half of a line, which is cut off
		t.Fatal(err)
	}
	if again, err := Load(Path(folder, 1)); err != nil || again.Damaged != 0 || again.Counts[Done] != 4 {
		t.Errorf("%v, and %d damaged lines, %v", again.Counts, again.Damaged, err)
	}
	if err := next.Remove(read[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(Path(folder, 2)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a job that was removed:", err)
	}
	if jobs := added(t, next, simple([]string{"c"})); jobs[0].ID != 3 {
		t.Errorf("the next job is %d", jobs[0].ID)
	}
}

func TestTheJournalIsTheOneOfThePage(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "store"))
	j := added(t, s, simple([]string{"a"}, Arguments{Array: "1-3"}))[0]
	f, err := s.open(j)
	if err != nil {
		t.Fatal(err)
	}
	killed := record(2, -1)
	killed.Signal, killed.Attempts, killed.Why, killed.Peak = 15, 3, "time", 0
	for _, r := range []*journal.Record{record(1, 0), killed} {
		if err := s.End(j, r, []byte("out\n"), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{kindCancel, kindRetry} {
		if err := s.append(f, j, journal.AppendNote(nil, kind, 1_700_000_000_000)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(filepath.Join(Path(s.Folder(), 1), journalFile))
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/journal.golden"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(golden, got, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != string(got) {
		t.Errorf("the journal is\n%s, want, %v,\n%s", got, err, want)
	}
}

func TestAddIsAllOrNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	s := opened(t, folder)
	bad := simple([]string{"b"})
	bad.After = []int{-2} // itself
	if _, err := s.Add([]*Spec{simple([]string{"a"}), bad}); err == nil || !strings.Contains(err.Error(), "no earlier one") {
		t.Error("a job that comes after itself:", err)
	}
	if jobs, err := List(folder); len(jobs) != 0 || err != nil {
		t.Errorf("%d jobs are left, %v", len(jobs), err)
	}
}

func TestLongOutputsOfALargeJobAreShortened(t *testing.T) {
	r := record(1, 0)
	text := strings.Repeat("x", shortOutput) + "end"
	short := string(shorten(r, []byte(text)))
	if r.Cut != 3 || len(short) > shortOutput+100 || !strings.HasSuffix(short, "end") || !strings.Contains(short, "[braid: 3 bytes left out here") {
		t.Errorf("%d bytes are cut, and it ends with %q", r.Cut, short[max(0, len(short)-200):])
	}
	if got := shorten(r, []byte("short")); string(got) != "short" || r.Cut != 3 {
		t.Errorf("%q", got)
	}
}

func TestJournalsOfOtherVersionsAreRefused(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	added(t, opened(t, folder), simple([]string{"a"}))
	if err := os.WriteFile(filepath.Join(Path(folder, 1), journalFile), []byte("braid job journal 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := List(folder); err == nil || !strings.Contains(err.Error(), "job 1 cannot be read") || !strings.Contains(err.Error(), "version 2") {
		t.Error(err)
	}
}

func TestAFollowerEmitsEverythingOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	s := opened(t, folder)
	j := added(t, s, simple([]string{"a"}, Arguments{Array: "1-3"}))[0]
	if err := s.End(j, record(1, 0), []byte("one\n"), []byte("bad\n")); err != nil {
		t.Fatal(err)
	}
	f, err := Follow(Path(folder, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	f.Emit = func(task, stream int, text []byte) error {
		got = append(got, fmt.Sprintf("%d.%d %s", task, stream, text))
		return nil
	}
	expect := func(want ...string) {
		t.Helper()
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("emitted %q, want %q", got, want)
		}
		got = nil
	}
	live, _ := LiveNames(Path(folder, 1), 2)
	write := func(text string) {
		t.Helper()
		f, err := os.OpenFile(live, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	more := func() {
		t.Helper()
		if err := f.More(); err != nil {
			t.Fatal(err)
		}
	}
	write("two, line 1\ntwo, ")
	if err := f.Past(); err != nil {
		t.Fatal(err)
	}
	expect("1.0 one\n", "1.1 bad\n", "2.0 two, line 1\n")
	write("line 2\nrest")
	more()
	expect("2.0 two, line 2\n")
	more()
	expect()
	if err := s.End(j, record(2, 0), []byte("two, line 1\ntwo, line 2\nrest"), nil); err != nil { // which removes the file
		t.Fatal(err)
	}
	if err := s.End(j, record(3, 1), []byte("three\n"), nil); err != nil { // it was never seen while it ran
		t.Fatal(err)
	}
	more()
	expect("2.0 rest", "3.0 three\n")

	failed, err := Follow(Path(folder, 1))
	if err != nil {
		t.Fatal(err)
	}
	failed.Emit, failed.Failed = f.Emit, true
	if err := failed.Past(); err != nil {
		t.Fatal(err)
	}
	expect("3.0 three\n")
	if _, err := s.Retry(j); err != nil {
		t.Fatal(err)
	}
	if err := s.End(j, record(3, 0), []byte("well\n"), nil); err != nil {
		t.Fatal(err)
	}
	only, err := Follow(Path(folder, 1))
	if err != nil {
		t.Fatal(err)
	}
	only.Emit, only.Task = f.Emit, 3
	if err := only.Past(); err != nil {
		t.Fatal(err)
	}
	expect("3.0 well\n") // the last time it ended
}

func FuzzJournal(f *testing.F) {
	if text, err := os.ReadFile("testdata/journal.golden"); err == nil {
		f.Add(text)
	}
	f.Add([]byte(Header + "cancel at_ms=1 crc=00000000\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := New(simple([]string{"a"}, Arguments{Array: "1-3"}))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			j.take([]byte(strings.TrimSuffix(line, "\n")))
		}
		if j.Counts.Total() != 3 {
			t.Fatalf("%v", j.Counts)
		}
	})
}

// BenchmarkResume reads a job of 100,000 tasks, half of them done, as a new cluster does.
func BenchmarkResume(b *testing.B) {
	folder := filepath.Join(b.TempDir(), "store")
	s := opened(b, folder)
	j := added(b, s, simple([]string{"a", "{}"}, Arguments{Array: "1-100000"}))[0]
	for n := range int64(50_000) {
		if err := s.End(j, record(2*n+1, 0), []byte("some output\n"), nil); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		jobs, err := List(folder)
		if err != nil || len(jobs) != 1 || jobs[0].Counts.Left() != 50_000 {
			b.Fatal(err)
		}
	}
}

func TestEndsThatNobodyHeardOfAreTakenIn(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	s := opened(t, folder)
	j := added(t, s, simple([]string{"a"}, Arguments{Array: "1-12"}))[0]
	if err := s.Prepare(j); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long ", 30)
	for _, r := range []*journal.Record{record(3, 0), record(11, 4)} {
		if err := WriteEnd(Path(folder, 1), r, []byte(long), []byte("bad")); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteEnd(Path(folder, 1), record(5, 0), nil, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(EndName(Path(folder, 1), 11))
	if err == nil {
		err = os.WriteFile(EndName(Path(folder, 1), 12), text[:len(text)-1], 0o600) // of another task
	}
	if err == nil {
		err = os.WriteFile(EndName(Path(folder, 1), 5), []byte("end task=5"), 0o600) // half written
	}
	if err != nil {
		t.Fatal(err)
	}
	s.lock.Close() // as when it is killed
	next := opened(t, folder)
	j, err = Load(Path(folder, 1))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := next.Recover(j); n != 2 || err != nil || j.Status(3) != Done || j.Status(11) != Failed || j.Status(5) != Pending {
		t.Errorf("%d are taken in, %v: %v", n, err, j.tasks)
	}
	if n, err := next.Recover(j); n != 0 || err != nil {
		t.Errorf("and again %d, %v", n, err)
	}
	f, err := Follow(Path(folder, 1))
	if err != nil {
		t.Fatal(err)
	}
	var got string
	f.Emit = func(_, stream int, text []byte) error { got += fmt.Sprintf("%d %s|", stream, text); return nil }
	if err := f.Past(); err != nil || got != strings.Repeat("0 "+long+"|1 bad|", 2) {
		t.Errorf("they printed %q, %v", got, err)
	}
}

func TestAnEndThatCannotBeWrittenDownIsNone(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "store"))
	j := added(t, s, simple([]string{"a"}, Arguments{Array: "1-2"}))[0]
	j.Start(2)
	if err := s.End(j, record(1, 0), []byte("out"), nil); err != nil {
		t.Fatal(err)
	}
	f := s.files[1]
	if err := f.outputs.Close(); err != nil { // as when the disk is full
		t.Fatal(err)
	}
	if err := s.End(j, record(2, 0), []byte("out"), nil); err == nil || j.Status(2) != Running || !strings.Contains(err.Error(), "task 2 of job 1") {
		t.Errorf("%v, and the task is %v", err, j.Status(2))
	}
	if err := f.journal.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cancel(j); err == nil || j.Status(2) != Running {
		t.Errorf("%v, and the task is %v", err, j.Status(2))
	}
	delete(s.files, 1)
	if err := removeLive(Path(s.Folder(), 1)); err != nil {
		t.Error(err)
	}
	if again, err := Load(Path(s.Folder(), 1)); err != nil || again.Damaged != 0 || again.Counts[Done] != 1 {
		t.Errorf("%v, %v", again.Counts, err)
	}
}
