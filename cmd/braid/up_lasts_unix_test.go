//go:build unix

package main

import (
	"bufio"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/coord/natstest"
)

// begun starts a program that says when it has begun, waits for that, and returns what waits for its end.
func (c terminal) begun(path string, args ...string) (wait func() string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+c.dir, "BRAID_ADDRESS=t", "GORACE=atexit_sleep_ms=0")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); line != "begun\n" || err != nil {
		_ = cmd.Wait()
		c.t.Fatalf("it began with %q, %v:\n%s", line, err, problems.String())
	}
	return func() string {
		c.t.Helper()
		rest, _ := io.ReadAll(r)
		if err := cmd.Wait(); err != nil {
			c.t.Fatalf("it ended with %v:\n%s%s", err, rest, problems.String())
		}
		return string(rest)
	}
}

// TestAClusterGoesOnWhenItsSchedulerIsKilled kills the scheduler under a program, with a server of the cluster's own and with a site's. The
// program is of another build than the cluster, as most are, and of the same.
func TestAClusterGoesOnWhenItsSchedulerIsKilled(t *testing.T) {
	for mode, flags := range map[string]func() []string{
		"embedded": func() []string { return nil },
		"external": func() []string {
			return []string{"--nats", natstest.Start(t, natstest.Options{Dir: t.TempDir()}), "--journal-limit", "64M"}
		},
	} {
		t.Run(mode, func(t *testing.T) {
			c, braid := opened(t)
			program := filepath.Join(c.dir, "lasts")
			if err := os.Symlink(braid, program); err != nil {
				t.Fatal(err)
			}
			if mode == "embedded" {
				program = c.rebuilt(program)
			}
			up := append([]string{"up", "--name", "t", "--processes", "2", "--slots", "1"}, flags()...)
			c.must(braid, up...)
			calls, let := filepath.Join(c.dir, "calls"), filepath.Join(c.dir, "go")
			ended := c.begun(program, calls, let)
			scheduler, before := c.pids(braid)
			if err := syscall.Kill(scheduler, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			c.ended(scheduler)
			c.must(braid, up...)
			next, after := c.pids(braid)
			if next == scheduler || len(after) != 2 {
				t.Errorf("the next scheduler is process %d, with workers %v", next, after)
			}
			was, is := slices.Sorted(maps.Values(before)), slices.Sorted(maps.Values(after))
			if !slices.Equal(was, is) {
				t.Errorf("the workers were processes %v and are %v", was, is)
			}
			if err := os.WriteFile(let, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if out := ended(); out != "the sum is 1285, and four is 4\n" {
				t.Errorf("the program says %q", out)
			}
			text, err := os.ReadFile(calls)
			lines := strings.Fields(string(text))
			if slices.Sort(lines); strings.Join(lines, "") != "0123456789" || err != nil {
				t.Errorf("results that the workers held were made again: %q, %v", lines, err)
			}
			if out := c.must(braid, "status", "--name", "t"); !strings.Contains(out, "four") {
				t.Errorf("the name of a result is gone: %s", out)
			}
			c.must(braid, "down", "--name", "t")
			for name, pid := range before {
				if lives(pid) {
					t.Errorf("%s, process %d, lives after down", name, pid)
				}
			}
			if left, err := filepath.Glob(filepath.Join(c.dir, "braid-*")); len(left) > 0 || err != nil {
				t.Errorf("%v is left, %v", left, err)
			}
		})
	}
}

// TestAClusterGoesOnOnlyWhereItsJournalIs kills a scheduler with a journal of its own place, and starts the next one without saying where. No
// client is waited for, so the worker that goes on has to connect anew for tasks that submit others.
func TestAClusterGoesOnOnlyWhereItsJournalIs(t *testing.T) {
	c, braid := opened(t)
	program, state := filepath.Join(c.dir, "nests"), filepath.Join(c.dir, "state")
	if err := os.Symlink(braid, program); err != nil {
		t.Fatal(err)
	}
	up := []string{"up", "--name", "t", "--slots", "1", "--client-timeout", "0"}
	there := append(up, "--state", state)
	c.must(braid, there...)
	if out := c.must(program); out != "3\n" {
		t.Errorf("the program says %q", out)
	}
	scheduler, before := c.pids(braid)
	if err := syscall.Kill(scheduler, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.ended(scheduler)
	if out, problem, code := c.run(braid, up...); code != 1 || out != "" || !strings.Contains(problem, "kept its journal in "+filepath.Join(state, "t")) {
		t.Errorf("elsewhere it ended with %d and said %q, %q", code, out, problem)
	}
	if _, problem, code := c.run(braid, "status", "--name", "t"); code != console.ExitUnreachable {
		t.Errorf("then status ended with %d and said %q", code, problem)
	}
	c.must(braid, there...)
	if _, after := c.pids(braid); !slices.Equal(slices.Collect(maps.Values(before)), slices.Collect(maps.Values(after))) { // it is one
		t.Errorf("the workers were processes %v and are %v", before, after)
	}
	if out := c.must(program); out != "3\n" {
		t.Errorf("after the kill the program says %q", out)
	}
	c.must(braid, "down", "--name", "t")
}

func TestANATSServerThatCannotBeUsedIsRefused(t *testing.T) {
	c, braid := opened(t)
	url := natstest.Start(t, natstest.Options{Dir: t.TempDir()})
	c.must(braid, "up", "--name", "t", "--nats", url, "--journal-limit", "64M", "--processes", "1", "--slots", "1")
	other, _ := opened(t) // another user of the same server, or the same one on another machine
	for _, refused := range []struct {
		url, why string
	}{
		{url, "another cluster has this name: choose another name"},
		{natstest.Start(t, natstest.Options{NoJetStream: true}), "the NATS server has no JetStream"},
		{natstest.Start(t, natstest.Options{Dir: t.TempDir(), Token: "secret"}), "the token or the credentials are not those of the server"},
		{"nats://127.0.0.1:1", "no connection with the NATS server nats://127.0.0.1:1"},
	} {
		stdout, stderr, code := other.run(filepath.Join(other.dir, "braid"), "up", "--name", "t", "--nats", refused.url, "--journal-limit", "64M")
		if code != 1 || !strings.Contains(stderr, refused.why) || stdout != "" {
			t.Errorf("want %q; it ended with %d: %s%s", refused.why, code, stdout, stderr)
		}
		if left, err := filepath.Glob(filepath.Join(other.dir, "braid-*", "*")); len(left) > 0 || err != nil {
			t.Errorf("%v is left, %v", left, err)
		}
	}
	c.must(braid, "down", "--name", "t")
	other.must(filepath.Join(other.dir, "braid"), "up", "--name", "t", "--nats", url, "--journal-limit", "64M", "--slots", "1") // nothing is left there
}
