package block

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// The form of spill files is described, byte by byte, in docs/format/spill.md.
const (
	magic0, magic1 = 0xBD, 0x79
	recordVersion  = 1
	headerSize     = 64
	recordAlign    = 64 // records begin at multiples of it
)

// kind says what a record's payload is.
type kind uint8

const (
	kindFlat  kind = iota + 1 // the bytes of a flat block
	kindBoxed                 // a value, encoded by its form
	kindRaw                   // the memory of a value, which its form has lent
)

// header is what stands before a payload.
type header struct {
	kind   kind
	number uint64   // of the block in its store
	size   int64    // bytes of the payload
	sum    uint32   // of the payload
	store  [16]byte // whose file it is
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errCorrupt says that a file does not hold what was written to it.
var errCorrupt = errors.New("the file does not hold what was written to it")

func (h header) put(b *[headerSize]byte) {
	*b = [headerSize]byte{magic0, magic1, recordVersion, 0, byte(h.kind)}
	le := binary.LittleEndian
	le.PutUint64(b[8:], h.number)
	le.PutUint64(b[16:], uint64(h.size))
	le.PutUint32(b[24:], h.sum)
	copy(b[32:], h.store[:])
	le.PutUint32(b[60:], crc32.Checksum(b[:60], castagnoli))
}

func parseHeader(b *[headerSize]byte) (h header, err error) {
	le := binary.LittleEndian
	switch {
	case b[0] != magic0 || b[1] != magic1:
		return h, fmt.Errorf("%w: a record begins with %#02x %#02x, not %#02x %#02x", errCorrupt, b[0], b[1], magic0, magic1)
	case le.Uint32(b[60:]) != crc32.Checksum(b[:60], castagnoli):
		return h, fmt.Errorf("%w: the checksum of a record's header is wrong", errCorrupt)
	case b[2] != recordVersion || b[3]&0xf0 != 0:
		return h, fmt.Errorf("%w: a record has version %d and feature bits %#02x; version %d is understood", errCorrupt, b[2], b[3], recordVersion)
	}
	h = header{kind: kind(b[4]), number: le.Uint64(b[8:]), size: int64(le.Uint64(b[16:])), sum: le.Uint32(b[24:])}
	copy(h.store[:], b[32:])
	return h, nil
}

// recordSize returns the bytes that a record takes in a file.
func recordSize(payload int64) int64 {
	return (headerSize + payload + recordAlign - 1) / recordAlign * recordAlign
}

// piece is how much is read and then summed at once, so that the second finds it in the cache of the first. Pieces end at multiples of
// it in the file, because a part of a page costs the system more than a whole one.
const piece = 512 << 10

// stretch is how much is summed and then written at once, likewise. The system keeps what is written together in consecutive pages as
// far as that ends at multiples of their size: with less than the largest there is, which is that of a huge page, it takes others than
// those that files of such blocks have just given back, and these it has to fetch and to clear.
const stretch = 2 << 20

// small is the size of payloads that are written together with their header.
const small = 64 << 10

var smallRecords = sync.Pool{New: func() any { return new([headerSize + small + recordAlign]byte) }}

// writeRecord writes a record at an offset. The header comes last, so that what has one is whole.
func writeRecord(w io.WriterAt, offset int64, h header, payload []byte) error {
	var head [headerSize]byte
	if len(payload) <= small {
		h.sum = crc32.Checksum(payload, castagnoli)
		h.put(&head)
		buf := smallRecords.Get().(*[headerSize + small + recordAlign]byte)
		defer smallRecords.Put(buf)
		n := copy(buf[:], head[:])
		n += copy(buf[n:], payload)
		clear(buf[n:recordSize(h.size)])
		return writeAt(w, buf[:recordSize(h.size)], offset)
	}
	parts := [][]byte{head[:]} // zeros for now, so that the first stretch is a whole one
	at, n := offset, headerSize
	for len(payload) > 0 {
		p := payload[:min(stretch-int((at+int64(n))%stretch), len(payload))]
		h.sum = crc32.Update(h.sum, castagnoli, p)
		parts, n, payload = append(parts, p), n+len(p), payload[len(p):]
		if len(payload) == 0 {
			rest := recordSize(h.size) - headerSize - h.size
			parts, n = append(parts, make([]byte, rest)), n+int(rest)
		}
		if err := writeParts(w, parts, at); err != nil {
			return err
		}
		parts, at, n = parts[:0], at+int64(n), 0
	}
	h.put(&head)
	return writeAt(w, head[:], offset)
}

// vector is a file that writes parts which follow each other at once.
type vector interface {
	writeParts(parts [][]byte, offset int64) error
}

func writeParts(w io.WriterAt, parts [][]byte, offset int64) error {
	if v, ok := w.(vector); ok {
		return v.writeParts(parts, offset)
	}
	for _, p := range parts {
		if err := writeAt(w, p, offset); err != nil {
			return err
		}
		offset += int64(len(p))
	}
	return nil
}

// writeAt writes all or returns why not.
func writeAt(w io.WriterAt, b []byte, offset int64) error {
	n, err := w.WriteAt(b, offset)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// readRecord reads the payload of a record into memory of its size, and checks that it is the record that is wanted.
func readRecord(r io.ReaderAt, offset int64, want header, into []byte) error {
	var head [headerSize]byte
	if err := readAt(r, head[:], offset); err != nil {
		return err
	}
	h, err := parseHeader(&head)
	if err != nil {
		return err
	}
	if want.sum = h.sum; h != want {
		return fmt.Errorf("%w: it has block %d of %d bytes, kind %d, of store %x, where block %d of %d bytes, kind %d, of store %x should be",
			errCorrupt, h.number, h.size, h.kind, h.store, want.number, want.size, want.kind, want.store)
	}
	sum := uint32(0)
	for at := offset + headerSize; len(into) > 0; {
		p := into[:min(piece-int(at%piece), len(into))]
		if err := readAt(r, p, at); err != nil {
			return err
		}
		sum = crc32.Update(sum, castagnoli, p)
		into, at = into[len(p):], at+int64(len(p))
	}
	if sum != h.sum {
		return fmt.Errorf("%w: the checksum of its %d bytes is %08x, not %08x", errCorrupt, h.size, sum, h.sum)
	}
	return nil
}

// readAt reads all or returns why not; a file that is too short is not what was written.
func readAt(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return fmt.Errorf("%w: it ends %d bytes too early", errCorrupt, len(b)-n)
	case err == nil:
		return io.ErrUnexpectedEOF
	}
	return err
}
