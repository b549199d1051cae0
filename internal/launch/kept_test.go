//go:build unix

package launch

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/lock"
)

func TestAKeptFolderIsFoundAgain(t *testing.T) {
	base(t)
	d, err := Keep("maps")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Keep("maps"); !errors.Is(err, ErrClaimed) {
		t.Errorf("a second owner: %v", err)
	}
	if err := os.WriteFile(d.Path("state"), []byte("7"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Leave(); err != nil {
		t.Fatal(err)
	}
	folder(t).sweeper.Wait()
	if held, err := Held(d.Path()); held || err != nil {
		t.Errorf("after it was left: %v, %v", held, err)
	}
	again, err := Keep("maps")
	if err != nil || again.Path() != d.Path() {
		t.Fatalf("%v, %v", again, err)
	}
	if text, err := os.ReadFile(again.Path("state")); string(text) != "7" {
		t.Errorf("what was in it is %q, %v", text, err)
	}
	other, err := Keep("others")
	if err != nil || other.Path() == d.Path() {
		t.Errorf("another name has %v, %v", other, err)
	}
	if err := errors.Join(again.Close(), other.Close()); err != nil || !gone(d.Path()) {
		t.Errorf("it is not removed: %v", err)
	}
}

func TestAKeptFolderWithoutAnOwnerGoesAfterAWhile(t *testing.T) {
	base(t)
	d, err := Keep("maps")
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * keptAge)
	if err := errors.Join(d.Leave(), os.Chtimes(d.Path(lock.File), old, old)); err != nil {
		t.Fatal(err)
	}
	folder(t).sweeper.Wait()
	if !gone(d.Path()) {
		t.Error("it is still there")
	}
	if d, err = Keep("maps"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Leave(), RemoveKept("maps"), RemoveKept("maps")); err != nil || !gone(d.Path()) {
		t.Errorf("it is not removed on purpose: %v", err)
	}
}
