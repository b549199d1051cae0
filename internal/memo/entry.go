package memo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// Key identifies a call: a hash of the function, its version and its arguments.
type Key [32]byte

// Entry is what is kept of a call.
type Entry struct {
	Key      Key
	Function string        // its name
	Version  string        // of its code
	Made     time.Time     // when it returned, in milliseconds
	Took     time.Duration // how long it ran
	Result   []byte
}

// The parts of an entry's file. The checksum, CRC-32C of all that goes before, stands at its end.
const (
	magic      = "braidmem"
	version    = 1
	fixed      = len(magic) + 4 + len(Key{}) + 8 + 8 + 4 + 4 + 8
	checksum   = 4
	maxName    = 4096
	maxVersion = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errNames is the error of an entry that cannot be written.
var errNames = fmt.Errorf("memo: the names of functions and versions have at most %d bytes", maxName)

// appendHead appends what stands before the result.
func (e *Entry) appendHead(b []byte) ([]byte, error) {
	if len(e.Function) > maxName || len(e.Version) > maxVersion {
		return b, errNames
	}
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = append(b, e.Key[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Made.UnixMilli()))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Took))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Function)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Version)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(e.Result)))
	b = append(b, e.Function...)
	return append(b, e.Version...), nil
}

// errShort, errDamaged and their like say why a file is no entry.
var (
	errMagic   = errors.New("it does not begin as an entry does")
	errShort   = errors.New("its length is not what it says")
	errDamaged = errors.New("its checksum is wrong")
)

// parse reads an entry, whose Result lies in b.
func parse(b []byte) (e Entry, err error) {
	e, size, err := parseHead(b)
	if err != nil {
		return e, err
	}
	if uint64(len(b)) != size {
		return e, errShort
	}
	end := len(b) - checksum
	if crc32.Checksum(b[:end], castagnoli) != binary.LittleEndian.Uint32(b[end:]) {
		return e, errDamaged
	}
	e.Result = b[fixed+len(e.Function)+len(e.Version) : end]
	return e, nil
}

// parseHead reads what stands before the result, and how long the whole file is. b may hold only that much.
func parseHead(b []byte) (e Entry, size uint64, err error) {
	if len(b) < fixed || string(b[:len(magic)]) != magic {
		return e, 0, errMagic
	}
	b = b[len(magic):]
	if v := binary.LittleEndian.Uint32(b); v != version {
		return e, 0, fmt.Errorf("it has version %d, and this program knows version %d", v, version)
	}
	b = b[4:]
	b = b[copy(e.Key[:], b):]
	e.Made = time.UnixMilli(int64(binary.LittleEndian.Uint64(b)))
	e.Took = time.Duration(binary.LittleEndian.Uint64(b[8:]))
	name, code := binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:])
	result := binary.LittleEndian.Uint64(b[24:])
	b = b[32:]
	if name > maxName || code > maxVersion || uint64(len(b)) < uint64(name)+uint64(code) || result > 1<<62 {
		return e, 0, errShort
	}
	e.Function, e.Version = string(b[:name]), string(b[name:name+code])
	return e, uint64(fixed) + uint64(name) + uint64(code) + result + checksum, nil
}
