//go:build unix

package launch

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/lock"
)

// base makes an empty directory for temporary files with a short path.
func base(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	return dir
}

func folder(t *testing.T) *Dir {
	t.Helper()
	d, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func TestAFolderIsPrivateAndRemoved(t *testing.T) {
	dir := base(t)
	d := folder(t)
	for path := d.Path(); path != dir; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != fs.ModeDir|0o700 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	socket, err := d.Socket("agent-12345.sock")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := d.Socket(strings.Repeat("x", 100)); err == nil || !strings.Contains(err.Error(), "more than 103") {
		t.Error(err)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Error(err)
	}
	if !gone(d.Path()) || !gone(filepath.Dir(d.Path())) {
		t.Errorf("%s is left", d.Path())
	}
}

func TestFoldersOfTheDeadAreSwept(t *testing.T) {
	base(t)
	var paths []string
	var procs []*Process
	for range 2 {
		p, lines := act(t, "folder")
		path, _, _ := strings.Cut(until(t, lines, "ready")[0], " ")
		paths, procs = append(paths, path), append(procs, p)
	}
	if err := os.WriteFile(filepath.Join(paths[0], "socket"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(paths[0])
	// Folders whose owner has not made its lock yet, or died before.
	young, old := filepath.Join(home, "young"), filepath.Join(home, "old")
	for _, path := range []string{young, old} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * lock.UnlockedAge)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	// Something that is no folder leads nowhere.
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.Mkdir(outside, 0o700), os.WriteFile(filepath.Join(outside, lock.File), nil, 0o600), os.Symlink(outside, filepath.Join(home, "link"))); err != nil {
		t.Fatal(err)
	}

	if err := procs[0].Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	procs[0].Wait()
	if gone(paths[0]) {
		t.Fatal("the folder went with its owner, so this test shows nothing")
	}
	folder(t).Close() // waits for its sweep
	for path, want := range map[string]bool{paths[0]: true, paths[1]: false, young: false, old: true, outside: false} {
		if gone(path) != want {
			t.Errorf("%s: removed %v, want %v", path, !want, want)
		}
	}
}

func TestATrapInPlaceOfTheHomeIsNotEntered(t *testing.T) {
	for name, set := range map[string]func(home string) error{
		"open to others": func(home string) error { return errors.Join(os.Mkdir(home, 0o777), os.Chmod(home, 0o777)) },
		"a link":         func(home string) error { return os.Symlink(t.TempDir(), home) },
		"a file":         func(home string) error { return os.WriteFile(home, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := base(t)
			if err := set(filepath.Join(dir, homeName())); err != nil {
				t.Fatal(err)
			}
			if _, err := folderIn(dir); err == nil || !strings.Contains(err.Error(), "only this user may enter") {
				t.Error(err)
			}
			if d := folder(t); strings.HasPrefix(d.Path(), dir+"/") {
				t.Errorf("the folder is %s", d.Path())
			}
		})
	}
	long := filepath.Join(base(t), strings.Repeat("x", 60))
	if _, err := folderIn(long); err == nil || !strings.Contains(err.Error(), "no room for sockets") {
		t.Error(err)
	}
	if _, err := folderIn(filepath.Join(base(t), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestManyFoldersAtOnce(t *testing.T) {
	dir := base(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				d, err := folderIn(dir)
				if err != nil {
					t.Error(err)
					return
				}
				if gone(d.Path(lock.File)) {
					t.Error("the folder of a living process was swept")
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if !gone(filepath.Join(dir, homeName())) {
		t.Error("the home of folders is left, and nobody is in it")
	}
}

func TestWhetherAFolderIsHeld(t *testing.T) {
	base(t)
	d := folder(t)
	if held, err := Held(d.Path()); !held || err != nil {
		t.Errorf("a folder that is in use: %v, %v", held, err)
	}
	d.lock.Close() // as the death of the process does
	for range 2 {  // asking changes nothing
		if held, err := Held(d.Path()); held || err != nil {
			t.Errorf("a folder of a dead process: %v, %v", held, err)
		}
	}
	if held, err := Held(t.TempDir()); held || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such folder: %v, %v", held, err)
	}
}
