//go:build unix

package work

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// device is a GPU, or a part of one, that a task has to itself. Locks of files say so, among all workers of a machine, and end with the
// worker that holds them.
type device struct {
	name  string
	locks []*os.File
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

// claimDevices takes as many of the named GPUs as a task needs, or the part of one.
func claimDevices(folder string, names []string, need float64) (list []*device, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("choose a GPU: %w", err)
	}
	for _, name := range names {
		if len(list) >= int(math.Ceil(need)) {
			return list, nil
		}
		d, err := claimDevice(folder, name, need)
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
	return nil, fmt.Errorf("choose a GPU: others use those that the worker may, %s: offer no more than there are with --resources gpu=", strings.Join(names, ", "))
}

func releaseAll(list []*device) {
	for _, d := range list {
		d.release()
	}
}

// claimDevice takes a GPU, or a part of it that nobody has.
func claimDevice(folder, name string, need float64) (*device, error) {
	d := &device{name: name}
	file := filepath.Join(folder, strings.ReplaceAll(name, "/", "_"))
	if need >= 1 {
		return d, d.lock(file, unix.LOCK_EX)
	}
	if err := d.lock(file, unix.LOCK_SH); err != nil {
		return nil, err
	}
	for part := range int(1/need + 1e-9) {
		err := d.lock(fmt.Sprintf("%s.%d", file, part), unix.LOCK_EX)
		if err == nil {
			return d, nil
		}
		if !errors.Is(err, errTaken) {
			d.release()
			return nil, err
		}
	}
	d.release()
	return nil, errTaken
}

// lock takes a lock.
func (d *device) lock(file string, how int) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return errTaken
		}
		return &os.PathError{Op: "lock", Path: file, Err: err}
	}
	d.locks = append(d.locks, f)
	return nil
}

// release gives the device back.
func (d *device) release() {
	for _, f := range d.locks {
		f.Close()
	}
	d.locks = nil
}
