package jobfile

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/job"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestAFileBecomesJobs(t *testing.T) {
	data, err := os.ReadFile("testdata/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	specs, err := f.Specs(&job.Spec{Env: []job.Text{"A=1"}, Folder: "/f"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(specs, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const golden = "testdata/pipeline.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != string(got) {
		t.Errorf("the jobs are\n%s, want, %v,\n%s", got, err, want)
	}
}

func TestWhatIsWrongWithAFileIsSaidWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "1: the file is empty",
		"a":                                      "1: the file: want names with values",
		"[1]":                                    "1: the file: want names",
		"name: x\n":                              "1: there are no steps",
		"steps: {}\n":                            "1: there are no steps",
		"steps: []\n":                            "1: steps: want names with values",
		"steps:\n  a:\n    cmd: b\n":             `3: unknown key "cmd" of step "a"`,
		"steps:\n  a:\n    comand: b\n":          `did you mean "command"?`,
		"steps:\n  a:\n    cpus: 1\n":            `2: step "a" has no command`,
		"steps:\n  a: b\n":                       `2: step "a": want names with values`,
		"step:\n  a: {command: b}\n":             `1: unknown key "step"; did you mean "steps"?`,
		"version: 2\nsteps: {a: {command: b}}\n": "1: version \"2\" of the form is unknown",
		"name: a b\nsteps: {a: {command: b}}\n":  "1: \"a b\" cannot be the name of a job",
		"steps:\n  a b: {command: b}\n":          "2: a step cannot be called \"a b\"",
		"steps:\n  a: {command: b}\n  a: {command: c}\n":                                             `3: "a" is there twice, the first time in line 2`,
		"steps:\n  a:\n    command: b\n    command: c\n":                                             `4: "command" is there twice, the first time in line 3`,
		"steps:\n  a: {command: b, after: c}\n":                                                      `2: step "a" comes after "c", which is no step`,
		"steps:\n  a: {command: b, after-each: c}\n  c: {command: b, array: 1-2}\n":                  `2: step "a" has 1 task and "c" has 2: task by task it cannot come after it`,
		"steps:\n  a: {command: b, after: a}\n":                                                      "2: the steps come after each other in a circle: a after a",
		"steps:\n  a: {command: b, after: c}\n  b: {command: b}\n  c: {command: b, after: [b, a]}\n": "2: the steps come after each other in a circle: a after c after a",
		"steps:\n  a:\n    command: b\n    cpus: many\n":                                             "4: cpus: want a number",
		"steps:\n  a:\n    command: b\n    cpus: [1]\n":                                              "4: cpus: want a text",
		"steps:\n  a:\n    command: b\n    mem: 4X\n":                                                "4: mem: want a number of bytes",
		"steps:\n  a:\n    command: b\n    time: 10\n":                                               "4: time: want a length of time",
		"steps:\n  a:\n    command: b\n    retries: -1\n":                                            "4: retries: want a whole number",
		"steps:\n  a:\n    command: b\n    shell: maybe\n":                                           "4: shell: want true or false",
		"steps:\n  a:\n    command: [b]\n    shell: true\n":                                          "2: step \"a\": a shell takes the command as one text",
		"steps:\n  a:\n    command: b\n    array: x\n":                                               "4: array: \"x\": write ranges",
		"steps:\n  a:\n    command: b {r}\n    matrix: {r: []}\n":                                    "4: r has no values",
		"steps:\n  a:\n    command: b {r}\n    matrix: {r: x}\n":                                     "4: r: want a list of values, or numbers",
		"steps:\n  a:\n    command: b {r}\n    matrix: {r: [~]}\n":                                   "4: r: want a text",
		"steps:\n  a:\n    command: b {r}\n    zip: {r: [1], s: [1, 2]}\n":                           `4: zip: "s" has 2 values and "r" has 1`,
		"steps:\n  a:\n    command: b {r}\n":                                                         `2: step "a": the field {r}: there is no column "r"`,
		"steps:\n  a:\n    command: |\n      'b\n":                                                   "2: step \"a\": the command has a single quote",
		"defaults: {after: a}\nsteps: {a: {command: b}}\n":                                           `1: unknown key "after" of defaults`,
		"steps:\n  a: &x {command: b}\n":                                                             "2: anchors are not understood; leave &x out",
		"steps:\n  a: *x\n":                                                                          "unknown anchor 'x' referenced",
		"steps:\n  a: !x {command: b}\n":                                                             "2: tags are not understood",
		"steps: {a: {command: b}}\n---\nsteps: {}\n":                                                 "there is a second document",
		"steps:\n\ta: b\n":                                  "found character that cannot start any token",
		"steps:\n  ? [a]\n  : b\n":                          "a name is missing, or is no text",
		"steps:\n  a:\n    command: b\n    env: {A: [1]}\n": "4: A: want a text",
		"steps:\n  a:\n    command: \"b\\0\"\n":             "3: command: it holds a NUL byte",
	} {
		f, err := Parse([]byte(text))
		if err == nil {
			_, err = f.Specs(&job.Spec{Folder: "/f"}, nil)
		}
		if _, ok := errors.AsType[Errors](err); !ok || !strings.Contains("\n"+err.Error(), "\nline "+want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		} else if strings.Contains(want[:2], ":") && !strings.Contains("\n"+err.Error(), "\nline "+want) {
			t.Errorf("%q: %v, want it in line %q", text, err, want)
		}
	}
}

