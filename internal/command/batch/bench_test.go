//go:build unix

package batch

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/sweep"
)

// benchTasks is how many programs one iteration starts, two at a time.
const benchTasks = 1000

// BenchmarkTrue starts a program that does nothing. xargs and GNU parallel, where they are installed, do the same in the
// same run; "sh" is xargs with a shell that sends the output into a file.
func BenchmarkTrue(b *testing.B) {
	program, err := exec.LookPath("true")
	if err != nil {
		b.Skip("there is no true here")
	}
	dir := b.TempDir()
	list := filepath.Join(dir, "list")
	var values []string
	for i := range benchTasks {
		values = append(values, strconv.Itoa(i))
	}
	if err := os.WriteFile(list, []byte(strings.Join(values, "\n")+"\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	plan := func() Plan {
		c, err := command.Argv([]string{program, "{}"})
		if err != nil {
			b.Fatal(err)
		}
		s := &sweep.Sweep{}
		if err := s.Add(values); err != nil {
			b.Fatal(err)
		}
		return Plan{Template: c, Sweep: s, Slots: 2, Keep: 1 << 20, Environ: os.Environ(), Ended: func(*Outcome) error { return nil }}
	}
	do := func(p Plan) {
		r, err := New(p)
		if err == nil {
			_, err = r.Run(context.Background())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	outside := func(name string, args ...string) func() {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil
		}
		return func() {
			if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		}
	}
	journal := 0
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"xargs", outside("xargs", "-a", list, "-P2", "-n1", program)},
		{"files", func() { p := plan(); p.Files = filepath.Join(dir, "out"); do(p) }},
		{"captured", func() { do(plan()) }},
		{"captured with journal", func() {
			journal++
			a, err := archive.Open(filepath.Join(dir, strconv.Itoa(journal)))
			if err != nil {
				b.Fatal(err)
			}
			p := plan()
			p.Archive = a
			do(p)
			if err := a.Close(); err != nil {
				b.Fatal(err)
			}
		}},
		{"sh", outside("xargs", "-a", list, "-P2", "-n1", "sh", "-c", program+` "$1" >`+dir+`/"$1".sh`, "sh")},
		{"parallel", outside("parallel", "-j2", "-a", list, program)},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.run == nil {
				b.Skip("it is not installed")
			}
			began := time.Now()
			n := 0
			for b.Loop() {
				c.run()
				n++
			}
			b.ReportMetric(float64(time.Since(began).Microseconds())/float64(n*benchTasks), "µs/task")
		})
	}
}

// BenchmarkResume finds out that a hundred thousand tasks are done.
func BenchmarkResume(b *testing.B) {
	c, err := command.Argv([]string{"true", "{}"})
	if err != nil {
		b.Fatal(err)
	}
	s := &sweep.Sweep{}
	if err := s.Add(numbers(100_000)); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "j")
	open := func() *archive.Archive {
		a, err := archive.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		return a
	}
	p := Plan{Template: c, Sweep: s, Slots: 2, Keep: 1 << 20, Ended: func(*Outcome) error { return nil }, Archive: open()}
	r, err := New(p)
	if err != nil {
		b.Fatal(err)
	}
	f, err := r.newFeeder()
	if err != nil {
		b.Fatal(err)
	}
	for i := range s.Tasks() {
		j, _, err := f.make(i)
		if err != nil {
			b.Fatal(err)
		}
		rec := record(&Outcome{Task: j.task, Args: j.args, Attempts: 1}, j.key)
		if err := p.Archive.Append(&rec, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := p.Archive.Close(); err != nil {
			b.Fatal(err)
		}
		p.Archive = open()
		r, err := New(p)
		if err != nil {
			b.Fatal(err)
		}
		if sum, err := r.Run(context.Background()); err != nil || sum.Earlier != s.Tasks() {
			b.Fatalf("%+v %v", sum, err)
		}
	}
	p.Archive.Close()
}
