package job

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/command/journal"
)

// simple is a job of words and lists.
func simple(words []string, lists ...Arguments) *Spec {
	return &Spec{
		Version: SpecVersion, Name: "x", Words: Texts(words), Lists: lists, Folder: "/f", Keep: 1, Needs: Needs{Cores: 1},
		Env: []Text{"PATH=/bin", "OMP_NUM_THREADS=7", "BRAID_EVENTS=e", "ODD=\xff"},
	}
}

func column(name string, values ...string) Arguments {
	return Arguments{Names: []string{name}, Columns: [][]Text{Texts(values)}}
}

func TestArrays(t *testing.T) {
	for text, want := range map[string]string{
		"1-3": "1 2 3", "5": "5", "0-100:50": "0 50 100", "1,3-4, 9": "1 3 4 9", "7-7": "7", "1-10:4": "1 5 9",
		"": "!", "3-1": "!", "1-": "!", "-1": "!", "1-3:0": "!", "a": "!", "1:2": "!", "1,,2": "!", "1-99999999999999": "!", "0-1000000": "!",
		"9999999999999999": "!",
	} {
		list, err := ParseArray(text)
		if got := strings.Join(list, " "); err == nil && got != want || (err != nil) != (want == "!") {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func FuzzParseArray(f *testing.F) {
	f.Add("1-10:3,5")
	f.Add("0-")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseArray(text)
		if err != nil {
			return
		}
		again, err := ParseArray(strings.Join(list, ","))
		if err != nil || !slices.Equal(list, again) {
			t.Fatalf("%q: %d numbers, read again %d, %v", text, len(list), len(again), err)
		}
	})
}

func TestCallsHaveWhatTheirJobSays(t *testing.T) {
	s := simple([]string{"sim", "{rate}", "{array}", "{#}"}, Arguments{Array: "10-11"}, column("rate", "a b", "\xfe"))
	s.ID, s.Dir, s.Stdin, s.Needs.Cores = 4, "out/{rate}", "in/{#}", 2.4
	s.Vars = []Variable{{"ODD", "{array}"}, {"NEW", "x"}}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseSpec(data)
	if err != nil || !reflect.DeepEqual(s, read) {
		t.Fatalf("%v: %+v is read back as %+v", err, s, read)
	}
	c, err := read.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if c.Tasks() != 4 {
		t.Errorf("%d tasks", c.Tasks())
	}
	call, err := c.Call(4)
	if err != nil {
		t.Fatal(err)
	}
	want := &Call{
		Argv: []string{"sim", "\xfe", "11", "4"}, Dir: "/f/out/\xfe", Stdin: "/f/in/4",
		Env: []string{
			"PATH=/bin", "OMP_NUM_THREADS=7", "ODD=11", "OPENBLAS_NUM_THREADS=2", "MKL_NUM_THREADS=2", "BRAID_CORES=2", "BRAID_JOB=4", "BRAID_TASK=4",
			"BRAID_ARRAY_INDEX=11", "NEW=x",
		},
	}
	if !reflect.DeepEqual(call, want) {
		t.Errorf("got  %q\nwant %q", call, want)
	}
	if first, err := c.Call(2); err != nil || !slices.Contains(first.Env, "BRAID_ARRAY_INDEX=10") {
		t.Errorf("task 2 has %q, %v", first.Env, err)
	}
}

func TestWhatCannotBeAJobIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Spec){
		"version 9":              func(s *Spec) { s.Version = 9 },
		"one for any job":        func(s *Spec) { s.Name = "12" },
		"blanks":                 func(s *Spec) { s.Name = "a b" },
		"cores":                  func(s *Spec) { s.Needs.Cores = 0 },
		"a resource":             func(s *Spec) { s.Needs.GPUs = -1 },
		"retries":                func(s *Spec) { s.Retries = -1 },
		"the command is empty":   func(s *Spec) { s.Words = nil },
		"one text":               func(s *Spec) { s.Shell = "always" },
		"there is no column":     func(s *Spec) { s.Words = []Text{"a", "{b}"} },
		"different lengths":      func(s *Spec) { s.Lists = []Arguments{{Names: []string{"a", "b"}, Columns: [][]Text{{"1"}, {}}}} },
		"make 0 tasks":           func(s *Spec) { s.Lists = []Arguments{column("a")} },
		"one array at most":      func(s *Spec) { s.Lists = []Arguments{{Array: "1-2"}, {Array: "1-2"}} },
		"ends before it begins":  func(s *Spec) { s.Lists = []Arguments{{Array: "2-1"}} },
		"write NAME=VALUE":       func(s *Spec) { s.Vars = []Variable{{"a=b", "c"}} },
		"make 25000000 tasks":    func(s *Spec) { s.Lists = []Arguments{{Array: "1-5000"}, column("a", make([]string, 5000)...)} },
		"at most 1000 others":    func(s *Spec) { s.After = make([]int, 1001) },
		"bytes and times":        func(s *Spec) { s.Time = -1 },
		"which no program can":   func(s *Spec) { s.Words = []Text{"a\x00"} },
		"there are no arguments": func(s *Spec) { s.Dir = "{}" },
	} {
		s := simple([]string{"sim"})
		spoil(s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestStatesFollowFromTasksAndFromOtherJobs(t *testing.T) {
	var jobs []*Job
	for k, after := range [][]int{nil, {1}, {2}, {99}} {
		s := simple([]string{"a"}, Arguments{Array: "1-2"})
		s.ID, s.After = k+1, after
		j, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, j)
	}
	states := func(lives bool) string {
		var b strings.Builder
		for _, s := range Summarize(jobs, lives) {
			b.WriteString(string(s.State) + " ")
		}
		return strings.TrimSpace(b.String())
	}
	end := func(j *Job, task int64, code int) {
		j.End(&journal.Record{Task: task, Code: code, Attempts: 1, Ended: 5000, Wall: 1e6})
	}
	expect := func(want string) {
		t.Helper()
		if got := states(true); got != want {
			t.Errorf("the states are %s, want %s", got, want)
		}
	}
	expect("queued waiting waiting blocked")
	if got := states(false); got != "suspended suspended suspended blocked" {
		t.Errorf("without a cluster they are %s", got)
	}
	if n := jobs[0].Start(5); !slices.Equal(n, []int{1, 2}) {
		t.Errorf("started %v", n)
	}
	expect("running waiting waiting blocked")
	end(jobs[0], 2, 0)
	end(jobs[0], 1, 3)
	expect("failed blocked blocked blocked")
	if n := jobs[0].Retry(); n != 1 || jobs[0].Status(1) != Pending {
		t.Errorf("%d tasks are tried again, and the first is %v", n, jobs[0].Status(1))
	}
	expect("queued waiting waiting blocked")
	if n := jobs[0].Start(5); !slices.Equal(n, []int{1}) {
		t.Errorf("started %v", n)
	}
	end(jobs[0], 1, 0)
	expect("done queued waiting blocked")
	if n := jobs[1].Cancel(); n != 2 {
		t.Errorf("%d tasks were cancelled", n)
	}
	expect("done cancelled blocked blocked")
	if b := jobs[0].Began; !b.Equal(time.UnixMilli(4000)) {
		t.Errorf("it began at %v", b)
	}
	end(jobs[0], 3, 0) // which it does not have
	if jobs[0].Damaged != 1 || jobs[0].Counts.Total() != 2 {
		t.Errorf("%d records are damaged, and there are %d tasks", jobs[0].Damaged, jobs[0].Counts.Total())
	}
}

// numbersOf writes the numbers of jobs.
func numbersOf(jobs []Summary) string {
	var parts []string
	for _, s := range jobs {
		parts = append(parts, strconv.Itoa(s.ID))
	}
	return strings.Join(parts, " ")
}

func TestSelectors(t *testing.T) {
	at := time.Unix(1, 0)
	jobs := []Summary{
		{ID: 1, Name: "sim"}, {ID: 2, Name: "pipe/a", Group: "pipe", Submitted: at}, {ID: 3, Name: "pipe/b", Group: "pipe", Submitted: at},
		{ID: 5, Name: "sim"}, {ID: 6, Name: "simple"}, {ID: 12, Name: "pipe/a", Group: "pipe", Submitted: at.Add(1)},
	}
	for text, want := range map[string]string{
		"all": "1 2 3 5 6 12", "last": "12", "1": "1", "2-5": "2 3 5", "5,1-2": "1 2 5", "1,1": "1", "sim": "5", "simp": "6", "pipe": "12", "pipe/a": "12",
		"pipe/b": "3", "p": "12", "pipe/": "!may be", "s": "!may be sim, simple", "4": "!no job 4", "7-9": "!no job 7-9", "x": "!no job", "": "!no job is named",
		"1-3:2": "!no job", "3-1": "!no jobs", "1,,2": "!no jobs", "-": "!no jobs",
	} {
		list, err := Select(jobs, text)
		ids := numbersOf(list)
		if wrong, refused := strings.CutPrefix(want, "!"); refused {
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("%q: %s, %v, want an error about %q", text, ids, err, wrong)
			}
		} else if err != nil || ids != want {
			t.Errorf("%q: %s, %v, want %s", text, ids, err, want)
		}
	}
	if _, err := Select(nil, "last"); err == nil {
		t.Error("there is a last job of none")
	}
}
