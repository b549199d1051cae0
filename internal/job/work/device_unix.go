//go:build unix

package work

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// device is a GPU, or a part of one, that a task has to itself. A file says so, whose name begins with how much that is, among all workers of
// a machine; it counts as long as a process has it locked, so it ends with the worker that holds it.
type device struct {
	name  string
	claim *os.File
}

// mostDevices is how many GPUs a machine may have.
const mostDevices = 1024

// errTaken is the error of a device that others use.
var errTaken = errors.New("others use it")

// devices are the names of the GPUs that there are: those in visible, which is as CUDA_VISIBLE_DEVICES; if that is empty, those of the
// machine; if it does not say which it has, 0, 1, 2 and so on, of which the scheduler lets no more be used than were offered.
func devices(visible string) []string {
	if names := strings.FieldsFunc(visible, func(r rune) bool { return r == ',' || r == ' ' }); len(names) > 0 {
		return names
	}
	files, _ := filepath.Glob("/dev/nvidia[0-9]*")
	n := len(files)
	if n == 0 {
		n = mostDevices
	}
	names := make([]string, n)
	for k := range names {
		names[k] = strconv.Itoa(k)
	}
	return names
}

// errApart is the error of a part that is free, but on no GPU by itself.
var errApart = errors.New("what is free is on several of them")

// lookAgain is how often it is looked whether a part has become free.
const lookAgain = 50 * time.Millisecond

// waitForDevices is claimDevices, but waits where a part is needed that only several GPUs together have.
func waitForDevices(ctx context.Context, folder string, names []string, need float64) ([]*device, error) {
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		list, err := claimDevices(folder, names, need)
		if !errors.Is(err, errApart) {
			return list, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// claimDevices takes as many of the named GPUs as a task needs, or the part of one.
func claimDevices(folder string, names []string, need float64) (list []*device, err error) {
	turn, err := takeTurn(folder)
	if err != nil {
		return nil, fmt.Errorf("choose a GPU: %w", err)
	}
	defer turn.Close()
	free := 0.0
	for _, name := range names {
		if len(list) >= int(math.Ceil(need)) {
			return list, nil
		}
		d, left, err := claimDevice(folder, name, min(need, 1))
		free += left
		switch {
		case err == nil:
			list = append(list, d)
		case !errors.Is(err, errTaken):
			releaseAll(list)
			return nil, fmt.Errorf("choose a GPU: %w", err)
		}
	}
	if len(list) >= int(math.Ceil(need)) {
		return list, nil
	}
	releaseAll(list)
	if need < 1 && free+rounding >= need {
		return nil, errApart
	}
	return nil, fmt.Errorf("choose a GPU: others use those that the worker may, %s: offer no more than there are with --resources gpu=", strings.Join(names, ", "))
}

// takeTurn waits until no other worker chooses, and lets none choose before the file is closed.
func takeTurn(folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, "turn"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	return f, nil
}

func releaseAll(list []*device) {
	for _, d := range list {
		d.release()
	}
}

// rounding is what sums may be wrong by: three thirds are one.
const rounding = 1e-9

// claimDevice takes a part of a GPU, or all of it, if others leave as much. left is what they leave.
func claimDevice(folder, name string, part float64) (d *device, left float64, err error) {
	claims := filepath.Join(folder, strings.ReplaceAll(name, "/", "_")+".claims")
	if err := os.MkdirAll(claims, 0o700); err != nil {
		return nil, 0, err
	}
	used, err := usedOf(claims)
	if err != nil {
		return nil, 0, err
	}
	left = 1 - used
	if part > left+rounding {
		return nil, left, errTaken
	}
	f, err := os.CreateTemp(claims, strconv.FormatFloat(part, 'g', -1, 64)+partEnd+"*")
	if err != nil {
		return nil, 0, err
	}
	d = &device{name, f}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		d.release()
		return nil, 0, &os.PathError{Op: "lock", Path: f.Name(), Err: err}
	}
	return d, left, nil
}

// partEnd stands behind the part in the name of a claim.
const partEnd = "_"

// usedOf sums the claims of a GPU that processes hold, and removes those of processes that were killed.
func usedOf(claims string) (sum float64, err error) {
	entries, err := os.ReadDir(claims)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		text, _, _ := strings.Cut(e.Name(), partEnd)
		part, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue // not of braid
		}
		held, err := isHeld(filepath.Join(claims, e.Name()))
		if err != nil {
			return 0, err
		}
		if held {
			sum += part
		}
	}
	return sum, nil
}

// isHeld reports whether a process has a claim, and removes it if none does.
func isHeld(claim string) (bool, error) {
	f, err := os.Open(claim)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // it was released just now
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return true, nil
	case err != nil:
		return false, &os.PathError{Op: "lock", Path: claim, Err: err}
	}
	_ = os.Remove(claim)
	return false, nil
}

// release gives the device back.
func (d *device) release() {
	_ = os.Remove(d.claim.Name())
	_ = d.claim.Close()
}