func TestAllThatIsWrongIsSaid(t *testing.T) {
	_, err := Parse([]byte("steps:\n  b:\n    cmd: x\n    cpus: 0\n  a:\n    after: c\n"))
	list, _ := errors.AsType[Errors](err)
	if len(list) != 5 || list[0].Line != 2 || list[4].Line != 6 {
		t.Errorf("%v", err)
	}
	f, _ := Parse([]byte("steps:\n  a: {cpus: x, command: b}\n  b: {command: c, after: d}\n  e: {command: \"'f\"}\n  g: {command: h}\n"))
	_, err = f.Specs(&job.Spec{Folder: "/f"}, func(s *job.Spec) error { return fmt.Errorf("there is no program %q", s.Line) })
	var lines []int
	list, _ = errors.AsType[Errors](err)
	for _, e := range list {
		lines = append(lines, e.Line)
	}
	if want := []int{2, 3, 3, 4, 5}; !slices.Equal(lines, want) {
		t.Errorf("errors are in the lines %v, want %v:\n%v", lines, want, err)
	}
	_, err = Parse([]byte("steps:\n" + strings.Repeat("  a: {}\n", 100)))
	if list, _ := errors.AsType[Errors](err); len(list) != mostErrors {
		t.Errorf("%d errors", len(list))
	}
	if _, err := Parse(make([]byte, MostBytes+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a file that is too long: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"testdata/pipeline.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("steps:\n  a: {command: b, after: [a, c], matrix: {r: 1-3}}\n"))
	f.Add([]byte("steps: &a [*a]\n"))
	f.Add([]byte("defaults: {time: 1h}\nsteps: {? a : {command: [b]}}\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if file != nil {
			if _, err := file.Specs(&job.Spec{Folder: "/f"}, nil); err != nil {
				if _, ok := errors.AsType[Errors](err); !ok {
					t.Fatalf("the error is a %T: %v", err, err)
				}
			}
		}
		if err != nil {
			if _, ok := errors.AsType[Errors](err); !ok {
				t.Fatalf("the error is a %T: %v", err, err)
			}
			return
		}
		if len(file.Steps) == 0 {
			t.Fatal("a file without steps is right")
		}
		for k, s := range file.Steps {
			for _, a := range s.Spec.After {
				if -a < 1 || -a > k {
					t.Fatalf("step %d comes after %d", k+1, -a)
				}
			}
		}
	})
}
