//go:build unix

package work

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
)

// stored keeps a job of a script and returns its folder.
func stored(t *testing.T, script string, change func(*job.Spec)) string {
	t.Helper()
	spec := &job.Spec{
		Version: job.SpecVersion, Name: "x", Words: job.Texts([]string{"sh", "-c", script, "sh", "{}"}), Program: "/bin/sh", Lists: []job.Arguments{{Array: "1-3"}},
		Env: job.Texts(os.Environ()), Folder: job.Text(t.TempDir()), Keep: 1 << 16, Needs: job.Needs{Cores: 1}, Grace: time.Minute,
	}
	if change != nil {
		change(spec)
	}
	s, err := job.OpenStore(filepath.Join(t.TempDir(), "jobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	jobs, err := s.Add([]*job.Spec{spec})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Prepare(jobs[0]); err != nil {
		t.Fatal(err)
	}
	return job.Path(s.Folder(), 1)
}

// runner has no guard: what it runs ends before it.
func runner() *Runner { return &Runner{Pool: &process.Pool{}} }

func TestHowTasksEnd(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh here")
	}
	for name, c := range map[string]struct {
		script         string
		change         func(*job.Spec)
		code, signal   int
		why            string
		attempts       int
		stdout, stderr string // what they hold
	}{
		"it succeeds":  {script: "echo $1 $BRAID_JOB $BRAID_TASK $BRAID_ARRAY_INDEX; echo bad >&2; cat", attempts: 1, stdout: "2 1 2 2\n", stderr: "bad\n"},
		"it fails":     {script: "exit 7", change: func(s *job.Spec) { s.Retries = 2 }, code: 7, attempts: 3},
		"it is killed": {script: "kill -9 $$", code: -1, signal: 9, attempts: 1},
		"it fails once": {
			script: "test -e seen && echo well; : > seen || exit 1; test -e again || { : > again; exit 1; }", change: func(s *job.Spec) { s.Retries = 5 }, attempts: 2, stdout: "well\n",
		},
		"it takes too long": {script: "sleep 100", change: func(s *job.Spec) { s.Time = 20 * time.Millisecond }, code: -1, signal: 15, why: "time", attempts: 1},
		"nobody writes to its named pipe": {
			script: "cat", change: func(s *job.Spec) { s.Time, s.Stdin = 20*time.Millisecond, "pipe" }, code: -1, why: "time", attempts: 1,
		},
		"there is no program": {
			change: func(s *job.Spec) { s.Words, s.Program, s.Retries = job.Texts([]string{"no-such-{}"}), "", 3 }, code: -1, why: "start", attempts: 1,
			stderr: `braid: the program could not be started: the program "no-such-2" is in no folder of PATH`,
		},
		"its folder is missing": {
			script: "true", change: func(s *job.Spec) { s.Dir = "missing" }, code: -1, why: "start", attempts: 1, stderr: "the folder to run in",
		},
		"its input is missing": {script: "cat", change: func(s *job.Spec) { s.Stdin = "missing" }, code: -1, why: "start", attempts: 1, stderr: "missing"},
		"it prints much": {
			script: "i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done", change: func(s *job.Spec) { s.Keep = 100 }, attempts: 1, stdout: "[braid: 21900 bytes left out here]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := stored(t, c.script, func(s *job.Spec) {
				if c.change != nil {
					c.change(s)
				}
				if s.Stdin == "pipe" {
					mkfifo(t, filepath.Join(string(s.Folder), "pipe"))
				}
			})
			o, err := runner().Run(t.Context(), Task{folder, 2})
			if err != nil {
				t.Fatal(err)
			}
			r := o.Record
			if r.Task != 2 || r.Code != c.code || r.Signal != c.signal || r.Why != c.why || r.Attempts != c.attempts {
				t.Errorf("it ended with %+v", r)
			}
			if !strings.Contains(string(o.Stdout), c.stdout) || !strings.Contains(string(o.Stderr), c.stderr) || c.stdout == "" && len(o.Stdout) > 0 {
				t.Errorf("it printed %q and %q, want %q and %q", o.Stdout, o.Stderr, c.stdout, c.stderr)
			}
		})
	}
}

