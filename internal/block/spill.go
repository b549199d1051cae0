package block

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
)

// disk is where spill files are. Tests put faults into it.
type disk interface {
	create(path string) (file, error)
	open(path string) (file, error)
	remove(path string) error
	// punch returns the space of a part of a file to the file system.
	punch(path string, offset, n int64) error
}

type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

type osDisk struct{}

// osFile is a file of the system's.
type osFile struct{ *os.File }

func (osDisk) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) open(path string) (file, error) { return os.Open(path) }

// remove takes what somebody else has removed for removed.
func (osDisk) remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (osDisk) punch(path string, offset, n int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return punchHole(f, offset, n)
}

// spill is the files of a store.
type spill struct {
	folder *folder
	disk   disk
	id     [16]byte
	files  atomic.Int64 // that were begun
}

// segment is a file of one or more records. It is removed when nobody wants any of them.
type segment struct {
	path  string
	bytes int64
	live  int // records that are wanted; guarded by the store's mu
}

// place is where a block is on disk.
type place struct {
	seg    *segment
	offset int64
}

const (
	// ownFile is the size in bytes from which a block has a file of its own. A file costs some 150 µs, which is a third
	// of writing as much.
	ownFile = 1 << 20
	// segmentBytes bounds the files that smaller blocks share, since space in them may stay taken until the last is freed.
	segmentBytes = 4 << 20
	// leastPunched is the size of records whose space in a shared file is returned at once.
	leastPunched = 64 << 10
)

func openSpill(scratch string, late bool) (*spill, error) {
	f, err := openFolder(scratch, late)
	if err != nil {
		return nil, err
	}
	s := &spill{folder: f, disk: osDisk{}}
	rand.Read(s.id[:]) // which never fails
	return s, nil
}

// outgoing is a block on its way to a file.
type outgoing struct {
	b       *Block
	kind    kind
	payload []byte
	scratch memory // of a boxed block: given back when it is written
}

func (s *spill) header(b *Block, k kind, size int64) header {
	return header{kind: k, number: b.number, size: size, store: s.id}
}

// write makes a segment of some blocks. Of one that cannot be written as a whole nothing is left.
func (s *spill) write(out []outgoing) (*segment, []place, error) {
	folder, err := s.folder.make()
	if err != nil {
		return nil, nil, &SpillError{Path: s.folder.scratch, Err: err}
	}
	path := filepath.Join(folder, strconv.FormatInt(s.files.Add(1), 10))
	f, err := s.disk.create(path)
	if err != nil {
		return nil, nil, &SpillError{Path: path, Err: err}
	}
	seg, places := &segment{path: path}, make([]place, len(out))
	for k, o := range out {
		places[k] = place{seg, seg.bytes}
		size := int64(len(o.payload))
		if err = writeRecord(f, seg.bytes, s.header(o.b, o.kind, size), o.payload); err != nil {
			break
		}
		seg.bytes += recordSize(size)
	}
	if e := f.Close(); err == nil { // some file systems say only now that they are full
		err = e
	}
	if err != nil {
		s.disk.remove(path)
		return nil, nil, &SpillError{Path: path, Err: err}
	}
	return seg, places, nil
}

// read fills into with the payload of a block's record. The error tells what cannot be read now from what is lost.
func (s *spill) read(b *Block, p place, k kind, into []byte) error {
	f, err := s.disk.open(p.seg.path)
	if err != nil {
		if passing(err) {
			return fmt.Errorf("block: read a spilled block back: %w", err)
		}
		return b.lostBy(p, err)
	}
	defer f.Close()
	if err := readRecord(f, p.offset, s.header(b, k, int64(len(into))), into); err != nil {
		return b.lostBy(p, err)
	}
	return nil
}

// passing says whether a file may be opened later.
func passing(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM) || errors.Is(err, syscall.EINTR)
}

// punch returns the space of a record in a file that has others.
func (s *spill) punch(p place, size int64) (returned int64) {
	first := (p.offset + pageSize - 1) / pageSize * pageSize
	last := (p.offset + recordSize(size)) / pageSize * pageSize
	if last <= first {
		return 0
	}
	if s.disk.punch(p.seg.path, first, last-first) != nil {
		return 0
	}
	return last - first
}
