package coord

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// notes are kept beside what the server stores, so that it is noticed when the server has lost some of it. A server that reads its files and
// finds a damaged one leaves out what comes behind the damage and says nothing.
type notes struct {
	dir   string
	last  *os.File
	names *os.File // a line for each name that was given or taken back
	stuck bool     // last cannot be written
	mute  bool     // names cannot be written
	note
}

// note says how far a journal goes at least.
//
//	magic BD 6E │ version │ length of the identity │ sum u32 │ number u64 │ term u32 │ identity
type note struct {
	number   uint64 // of the last message that is known to be kept
	term     uint32
	identity string // of the cluster
}

const (
	lastFile  = "last"
	namesFile = "names"
	noteHead  = 20
	noteSumAt = 4

	maxIdentity = 255 // bytes that a note can hold
)

// openNotes opens the notes in a folder, or begins them.
func openNotes(dir string) (n *notes, err error) {
	n = &notes{dir: dir}
	if n.last, err = os.OpenFile(filepath.Join(dir, lastFile), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	n.names, err = os.OpenFile(filepath.Join(dir, namesFile), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// read reads the last note. It returns an error that matches ErrDamaged if there is one that cannot be believed.
func (n *notes) read() error {
	b := make([]byte, noteHead+maxIdentity)
	size, err := n.last.ReadAt(b, 0)
	if size == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	n.note, err = readNote(b[:size])
	return err
}

func readNote(b []byte) (note, error) {
	le := binary.LittleEndian
	switch {
	case len(b) < noteHead || b[0] != 0xBD || b[1] != 0x6E || len(b) < noteHead+int(b[3]):
		return note{}, fmt.Errorf("the note of how far the journal goes: %w", ErrDamaged)
	case b[2] != Version:
		return note{}, fmt.Errorf("the note of how far the journal goes: %w, %d, and this release knows %d: use the release that made the cluster, or another name", ErrVersion, b[2], Version)
	}
	b = b[:noteHead+int(b[3])]
	if noteSum(b) != le.Uint32(b[noteSumAt:]) {
		return note{}, fmt.Errorf("the note of how far the journal goes: %w", ErrDamaged)
	}
	return note{le.Uint64(b[8:]), le.Uint32(b[16:]), string(b[noteHead:])}, nil
}

func (x note) form(b []byte) []byte {
	le := binary.LittleEndian
	b = append(b[:0], 0xBD, 0x6E, Version, byte(len(x.identity)), 0, 0, 0, 0)
	b = le.AppendUint64(b, x.number)
	b = le.AppendUint32(b, x.term)
	b = append(b, x.identity...)
	le.PutUint32(b[noteSumAt:], noteSum(b))
	return b
}

// noteSum is that of a note but the sum itself.
func noteSum(b []byte) uint32 {
	s := crc32.Update(0, castagnoli, b[:noteSumAt])
	return crc32.Update(s, castagnoli, b[noteSumAt+4:])
}

// kept takes note that the journal goes to a message. It is not forced to the disk: it may say less than there is, never more.
func (n *notes) kept(number uint64, term uint32) error {
	if n == nil || n.stuck || number <= n.number && term == n.term {
		return nil
	}
	n.number, n.term = max(n.number, number), term
	_, err := n.last.WriteAt(n.form(make([]byte, 0, 64)), 0)
	n.stuck = err != nil
	return err
}

// named takes note that a name was given, or taken back.
func (n *notes) named(name string, given bool) error {
	if n == nil || n.mute {
		return nil
	}
	_, err := n.names.WriteString(nameLine(name, given))
	n.mute = err != nil
	return err
}

func nameLine(name string, given bool) string {
	sign := "-"
	if given {
		sign = "+"
	}
	return sign + strconv.Quote(name) + "\n"
}

// given returns the names that were given and not taken back, in their order, as far as the lines can be read.
func (n *notes) given() (names []string) {
	if n == nil {
		return nil
	}
	text, err := os.ReadFile(n.names.Name())
	if err != nil {
		return nil
	}
	at := make(map[string]int)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if len(line) < 2 {
			continue
		}
		name, err := strconv.Unquote(line[1:])
		if err != nil {
			continue
		}
		if k, there := at[name]; there {
			names[k] = ""
			delete(at, name)
		}
		if line[0] == '+' {
			at[name] = len(names)
			names = append(names, name)
		}
	}
	kept := names[:0]
	for _, name := range names {
		if name != "" {
			kept = append(kept, name)
		}
	}
	return kept
}

// rewrite begins the list of names anew.
func (n *notes) rewrite(names []string) error {
	if n == nil || slices.Equal(names, slices.Sorted(slices.Values(n.given()))) {
		return nil
	}
	var b bytes.Buffer
	for _, name := range names {
		b.WriteString(nameLine(name, true))
	}
	path := n.names.Name()
	if err := os.WriteFile(path+".new", b.Bytes(), 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_ = n.names.Close()
	n.names = f
	return nil
}

func (n *notes) close() error {
	if n == nil {
		return nil
	}
	var errs []error
	for _, f := range []*os.File{n.last, n.names} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
