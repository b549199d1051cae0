package coord

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A journal is a stream of messages. Each is a head of 32 bytes and a payload:
//
//	magic BD 6A │ version │ feature bits │ kind │ length u24 │ term u32 │ sum u32 │ number u64 │ previous u64 │ payload
//
// It says how long it is, so that it can be found in files that the server does not understand any more.
// docs/format/journal.md is the page about it.
type head struct {
	kind     byte
	term     uint32
	number   uint64 // the message's own in the stream
	previous uint64 // number of the message before it on the same subject, 0 if there is none
	within   bool   // its payload begins within a record
}

const (
	headBytes = 32
	sumAt     = 12
)

// magic begins every message.
var magic = []byte{0xBD, 0x6A}

// Kinds of messages.
const (
	kindTerm     = 1 // a term begins; no payload
	kindRecords  = 2 // pieces of records
	kindSnapshot = 3 // pieces of a snapshot's records
	kindMark     = 4 // a snapshot is whole
)

// Feature bits.
const (
	featureWithin = 0x01 // the payload begins within a record
	mustKnow      = 0xF0 // those that a reader has to know or refuse
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal writes the head of a message whose payload is there.
func seal(b []byte, h head) {
	le := binary.LittleEndian
	clear(b[:headBytes])
	b[0], b[1], b[2] = magic[0], magic[1], Version
	if h.within {
		b[3] = featureWithin
	}
	le.PutUint32(b[4:], uint32(h.kind)|uint32(len(b)-headBytes)<<8)
	le.PutUint32(b[8:], h.term)
	le.PutUint64(b[16:], h.number)
	le.PutUint64(b[24:], h.previous)
	le.PutUint32(b[sumAt:], sum(b))
}

// payloadBytes is how many bytes the head of a message says that follow it.
func payloadBytes(b []byte) int { return int(binary.LittleEndian.Uint32(b[4:]) >> 8) }

// sum is that of the whole message but the sum itself.
func sum(b []byte) uint32 {
	s := crc32.Update(0, castagnoli, b[:sumAt])
	return crc32.Update(s, castagnoli, b[sumAt+4:])
}

// unseal checks a message that is at a number of the stream.
func unseal(b []byte, number uint64) (head, []byte, error) {
	if len(b) < headBytes || b[0] != magic[0] || b[1] != magic[1] {
		return head{}, nil, fmt.Errorf("%w: it is no message of a journal", ErrDamaged)
	}
	if b[2] != Version || b[3]&mustKnow != 0 {
		return head{}, nil, fmt.Errorf("%w, %d with features %08b, and this release knows %d", ErrVersion, b[2], b[3], Version)
	}
	le := binary.LittleEndian
	if sum(b) != le.Uint32(b[sumAt:]) {
		return head{}, nil, fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	h := head{kind: b[4], term: le.Uint32(b[8:]), number: le.Uint64(b[16:]), previous: le.Uint64(b[24:]), within: b[3]&featureWithin != 0}
	switch {
	case h.kind < kindTerm || h.kind > kindMark:
		return head{}, nil, fmt.Errorf("%w: unknown kind %d", ErrDamaged, h.kind)
	case payloadBytes(b) != len(b)-headBytes:
		return head{}, nil, fmt.Errorf("%w: it says that %d bytes follow its head, and there are %d", ErrDamaged, payloadBytes(b), len(b)-headBytes)
	case h.number != number:
		return head{}, nil, fmt.Errorf("%w: it is message %d", ErrDamaged, h.number)
	case h.previous >= number:
		return head{}, nil, fmt.Errorf("%w: it follows message %d", ErrDamaged, h.previous)
	}
	return h, b[headBytes:], nil
}

// A payload of records is a list of pieces: the length times two, plus one if the record goes on in the next message, as LEB128; then
// the bytes.

// maxPieceHead is how many bytes the head of a piece has at most.
const maxPieceHead = 5

// appendPiece appends as much of a record as there is room for, and returns the rest. more says that the record goes on.
func appendPiece(b, record []byte, limit int) (out, rest []byte, more bool) {
	n := min(len(record), limit-len(b)-maxPieceHead)
	more = n < len(record)
	v := uint64(n) << 1
	if more {
		v |= 1
	}
	b = binary.AppendUvarint(b, v)
	return append(b, record[:n]...), record[n:], more
}

var errPiece = errors.New("a record in it has no end")

// nextPiece returns the first piece of a payload, and what is behind it.
func nextPiece(payload []byte) (piece, rest []byte, more bool, err error) {
	v, n := binary.Uvarint(payload)
	if n <= 0 || n > maxPieceHead || v>>1 > uint64(len(payload)-n) {
		return nil, nil, false, fmt.Errorf("%w: %w", ErrDamaged, errPiece)
	}
	end := n + int(v>>1)
	return payload[n:end:end], payload[end:], v&1 != 0, nil
}

// mark is the payload of kindMark: where a whole snapshot begins, and how much it is.
type mark struct {
	from    uint64 // number of the first message that is not covered by it, which is also where its own messages begin
	records uint64
	bytes   uint64 // of its messages
}

const markBytes = 24

func (m mark) form(b []byte) []byte {
	le := binary.LittleEndian
	return le.AppendUint64(le.AppendUint64(le.AppendUint64(b, m.from), m.records), m.bytes)
}

func readMark(payload []byte) (mark, error) {
	if len(payload) != markBytes {
		return mark{}, fmt.Errorf("%w: the mark of a snapshot has %d bytes", ErrDamaged, len(payload))
	}
	le := binary.LittleEndian
	return mark{le.Uint64(payload), le.Uint64(payload[8:]), le.Uint64(payload[16:])}, nil
}

// assembler puts records together out of the pieces of messages.
type assembler struct {
	part []byte // of a record that goes on in the next message
	open bool
}

// take hands the records of a payload to yield, until that returns false. The bytes of a record are not used again.
func (a *assembler) take(payload []byte, yield func([]byte) bool) (bool, error) {
	for len(payload) > 0 {
		piece, rest, more, err := nextPiece(payload)
		if err != nil {
			return false, err
		}
		if more && len(rest) > 0 {
			return false, fmt.Errorf("%w: something follows a record that goes on in the next message", ErrDamaged)
		}
		payload = rest
		if more || a.open {
			a.part = append(a.part, piece...)
			a.open = more
			if more {
				break
			}
			piece, a.part = a.part, nil
		}
		if !yield(piece) {
			return false, nil
		}
	}
	return true, nil
}

// drop forgets a record whose writer did not live to end it.
func (a *assembler) drop() { a.part, a.open = nil, false }

// numberOf returns the number that a message says it has.
func numberOf(b []byte) uint64 { return binary.LittleEndian.Uint64(b[16:]) }