func TestOutputCanBeReadWhileATaskRuns(t *testing.T) {
	folder := stored(t, "echo begun; cat; echo ended", func(s *job.Spec) {
		s.Stdin = "pipe"
		mkfifo(t, filepath.Join(string(s.Folder), "pipe"))
	})
	spec, err := job.LoadSpec(folder)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan *Outcome, 1)
	go func() {
		o, err := runner().Run(t.Context(), Task{folder, 1})
		if err != nil {
			t.Error(err)
		}
		done <- o
	}()
	pipe, err := os.OpenFile(filepath.Join(string(spec.Folder), "pipe"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	live, _ := job.LiveNames(folder, 1)
	for text := ""; text != "begun\n"; {
		data, err := os.ReadFile(live)
		if err != nil && !os.IsNotExist(err) || t.Context().Err() != nil {
			t.Fatal(text, err)
		}
		text = string(data)
	}
	_, err = fmt.Fprintln(pipe, "read")
	if err := errors.Join(err, pipe.Close()); err != nil {
		t.Fatal(err)
	}
	if o := <-done; o == nil || string(o.Stdout) != "begun\nread\nended\n" || !o.Record.OK() {
		t.Errorf("%+v", o)
	}
}

func TestOutputInFilesOfTheUser(t *testing.T) {
	folder := stored(t, "echo out; echo err >&2", func(s *job.Spec) { s.Output = "." })
	spec, err := job.LoadSpec(folder)
	if err != nil {
		t.Fatal(err)
	}
	o, err := runner().Run(t.Context(), Task{folder, 3})
	if err != nil || len(o.Stdout)+len(o.Stderr) > 0 {
		t.Errorf("%+v, %v", o, err)
	}
	stdout, stderr := spec.OutputNames(3)
	for name, want := range map[string]string{stdout: "out\n", stderr: "err\n"} {
		if text, err := os.ReadFile(name); string(text) != want || err != nil {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
}

func TestATaskEndsWithItsContext(t *testing.T) {
	for name, stdin := range map[string]string{"it runs": "", "it waits for a named pipe": "pipe"} {
		t.Run(name, func(t *testing.T) {
			folder := stored(t, ": > begun; exec sleep 100", func(s *job.Spec) {
				s.Stdin = job.Text(stdin)
				mkfifo(t, filepath.Join(string(s.Folder), "pipe"))
				if stdin != "" {
					s.Time = time.Hour
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := runner().Run(ctx, Task{folder, 1})
				done <- err
			}()
			live, _ := job.LiveNames(folder, 1)
			for _, err := os.Stat(live); err != nil; _, err = os.Stat(live) {
				if t.Context().Err() != nil {
					t.Fatal(err)
				}
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

func TestAJobThatCannotBeReadIsAskedForAgain(t *testing.T) {
	folder := stored(t, "true", nil)
	r := runner()
	file := filepath.Join(folder, "job.json")
	if err := os.Rename(file, file+"x"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(t.Context(), Task{folder, 1}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a job that is not there: %v", err)
	}
	if err := os.Rename(file+"x", file); err != nil {
		t.Fatal(err)
	}
	for range 2 * mostCached {
		if o, err := r.Run(t.Context(), Task{folder, 1}); err != nil || !o.Record.OK() {
			t.Fatal(err)
		}
		_, _ = r.Run(t.Context(), Task{t.TempDir(), 1}) // there is none
	}
}

func TestATaskHasBegunWhenItsFileIsThere(t *testing.T) {
	out := t.TempDir()
	for name, folder := range map[string]string{
		"kept":             stored(t, "true", nil),
		"in a file of its": stored(t, "true", func(s *job.Spec) { s.Output = job.Text(out) }),
	} {
		r := runner()
		c, err := r.jobs.get(folder)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		before := Begun(c, Task{folder, 2}, now)
		f, err := open(c, Task{folder, 2})
		if err != nil {
			t.Fatal(err)
		}
		if after := Begun(c, Task{folder, 2}, now); before || !after || c.Output != "" && Begun(c, Task{folder, 2}, now.Add(time.Hour)) {
			t.Errorf("%s: begun %v, then %v", name, before, after)
		}
		f.close()
	}
}
