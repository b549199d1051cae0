//go:build unix

package archive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/command/journal"
)

func open(t *testing.T, path string) *Archive {
	t.Helper()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatIsWrittenDownIsFoundAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	good, bad := journal.NewKey("good"), journal.NewKey("bad")
	a := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := a.Begin(1, "sim {}"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []journal.Record{{Key: good, Task: 1, Attempts: 1}, {Key: bad, Task: 2, Attempts: 1, Code: 3}} {
		if err := a.Append(&r, []byte("out\n\xff"), []byte("err")); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	// What a killed process leaves behind.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("end key=12"); err != nil {
		t.Fatal(err)
	}
	f.Close()

	a = open(t, path)
	out, ok := a.Done(good)
	if _, failed := a.Done(bad); !ok || failed || a.Damaged() != 1 {
		t.Fatalf("done %v, failed %v, %d damaged", ok, failed, a.Damaged())
	}
	stdout, err := a.Read(out.Stdout)
	if err != nil || string(stdout) != "out\n\xff" {
		t.Errorf("%q %v", stdout, err)
	}
	stderr, err := a.Read(out.Stderr)
	if err != nil || string(stderr) != "err" {
		t.Errorf("%q %v", stderr, err)
	}
	r := journal.Record{Key: bad, Task: 2, Attempts: 1}
	if err := a.Append(&r, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, path)
	if _, ok := a.Done(bad); !ok || a.Damaged() != 0 {
		t.Errorf("after the repair: %v, %d damaged", ok, a.Damaged())
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + Suffix)
	if want := "== task 1, stdout, 5 bytes\nout\n\xff\n== task 1, stderr, 3 bytes\nerr\n"; err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("%q %v, want %q first", text, err, want)
	}

	if err := os.Truncate(path+Suffix, 3); err != nil {
		t.Fatal(err)
	}
	a = open(t, path)
	defer a.Close()
	if lost := a.Forget(); lost != 1 {
		t.Errorf("%d tasks have lost their output, want 1", lost)
	}
	if _, ok := a.Done(good); ok {
		t.Error("a task without its output counts as done")
	}
	if _, err := a.Read(out.Stdout); err == nil {
		t.Error("an output that is not there was read")
	}
}

func TestOtherFilesStayAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	for text, want := range map[string]string{"braid map journal 2\n": "version 2", "my notes\n": "no journal"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Errorf("%q has become %q", text, after)
		}
	}
}

func TestOutputsThatWait(t *testing.T) {
	o, err := Spool()
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	big := bytes.Repeat([]byte("x"), 3<<20)
	first, err := o.Append(1, big, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.Append(2, []byte("a"), []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := o.Read(first.Stdout); err != nil || !bytes.Equal(b, big) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if b, err := o.Read(second.Stderr); err != nil || string(b) != "b" {
		t.Errorf("%q %v", b, err)
	}
	if _, err := o.Read(journal.Span{Offset: 1 << 62, Length: 1 << 61}); err == nil {
		t.Error("bytes behind the end were read")
	}
}
