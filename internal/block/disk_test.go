package block

import (
	"io/fs"
	"math/rand/v2"
	"sync"
	"syscall"
)

// faultDisk is a disk in memory with the faults that it is told to have.
type faultDisk struct {
	mu       sync.Mutex
	files    map[string]*memoryFile
	capacity int64  // bytes that may be written before files are removed; below 0: any number
	refuse   error  // of create
	opening  error  // of open
	writing  func() // called before each write, if set
	reading  func() // and before each read
}

func newFaultDisk() *faultDisk { return &faultDisk{files: make(map[string]*memoryFile), capacity: -1} }

func (d *faultDisk) create(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: d.refuse}
	}
	d.files[path] = new(memoryFile)
	return &faultFile{d, path}, nil
}

func (d *faultDisk) open(path string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opening != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: d.opening}
	}
	if d.files[path] == nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return &faultFile{d, path}, nil
}

func (d *faultDisk) remove(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.capacity >= 0 {
		d.capacity += int64(len(d.files[path].data))
	}
	delete(d.files, path)
	return nil
}

func (d *faultDisk) punch(path string, offset, n int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.files[path].data[offset : offset+n])
	return nil
}

// set changes the faults.
func (d *faultDisk) set(f func(*faultDisk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d)
}

// count returns how many files there are and their bytes.
func (d *faultDisk) count() (files int, bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files {
		bytes += int64(len(f.data))
	}
	return len(d.files), bytes
}

// flip changes a bit of a file.
func (d *faultDisk) flip(r *rand.Rand, path string, from, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[path].data[from+r.Int64N(n)] ^= 1 << r.IntN(8)
}

type faultFile struct {
	d    *faultDisk
	path string
}

func (f *faultFile) WriteAt(b []byte, offset int64) (int, error) {
	f.d.mu.Lock()
	hook := f.d.writing
	f.d.mu.Unlock()
	if hook != nil {
		hook()
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	m := f.d.files[f.path]
	if more := offset + int64(len(b)) - int64(len(m.data)); f.d.capacity >= 0 && more > 0 {
		if more > f.d.capacity {
			return 0, &fs.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
		}
		f.d.capacity -= more
	}
	return m.WriteAt(b, offset)
}

func (f *faultFile) ReadAt(b []byte, offset int64) (int, error) {
	f.d.mu.Lock()
	hook := f.d.reading
	f.d.mu.Unlock()
	if hook != nil {
		hook()
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return f.d.files[f.path].ReadAt(b, offset)
}

func (*faultFile) Close() error { return nil }
