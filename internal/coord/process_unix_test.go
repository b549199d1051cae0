//go:build unix

package coord

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() {
	plays["leader"] = playLeader
	plays["server"] = playServer
}

var keptRecords = flag.Int("kept", 250, "how many records TestWhatIsKeptSurvivesKill waits for; 7,000 are about 110 MB")

const placeVariable = "BRAID_COORD_PLACE"

// child is a process that plays a part.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func act(t testing.TB, play, place string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), playVariable+"="+play, placeVariable+"="+place)
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
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return &child{cmd, in, bufio.NewScanner(out)}
}

// says waits for the child's next line.
func (c *child) says(t testing.TB) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child has ended: %v", c.lines.Err())
	}
	return c.lines.Text()
}

// stop stops the child and waits until it stands still.
func (c *child) stop(t testing.TB) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(c.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || !status.Stopped() {
			t.Fatalf("the child does not stop: %v, %v", status, err)
		}
		return
	}
}

// playLeader leads the cluster, and appends a record for every line that it is given until that is refused.
func playLeader() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := Open(ctx, Options{Dial: dial(os.Getenv(placeVariable))})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer c.Close()
	l, err := c.Lead(ctx, []byte("child"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	j, err := c.Journal(ctx, l)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("leads", l.Term())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := j.Append(ctx, in.Bytes()); err != nil {
			fmt.Println("refused", errors.Is(err, ErrDeposed), err)
			return 0
		}
		fmt.Println("kept")
	}
	return 0
}

// TestALeaderThatWasStoppedIsRefused stops a leader's process, lets another one lead, and lets the first one go on.
func TestALeaderThatWasStoppedIsRefused(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Lease: time.Second})
	path := filepath.Join(private(t), "s")
	nl, err := net.Listen("unix", path)
	if err == nil {
		err = c.Serve(nl)
	}
	if err != nil {
		t.Fatal(err)
	}
	old := act(t, "leader", path)
	if s := old.says(t); !strings.HasPrefix(s, "leads") {
		t.Fatal(s)
	}
	fmt.Fprintln(old.in, "one")
	if s := old.says(t); s != "kept" {
		t.Fatal(s)
	}
	old.stop(t)
	fmt.Fprintln(old.in, "late") // it does this when it goes on
	start := time.Now()
	l, j := lead(t, c)
	t.Logf("the next leader of term %d began %v after the old one was stopped", l.Term(), time.Since(start))
	if got := replay(t, j); len(got) != 1 || got[0] != "one" {
		t.Errorf("%q", got)
	}
	add(t, j, "two")
	start = time.Now()
	if err := old.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s := old.says(t)
	t.Logf("%v after it went on: %s", time.Since(start), s)
	if !strings.HasPrefix(s, "refused true") {
		t.Error("the old leader wrote: ", s)
	}
	l.Release()
	_, j = lead(t, c)
	if got := replay(t, j); len(got) != 2 || got[1] != "two" {
		t.Errorf("%q", got)
	}
}

// playServer appends numbers to a journal in a folder of its own, and says which are kept, until it is killed.
func playServer() int {
	ctx := context.Background()
	c, err := Open(ctx, Options{Dir: os.Getenv(placeVariable)})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer c.Close()
	l, err := c.Lead(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	j, err := c.Journal(ctx, l)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for n := 0; ; n++ {
		records := [][]byte{strconv.AppendInt(nil, int64(n), 10)}
		if n%100 == 99 {
			records[0] = append(append(records[0], ' '), make([]byte, 3*maxMessage)...)
		}
		if err := j.Append(ctx, records...); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("kept", n)
	}
}

// TestWhatIsKeptSurvivesKill ends a process that has the server with SIGKILL in the middle of its appends.
func TestWhatIsKeptSurvivesKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	kept := -1
	p := act(t, "server", dir)
	for kept < *keptRecords {
		n, err := strconv.Atoi(strings.TrimPrefix(p.says(t), "kept "))
		if err != nil {
			t.Fatal(err)
		}
		kept = n
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() { // what it said before it was dead
		if n, err := strconv.Atoi(strings.TrimPrefix(p.lines.Text(), "kept ")); err == nil {
			kept = n
		}
	}
	_ = p.cmd.Wait()
	start := time.Now()
	c := open(t, Options{Dir: dir})
	_, j := lead(t, c)
	got := replay(t, j)
	t.Logf("%d records were kept, %d are there, %v after the server was opened again", kept+1, len(got), time.Since(start))
	if len(got) < kept+1 || len(got) > kept+2 {
		t.Errorf("%d records, and %d were kept and one was on its way", len(got), kept+1)
	}
	for n, r := range got {
		if s, _, _ := strings.Cut(r, " "); s != strconv.Itoa(n) || n%100 == 99 && len(r) < 3*maxMessage {
			t.Fatalf("record %d is %.20q of %d bytes", n, r, len(r))
		}
	}
	add(t, j, "next")
}
