package event_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/event"
)

var update = flag.Bool("update", false, "write the golden files anew")

// one holds an event of every kind, with every field.
var one = []event.Event{
	{Number: 1, Kind: event.Opened, Client: &event.Client{
		Opened: time.Date(2026, 3, 1, 12, 30, 0, 5e8, time.UTC), Pid: 4711, Processes: 2, Slots: 4, Cores: 8, MemoryLimit: 1 << 30,
	}},
	{Number: 2, At: 30e6, Kind: event.Joined, Worker: &event.Worker{Name: "worker-0", Pid: 4712, Slots: 4}},
	{Number: 3, At: 40e6, Kind: event.Submitted, Run: &event.Run{
		Number: 1, Name: "square (1000 tasks)", Tasks: 1000, Groups: []event.Size{{Name: "square", Tasks: 1000}}, Site: "main.go:12",
	}},
	{Number: 4, At: 41e6, Kind: event.Counted, Counts: &event.Counts{
		Runs: 1, Workers: 1, Slots: 4, Running: 4, Blocked: 1, Held: 2, Memory: 4096, MemoryLimit: 1 << 30, Unsized: 3,
		Active: 1e6, CPU: 2e6, More: 1, Untold: 1,
		Groups: []event.Group{{Name: "square", Total: 1000, Done: 10, Failed: 1, Cancelled: 2, Retried: 3, Running: 4, Busy: 3500}},
	}},
	{Number: 5, At: 42e6, Kind: event.Retried, Task: &event.Task{
		Run: 1, Name: "square#7", Op: "square", Site: "main.go:12", Attempt: 1, Reason: "error", Type: "*fs.PathError", Text: "open <x>: file does not exist",
	}},
	{Number: 6, At: 43e6, Kind: event.Failed, Task: &event.Task{
		Run: 1, Name: "square#7", Op: "square", Site: "main.go:12", Attempt: 2, Reason: "panic", Text: "panic: “no”", Stack: "goroutine 1 [running]:\nmain.f",
	}},
	{Number: 7, At: 44e6, Kind: event.Paused, Counts: &event.Counts{Held: 2, Groups: []event.Group{}}},
	{Number: 8, At: 45e6, Kind: event.Resumed, Counts: &event.Counts{Groups: []event.Group{}}},
	{Number: 9, At: 46e6, Kind: event.Lost, Worker: &event.Worker{Name: "worker-0"}, Text: "worker 0 (pid 4712) was killed by signal 9"},
	{Number: 10, At: 47e6, Kind: event.Warned, Text: "an argument of 1.5 MiB is submitted more than once"},
	{Number: 11, At: 48e6, Kind: event.Traced, Trace: &event.Trace{Tasks: 20, Spans: []event.Span{
		{Op: "square", Run: 1, Task: 9, Attempt: 1, Worker: "worker-0", Slot: 3, Start: 44e6, End: 47e6, Status: "done"},
	}}},
	{Number: 15, At: 49e6, Kind: event.Dropped, Dropped: 4},
	{Number: 16, At: 50e6, Kind: event.Finished, Run: &event.Run{Number: 1, Name: "square (1000 tasks)", Tasks: 1000, Status: "failed", Why: "panic: “no”", Took: 10e6}},
	{Number: 17, At: 51e6, Kind: event.Released, Run: &event.Run{Number: 1, Name: "square (1000 tasks)", Tasks: 1000}},
	{Number: 18, At: 52e6, Kind: event.Closed, Text: "1 task was still running"},
}

func written(t testing.TB, events []event.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := event.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(events...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(r io.Reader) (list []event.Event, err error) {
	in, err := event.NewReader(r)
	if err != nil {
		return nil, err
	}
	for e, err := range in.All() {
		if err != nil {
			return list, err
		}
		list = append(list, e)
	}
	return list, nil
}

const golden = "testdata/events.golden"

func TestGolden(t *testing.T) {
	got := written(t, one)
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("written:\n%s", got)
	}
	list, err := read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(list, one) {
		t.Errorf("read: %+v", list)
	}
}

func TestBadFiles(t *testing.T) {
	const head = `{"format":"braid-events","version":1}` + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "is empty"},
		"something else":     {"{\"a\":1}\n", "not the head"},
		"no JSON":            {"hello\n", "line 1"},
		"a newer version":    {`{"format":"braid-events","version":2}` + "\n", "version 2"},
		"no version":         {`{"format":"braid-events"}` + "\n", "version 0"},
		"a line cut off":     {head + `{"n":1,"kind":"warned"}` + "\n" + `{"n":2,"ki`, "line 3 has no end"},
		"a line that is bad": {head + "[]\n", "line 2"},
		"no kind":            {head + "{}\n", `no field "kind"`},
		"a missing field":    {head + `{"n":1,"kind":"counted"}` + "\n", `no field "counts"`},
		"a line too long":    {head + `{"text":"` + strings.Repeat("x", 17<<20), "line 2 is longer"},
	} {
		if _, err := read(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
	}
	if _, err := read(strings.NewReader(head + "{")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a line cut off is %v", err)
	}
}

func TestUnknownKindsAndFieldsAreNoErrors(t *testing.T) {
	const text = `{"format":"braid-events","version":1,"more":true}` + "\n" + `{"n":3,"at_ns":5,"kind":"surprised","text":"oh","by":{"x":1}}` + "\n"
	list, err := read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := (event.Event{Number: 3, At: 5, Kind: "surprised", Text: "oh"}); len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("read: %+v", list)
	}
}

type failing struct{ left int }

func (w *failing) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWritingFails(t *testing.T) {
	if _, err := event.NewWriter(&failing{0}); err == nil {
		t.Error("a head was written nowhere")
	}
	w, err := event.NewWriter(&failing{1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(one...); err == nil {
		t.Error("events were written nowhere")
	}
}

// What can be read can be written and read again, and is the same.
func FuzzRead(f *testing.F) {
	f.Add(written(f, one))
	f.Add(written(f, nil))
	f.Add([]byte(`{"format":"braid-events","version":1}` + "\n" + `{"n":1,"kind":"traced","trace":{"spans":null}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := read(bytes.NewReader(data))
		if err != nil && len(list) == 0 {
			return
		}
		once := written(t, list)
		again, err := read(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if twice := written(t, again); !bytes.Equal(once, twice) {
			t.Errorf("written once and twice:\n%s\n%s", once, twice)
		}
	})
}
