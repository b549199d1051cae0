//go:build unix

package lock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestALockIsHeldUntilItsFileIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), File)
	if held, _, err := Try(path); held || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no lock: held %v, %v", held, err)
	}
	owner, err := New(path)
	if err != nil {
		t.Fatal(err)
	}
	if held, _, err := Try(path); !held || !errors.Is(err, ErrHeld) {
		t.Errorf("a lock of the living: held %v, %v", held, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Take(f); !errors.Is(err, ErrHeld) {
		t.Errorf("a lock of the living is taken: %v", err)
	}
	if err := owner.Close(); err != nil {
		t.Fatal(err)
	}
	held, release, err := Try(path)
	if held || err != nil {
		t.Fatalf("a lock of the dead: held %v, %v", held, err)
	}
	if err := Take(f); !errors.Is(err, ErrHeld) {
		t.Errorf("a lock that was taken over is taken: %v", err)
	}
	release()
	if err := Take(f); err != nil {
		t.Errorf("a lock that was given back: %v", err)
	}
}

// A link leads elsewhere, to what another user may have put there.
func TestALinkIsNoLock(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "file"), nil, 0o600), os.Symlink("file", filepath.Join(dir, File))); err != nil {
		t.Fatal(err)
	}
	if held, _, err := Try(filepath.Join(dir, File)); held || err == nil {
		t.Errorf("held %v, %v", held, err)
	}
}
