package launch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrClaimed is the error of claiming a file that a living process has.
var ErrClaimed = errors.New("another process has it")

// A Claim is a file that belongs to one living process at a time. It lies beside the folders that [Folder] makes, so others of this
// user find it by its name, and what the process wrote stays when that is killed.
type Claim struct {
	path string
	file *os.File // its lock is the claim
}

// Home returns the folder in which [Folder] makes others, and makes it if make is set. The error wraps fs.ErrNotExist if there is
// none.
func Home(make bool) (string, error) {
	var errs []error
	for _, base := range bases() {
		home, err := homeIn(base)
		if err == nil {
			err = enterHome(home, make)
		}
		if err == nil {
			return home, nil
		}
		errs = append(errs, err)
		if errors.Is(err, fs.ErrNotExist) && canWrite(base) {
			break // it would be made here, so it is nowhere
		}
	}
	return "", errors.Join(errs...)
}

// enterHome makes sure that a folder of folders is there and private. Another process may remove it, when it was the last in it,
// just after it was made.
func enterHome(home string, make bool) (err error) {
	for range 10 {
		if make {
			if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		if err = checkPrivate(home); !make || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// homeIn returns the folder of folders in a base.
func homeIn(base string) (string, error) {
	home := filepath.Join(base, homeName())
	if n := maxSocket - nameRoom - len("/0123456789"); len(home) > n {
		return "", fmt.Errorf("%s: longer than %d bytes, which leaves no room for sockets", home, n)
	}
	return home, nil
}

// TakeClaim takes the file of a name over, which is made if there is none. What the last owner wrote is left until Write.
func TakeClaim(name string) (*Claim, error) {
	for range 10 { // whoever drops a claim may remove the file, and the home, just before
		home, err := Home(true)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("launch: claim %s: %w", name, err)
		}
		c := &Claim{path: filepath.Join(home, name)}
		c.file, err = claimFile(c.path)
		if err == nil {
			return c, nil
		}
		if errors.Is(err, ErrClaimed) {
			if lives, _ := isClaimed(c.path); !lives {
				continue // somebody only asked
			}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("launch: claim %s: %w", c.path, err)
		}
	}
	return nil, fmt.Errorf("launch: claim %s: it comes and goes all the time", name)
}

// Create creates a file anywhere, or empties it, for whoever calls first: while it is open, others who call get ErrClaimed, also in
// this process. What is no regular file, such as a terminal, belongs to everybody.
func Create(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	return createClaimed(path)
}

// Write replaces what the file says.
func (c *Claim) Write(content []byte) error {
	err := c.file.Truncate(0)
	if err == nil {
		_, err = c.file.WriteAt(content, 0)
	}
	if err != nil {
		return fmt.Errorf("launch: claim %s: %w", c.path, err)
	}
	return nil
}

// Touch is a sign of life: the time of the file becomes now.
func (c *Claim) Touch() {
	now := time.Now()
	_ = os.Chtimes(c.path, now, now) // it says less then
}

// Release ends the claim and leaves the file.
func (c *Claim) Release() error { return c.file.Close() }

// Drop removes the file. The claim lasts until this process ends, so that who waits for that can.
func (c *Claim) Drop() error {
	err := removeClaim(c)
	os.Remove(filepath.Dir(c.path)) // fails while others are in it
	return err
}

// Claimed reads the file of a name: what its owner wrote, its time, and whether the owner lives. The error wraps fs.ErrNotExist if
// there is none.
func Claimed(name string) (content []byte, at time.Time, lives bool, err error) {
	home, err := Home(false)
	if err != nil {
		return nil, at, false, err
	}
	path := filepath.Join(home, name)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, at, false, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxClaim {
		return nil, at, false, fmt.Errorf("launch: %s is no claim: %v of %d bytes", path, info.Mode(), info.Size())
	}
	lives, err = isClaimed(path)
	if err != nil {
		return nil, at, false, err
	}
	content, err = os.ReadFile(path)
	return content, info.ModTime(), lives, err
}

// Await returns what waits until the owner of a name's file has ended, as it is now: it may remove the file before.
func Await(name string) (wait func(context.Context) error, err error) {
	home, err := Home(false)
	if err != nil {
		return nil, err
	}
	ended, done, err := watchClaim(filepath.Join(home, name))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		defer done()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !ended() {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}, nil
}

// maxClaim bounds what is read of a file.
const maxClaim = 64 << 10

// Claims returns the names of files beside the folders that end so.
func Claims(suffix string) ([]string, error) {
	home, err := Home(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(home, "*"+suffix))
	for k, p := range paths {
		paths[k] = filepath.Base(p)
	}
	return paths, err
}
