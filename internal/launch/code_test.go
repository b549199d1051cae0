//go:build unix

package launch

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func fileHash(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

func TestTheCodeIDIsTheHashOfTheFile(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	Begin()
	Begin() // once is enough
	if _, err := Code(over); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	id, err := Code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%x", id), fileHash(t, path); got != want {
		t.Errorf("code %s, the file has %s", got, want)
	}
	p, lines := act(t, "code")
	p.Wait()
	if line := <-lines; line != fmt.Sprintf("%x <nil>", id) {
		t.Errorf("a worker has code %s, this process %x", line, id)
	}
}

func TestACopyOfTheExecutable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy")
	if err := CopyExecutable(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o500 {
		t.Errorf("it has mode %v, %v", info.Mode(), err)
	}
	own, err := Code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if id, err := CodeOf(t.Context(), path); err != nil || id != own {
		t.Errorf("it has code %x, %v; want %x", id, err, own)
	}
	if err := CopyExecutable(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("where a file is: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CodeOf(over, path); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if _, err := CodeOf(t.Context(), path+"none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}

// A program is rebuilt or removed while it runs; its workers must be of the same code.
func TestTheExecutableIsGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the path is all there is here")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(copied, data, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "sync", copied).CombinedOutput() // nothing writes to it any more
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	g, lines := start(t, Options{Count: 1, Path: copied, Payload: []byte("gone " + copied)})
	if c := g.Processes()[0].Wait(); !c.OK() {
		t.Error(c)
	}
	if line, want := <-lines, fileHash(t, path)+" <nil>"; line != want {
		t.Errorf("a worker of a removed program has code %s, want %s", line, want)
	}
}

func BenchmarkCode(b *testing.B) {
	path, err := Executable()
	if err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		b.SetBytes(info.Size())
	}
	for b.Loop() {
		if _, err := hashExecutable(); err != nil {
			b.Fatal(err)
		}
	}
}
