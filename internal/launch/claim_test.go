//go:build unix

package launch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAClaimBelongsToOne(t *testing.T) {
	dir := base(t)
	if _, _, _, err := Claimed("x.claim"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what nobody has claimed: %v", err)
	}
	if names, err := Claims(".claim"); len(names) > 0 || err != nil || !gone(filepath.Join(dir, homeName())) {
		t.Errorf("before the first claim there are %v, %v", names, err)
	}
	c, err := TakeClaim("x.claim")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"a long text", "short"} {
		if err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		content, at, lives, err := Claimed("x.claim")
		if string(content) != text || !lives || err != nil || time.Since(at) > time.Minute {
			t.Errorf("a claim of the living: %q, %v, %v, %v", content, at, lives, err)
		}
	}
	if _, err := TakeClaim("x.claim"); !errors.Is(err, ErrClaimed) {
		t.Errorf("a second claim: %v", err)
	}
	if info, err := os.Stat(c.path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(c.path, old, old); err != nil {
		t.Fatal(err)
	}
	c.Touch()
	if _, at, _, _ := Claimed("x.claim"); time.Since(at) > time.Minute {
		t.Errorf("the last sign of life is of %v", at)
	}

	wait, err := Await("x.claim")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if err := wait(ended); err == nil || err.Error() != "enough" {
		t.Errorf("waiting for the living: %v", err)
	}
	if wait, err = Await("x.claim"); err != nil {
		t.Fatal(err)
	}
	if err := c.Release(); err != nil {
		t.Fatal(err)
	}
	if err := wait(t.Context()); err != nil {
		t.Error(err)
	}
	if content, _, lives, err := Claimed("x.claim"); string(content) != "short" || lives || err != nil {
		t.Errorf("a claim of the dead: %q, %v, %v", content, lives, err)
	}
	if names, err := Claims(".claim"); !slices.Equal(names, []string{"x.claim"}) || err != nil {
		t.Errorf("%v, %v", names, err)
	}

	if c, err = TakeClaim("x.claim"); err != nil {
		t.Fatal(err)
	}
	if wait, err = Await("x.claim"); err != nil {
		t.Fatal(err)
	}
	if err := c.Drop(); err != nil || !gone(filepath.Join(dir, homeName())) {
		t.Errorf("%v; or the home is left", err)
	}
	c.Release()
	if err := wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADroppedClaimLastsUntilItsProcessEnds(t *testing.T) {
	base(t)
	c, err := TakeClaim("x.claim")
	if err != nil {
		t.Fatal(err)
	}
	ended, done, err := watchClaim(c.path)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := c.Drop(); err != nil || ended() {
		t.Errorf("%v; or the claim has ended with its file", err)
	}
	next, err := TakeClaim("x.claim") // the name is free
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Release(), next.Drop(), next.Release()); err != nil || !ended() {
		t.Errorf("%v; or the claim has not ended", err)
	}
}

func TestManyClaimOneName(t *testing.T) {
	base(t)
	var all sync.WaitGroup
	var owners, taken atomic.Int32
	for range 8 {
		all.Go(func() {
			for range 50 {
				c, err := TakeClaim("x.claim")
				if errors.Is(err, ErrClaimed) {
					_, _, _, _ = Claimed("x.claim")
					continue
				}
				if err != nil {
					if !strings.Contains(err.Error(), "comes and goes") {
						t.Error(err)
					}
					continue
				}
				if n := owners.Add(1); n != 1 {
					t.Errorf("%d have one claim", n)
				}
				taken.Add(1)
				owners.Add(-1)
				if err := errors.Join(c.Drop(), c.Release()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if taken.Load() == 0 {
		t.Error("nobody got it")
	}
}

func TestATrapInPlaceOfAClaimIsNotTaken(t *testing.T) {
	dir := base(t)
	home := filepath.Join(dir, homeName())
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.Mkdir(home, 0o700), os.WriteFile(outside, []byte("mine"), 0o600), os.Symlink(outside, filepath.Join(home, "x.claim"))); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeClaim("x.claim"); err == nil {
		t.Error("a link was followed")
	}
	if _, _, _, err := Claimed("x.claim"); err == nil || !strings.Contains(err.Error(), "is no claim") {
		t.Errorf("a link was read: %v", err)
	}
	if text, err := os.ReadFile(outside); string(text) != "mine" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestACreatedFileBelongsToOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("of the last run"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); len(text) > 0 || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := f.WriteString("of this run"); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path); !errors.Is(err, ErrClaimed) {
		t.Errorf("a second time: %v", err)
	}
	if text, err := os.ReadFile(path); string(text) != "of this run" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what belongs to everybody
		null, err := Create(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
	}
	if f, err = Create(path); err != nil {
		t.Fatal(err)
	}
	f.Close()
}
