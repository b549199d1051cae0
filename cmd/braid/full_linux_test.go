package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of 1 MiB in memory.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// much is how far a task counts that prints so many bytes.
const much, muchBytes = "100000", 588_895

func TestAFullDiskIsNamed(t *testing.T) {
	for name, flag := range map[string]string{"files": "--output", "journal": "--journal"} {
		t.Run(name, func(t *testing.T) {
			disk := smallDisk(t)
			p := startMap(t, "-n", "1", flag, filepath.Join(disk, "x"), "seq {}", ":::", much, much, much)
			if code := p.end(t); code != 1 {
				t.Errorf("it ended with %d", code)
			}
			if said := p.stderr.String(); !strings.Contains(said, "no space left") && !strings.Contains(said, "has no room left") {
				t.Errorf("it says %s", said)
			}
		})
	}
}

func TestAFullStandardOutputIsNamedOnce(t *testing.T) {
	for _, form := range []string{"--ndjson", "--json"} {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		defer full.Close()
		var said strings.Builder
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Args = []string{"braid", "map", form, "echo {}", ":::", "1", "2"} // TestMain goes by the name
		cmd.Stdout, cmd.Stderr = full, &said
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || strings.Count(said.String(), "no space left") != 1 {
			t.Errorf("%s: %v: %s", form, err, said.String())
		}
	}
}

func TestAJobIsHeldWhileTheDiskIsFull(t *testing.T) {
	disk := smallDisk(t)
	t.Setenv("XDG_STATE_HOME", disk)
	c, braid := opened(t)
	c.must(braid, "up", "--name", "t", "--slots", "1")
	_, stderr, code := c.run(braid, "submit", "--array", "1-3", "--wait", "--", "seq", much)
	if code != 1 || !strings.Contains(stderr, "job 1 (seq) is blocked: keep the output of task") || !strings.Contains(stderr, "job retry 1") {
		t.Errorf("it ended with %d: %s", code, stderr)
	}
	if err := syscall.Mount("", disk, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	c.must(braid, "job", "retry", "1")
	c.must(braid, "job", "wait", "1")
	if out := c.must(braid, "job", "logs", "1"); len(out) != 3*muchBytes {
		t.Errorf("after that, it has printed %d bytes", len(out))
	}
	if _, err := os.Stat(filepath.Join(disk, "braid")); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskOfAJobsFilesIsNamed(t *testing.T) {
	disk := smallDisk(t)
	c, braid := jobTerminal(t)
	if _, stderr, code := c.run(braid, "submit", "--output", filepath.Join(disk, "out"), "--wait", "--", "sh", "-c", "cat /dev/zero"); code != 1 {
		t.Errorf("it ended with %d: %s", code, stderr)
	}
	const named = "the disk of its output had no room left"
	if out := c.must(braid, "job", "info", "1", "--task", "1"); !strings.Contains(out, "with exit code 1; "+named) {
		t.Errorf("info says %s", out)
	}
	if _, stderr, _ := c.run(braid, "job", "logs", "1", "--failed"); !strings.Contains(stderr, named) {
		t.Errorf("logs say %s", stderr)
	}
}

func TestArgumentsReachJobsAsTheyAre(t *testing.T) {
	c, braid := jobTerminal(t)
	args := []string{"a b", `it's "q" $x \\`, "new\nline", "\xff\xfe", ""}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(strings.Join(args, "\x00")+"\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.must(braid, "submit", "-0", "-a", list, "--wait", "--", "printf", "<%s>", "{}")
	c.must(braid, "submit", "-0", "-a", list, "--wait", "--shell", "printf '<%s>' {} | cat")
	for _, id := range []string{"1", "2"} {
		for k, arg := range args {
			if out := c.must(braid, "job", "logs", id, "--task", string(rune('1'+k))); out != "<"+arg+">" {
				t.Errorf("job %s printed %q for %q", id, out, arg)
			}
		}
	}
}
