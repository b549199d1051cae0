//go:build unix

package local

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/runner"
)

// give puts a file where a client offers its executable as a code id, and returns the hash that it has.
func give(t *testing.T, folder, text string, as graph.CodeID) graph.CodeID {
	t.Helper()
	id := graph.CodeID(sha256.Sum256([]byte(text)))
	if as == (graph.CodeID{}) {
		as = id
	}
	room := filepath.Join(folder, codeFolder, "offer-"+text[:1])
	if err := os.MkdirAll(room, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(room, filepath.Base(codePath(folder, as))+offered), []byte(text))
	return id
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func TestCodeIsAdmittedByItsHash(t *testing.T) {
	folder := t.TempDir()
	a := newAdmission(folder)
	own, err := launch.Code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.admit(own); err != nil || !isOwn(folder, own) {
		t.Errorf("the cluster's own program: %v", err)
	}
	if id, err := codeAt(t.Context(), folder); err != nil || id != own {
		t.Errorf("who runs it has code id %x, %v; want %x", id, err, own)
	}
	id := graph.CodeID(sha256.Sum256([]byte("a program")))
	if isOwn(folder, id) || isOwn("", own) {
		t.Error("another program is taken for the cluster's own")
	}
	if err := a.admit(id); !wantsCode(err) {
		t.Errorf("a program that brings nothing: %v", err)
	}
	if err := a.admit(graph.CodeID{}); err == nil || wantsCode(err) {
		t.Errorf("a program without a code id: %v", err)
	}
	give(t, folder, "b other program", id)
	if err := a.admit(id); err == nil || wantsCode(err) || !strings.Contains(err.Error(), "it was changed, and is not run") {
		t.Errorf("a program that brings another one's executable: %v", err)
	}
	if exists(codePath(folder, id)) {
		t.Error("it has a name all the same")
	}
	give(t, folder, "a program", id) // beside the wrong one
	if err := a.admit(id); err != nil {
		t.Error(err)
	}
	if path, err := admittedCode(t.Context(), folder, id); err != nil || path != codePath(folder, id) {
		t.Errorf("a worker finds %q, %v", path, err)
	}
	if err := a.admit(id); err != nil { // without bringing it again
		t.Error(err)
	}
	if err := os.Remove(codePath(folder, id)); err != nil {
		t.Fatal(err)
	}
	if err := a.admit(id); !wantsCode(err) {
		t.Errorf("a program whose executable is gone: %v", err)
	}
}

func TestClientsOfOneProgramAreAdmittedAtOnce(t *testing.T) {
	folder := t.TempDir()
	a := newAdmission(folder)
	for round := range 20 {
		id := give(t, folder, "a program, build "+strconv.Itoa(round), graph.CodeID{})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := a.admit(id); err != nil {
					t.Errorf("one of several: %v", err)
				}
			})
		}
		all.Wait()
		if err := newAdmission(folder).admit(id); err != nil {
			t.Errorf("by the next scheduler, which finds what this one has admitted: %v", err)
		}
	}
}

func TestAnExecutableIsOfferedAndTakenBack(t *testing.T) {
	folder := t.TempDir()
	id, err := launch.Code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	takeBack, err := offerCode(folder, id)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := admitCode(t.Context(), folder, id); !ok || err != nil {
		t.Fatal(ok, err)
	}
	takeBack()
	if info, err := os.Stat(codePath(folder, id)); err != nil || info.Mode() != 0o500 {
		t.Errorf("the executable has mode %v, %v", info.Mode(), err)
	}
	if takeBack, err = offerCode(folder, id); err != nil {
		t.Fatal(err)
	}
	takeBack()
	entries, err := os.ReadDir(filepath.Join(folder, codeFolder))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v is left, %v", entries, err)
	}
	if _, err := offerCode(filepath.Join(folder, "none"), id); err == nil {
		t.Error("it was offered to no cluster")
	}
}

func TestAWorkerRunsNothingElse(t *testing.T) {
	folder := t.TempDir()
	f := &foreign{folder: folder, words: []byte("words"), slots: 1}
	defer f.close()
	run := func(id graph.CodeID) error {
		op, err := f.op(graph.Op{Name: "go/x", Code: id})
		if err != nil {
			t.Fatal(err)
		}
		_, err = op.Call(t.Context(), nil)
		return err
	}
	id := give(t, folder, "a program", graph.CodeID{})
	if err := run(id); err == nil || !strings.Contains(err.Error(), "was not admitted to this cluster") {
		t.Errorf("code that was offered only: %v", err)
	}
	write(t, codePath(folder, id), []byte("another program"))
	if err := run(id); err == nil || !strings.Contains(err.Error(), "it was changed, and is not run") {
		t.Errorf("code that was changed: %v", err)
	}
	if err := errors.Join(os.Remove(codePath(folder, id)), os.Symlink("/bin/sh", codePath(folder, id))); err != nil {
		t.Fatal(err)
	}
	if err := run(id); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a link: %v", err)
	}
	f.close()
	if err := run(id); !errors.Is(err, runner.ErrPoolClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestExecutablesWithoutClientsAreRemovedWhenThereAreMany(t *testing.T) {
	folder := t.TempDir()
	a := newAdmission(folder)
	var ids []graph.CodeID
	var releases []func()
	for _, text := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		id := give(t, folder, text, graph.CodeID{})
		if err := a.admit(id); err != nil {
			t.Fatal(err)
		}
		ids, releases = append(ids, id), append(releases, a.hold(id))
	}
	for _, id := range ids {
		if !exists(codePath(folder, id)) {
			t.Errorf("code %x is gone, and it has a client", id)
		}
	}
	for _, release := range releases[1:] { // all but the first leave
		release()
		release() // counts once
	}
	a.hold(graph.CodeID{})
	for k, id := range ids {
		if want := k == 0 || k > 2; exists(codePath(folder, id)) != want {
			t.Errorf("code %d of 7 is kept: %v, want %v", k, !want, want)
		}
	}
	if err := a.admit(ids[1]); !wantsCode(err) {
		t.Errorf("a program that comes again after that: %v", err)
	}
}

func TestErrorsOfRunnersSayWhatTheyAre(t *testing.T) {
	err := Failed(&runner.Failure{Kind: runner.KindError, Text: "no file", Is: []string{"fs.ErrNotExist", "unknown"}})
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) || err.Error() != "no file" {
		t.Errorf("%v", err)
	}
	if err := Failed(&runner.Failure{Kind: runner.KindPanic, Text: "oh"}); err.Error() != "panic: oh" {
		t.Errorf("%v", err)
	}
}
