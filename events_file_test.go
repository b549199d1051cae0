package braid_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/event"
)

func TestEventsOfWorkerProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes")
	}
	file := filepath.Join(t.TempDir(), "events.ndjson")
	c := openHere(t, braid.Options{Processes: 2, Slots: 1, Events: file})
	if err := c.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := square.Map(t.Context(), c, make([]int, 100)).Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	victim := c.Pids()[0]
	if err := kill(victim); err != nil {
		t.Fatal(err)
	}
	for e, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == event.Lost {
			break
		}
	}
	if _, err := square.Map(t.Context(), c, make([]int, 100)).Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	list := readEvents(t, file)
	names := make(map[int]string)
	for _, e := range of(list, event.Joined) {
		if e.Worker.Pid == 0 || e.Worker.Slots != 1 || names[e.Worker.Pid] != "" {
			t.Errorf("joined: %+v", e.Worker)
		}
		names[e.Worker.Pid] = e.Worker.Name
	}
	lost := of(list, event.Lost)
	if len(lost) != 1 || lost[0].Worker.Name != names[victim] || !strings.Contains(lost[0].Text, fmt.Sprint(victim)) {
		t.Errorf("lost: %+v", lost)
	}
	if ends := of(list, event.Finished); len(ends) != 2 || ends[0].Run.Status != "done" || ends[1].Run.Status != "done" {
		t.Errorf("finished: %+v", ends)
	}
	last := list[len(list)-2].Counts
	if len(last.Groups) != 1 || last.Groups[0].Total != 200 || last.Groups[0].Done != 200 || last.Groups[0].Busy == 0 || last.Slots < 1 {
		t.Errorf("the last counts: %+v", last)
	}
}

func TestTheFileOfEventsFromTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("BRAID_EVENTS", filepath.Join(folder, "run.ndjson"))
	t.Setenv("BRAID_SPANS", "10")
	for range 2 {
		c := openHere(t, braid.Options{Slots: 1})
		if _, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "run*.ndjson"))
	if err != nil || len(files) != 2 {
		t.Fatalf("two clients wrote %q, %v", files, err)
	}
	for _, f := range files {
		list := readEvents(t, f)
		if n := len(of(list, event.Traced)); n != 1 {
			t.Errorf("%s holds %d events with spans", f, n)
		}
		if list[0].Client.Pid != os.Getpid() {
			t.Errorf("%s is of process %d", f, list[0].Client.Pid)
		}
	}
	t.Setenv("BRAID_SPANS", "many")
	if _, err := braid.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "BRAID_SPANS") {
		t.Errorf("a number of spans that is none: %v", err)
	}
}

// TestEventsPlay is the body of the processes of the test below.
func TestEventsPlay(t *testing.T) {
	if os.Getenv("BRAID_TEST_EVENTS") == "" {
		t.Skip("it is no test by itself")
	}
	c := openHere(t, braid.Options{Slots: 1})
	if _, err := square.Map(t.Context(), c, make([]int, 100)).Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("open")
	if _, err := io.ReadAll(os.Stdin); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// eventsProcess starts TestEventsPlay in a process of its own, waits until its client is open, and returns its id and what ends it.
func eventsProcess(t *testing.T, file string) (pid int, end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEventsPlay$", "-test.count=1")
	cmd.Env = append(os.Environ(), "BRAID_TEST_EVENTS=1", "BRAID_EVENTS="+file)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text := bufio.NewReader(out)
	if line, err := text.ReadString('\n'); line != "open\n" {
		t.Fatalf("a program said %q, %v", line, err)
	}
	return cmd.Process.Pid, func() {
		in.Close()
		if _, err := io.ReadAll(text); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// TestProgramsShareAVariableForEvents: the variable reaches every program of a shell, and each writes a whole file.
func TestProgramsShareAVariableForEvents(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "run.ndjson")
	_, end := eventsProcess(t, file)
	end() // the file of a program that is over is not kept
	first, endFirst := eventsProcess(t, file)
	second, endSecond := eventsProcess(t, file)
	endFirst()
	endSecond()
	for name, pid := range map[string]int{file: first, filepath.Join(folder, fmt.Sprintf("run-%d.ndjson", second)): second} {
		list := readEvents(t, name)
		if list[0].Client.Pid != pid || len(of(list, event.Finished)) != 1 || list[len(list)-1].Kind != event.Closed {
			t.Errorf("%s: of process %d, and ends with %+v", name, list[0].Client.Pid, list[len(list)-1])
		}
	}
	if files, err := filepath.Glob(filepath.Join(folder, "*")); len(files) != 2 || err != nil {
		t.Errorf("there are %q, %v", files, err)
	}
}

// TestAFileOfEventsThatAnotherClientWrites: one file cannot hold the events of two.
func TestAFileOfEventsThatAnotherClientWrites(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.ndjson")
	openHere(t, braid.Options{Slots: 1, Events: file})
	_, err := braid.Open(t.Context(), braid.Options{Slots: 1, Events: file})
	if err == nil || !strings.Contains(err.Error(), "is that of another client, which is open: name another") {
		t.Error(err)
	}
}

func TestFilesOfEventsThatCannotBeWritten(t *testing.T) {
	if _, err := braid.Open(t.Context(), braid.Options{Events: filepath.Join(t.TempDir(), "no", "such", "folder")}); err == nil || !strings.Contains(err.Error(), "file of events") {
		t.Errorf("a file in no folder: %v", err)
	}
	if _, err := braid.Open(t.Context(), braid.Options{Spans: -1}); err == nil {
		t.Error("a negative number of spans was taken")
	}
	if runtime.GOOS != "linux" {
		return
	}
	var said strings.Builder
	c := openHere(t, braid.Options{Slots: 1, Events: "/dev/full", Report: &said})
	if v, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); v != 9 || err != nil {
		t.Error(v, err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "file of events") {
		t.Errorf("a full disk: %v", err)
	}
	if !strings.Contains(said.String(), "no more events are written") {
		t.Errorf("it said %q", said.String())
	}
}
