package link

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// Everything after the handshake is frames: a header of twelve bytes and a payload.
//
//	length of the payload u32 │ type u8 │ 0 u8 │ stream u16 │ checksum u32 │ payload
//
// The checksum is CRC-32C of the eight bytes before it and the payload; of a chunk, of the eight bytes only. What a chunk holds is
// protected by what carries it, since TLS authenticates it and a Unix socket is memory of one machine, and checksums on both sides
// cost half as much as its whole way over TCP. Its header still tells when the two sides have lost step.
const headerSize = 12

// frameType says what a payload is.
type frameType uint8

const (
	frameWords  frameType = 1 // whole records, each a length, a kind and a word
	framePiece  frameType = 2 // the next part of one long record
	frameOpen   frameType = 3 // a stream begins: the head of a Delivery
	frameChunk  frameType = 4 // the next bytes of a stream, all of one output
	frameCredit frameType = 5 // so many more bytes of chunks may be sent: u32
	frameAlive  frameType = 6 // a sign of life, empty
	frameBye    frameType = 7 // nothing comes any more, and that is on purpose; empty
)

const (
	maxPayload = 64 << 10  // of frames other than chunks: what fits into the reader's buffer
	maxChunk   = 256 << 10 // how long a word waits behind a chunk
	streams    = 8         // blocks under way at a time, in each direction
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A header is the header of a frame.
type header struct {
	length   uint32
	typ      frameType
	zero     uint8
	stream   uint16
	checksum uint32
}

// putHeader writes the header of a payload.
func putHeader(dst []byte, typ frameType, stream uint16, payload []byte) {
	binary.LittleEndian.PutUint32(dst, uint32(len(payload)))
	dst[4], dst[5] = byte(typ), 0
	binary.LittleEndian.PutUint16(dst[6:], stream)
	binary.LittleEndian.PutUint32(dst[8:], checksum(dst, payload))
}

// checksum computes the checksum of a frame.
func checksum(header, payload []byte) uint32 {
	sum := crc32.Checksum(header[:8], castagnoli)
	if frameType(header[4]) == frameChunk {
		return sum
	}
	return crc32.Update(sum, castagnoli, payload)
}

// readHeader reads a header and checks what can be checked without the payload.
func readHeader(b []byte) (header, error) {
	h := header{
		length: binary.LittleEndian.Uint32(b), typ: frameType(b[4]), zero: b[5],
		stream: binary.LittleEndian.Uint16(b[6:]), checksum: binary.LittleEndian.Uint32(b[8:]),
	}
	least, most := uint32(1), uint32(maxPayload)
	switch h.typ {
	case frameWords, framePiece, frameOpen:
	case frameChunk:
		most = maxChunk
	case frameCredit:
		least, most = 4, 4
	case frameAlive, frameBye:
		least, most = 0, 0
	default:
		return h, fmt.Errorf("a frame of unknown type %d", h.typ)
	}
	if h.length < least || h.length > most {
		return h, fmt.Errorf("a frame of type %d and %d bytes: %d to %d are allowed", h.typ, h.length, least, most)
	}
	if onStream := h.typ == frameOpen || h.typ == frameChunk; h.zero != 0 || h.stream >= streams || !onStream && h.stream != 0 {
		return h, fmt.Errorf("a frame of type %d on stream %d with flags %#x", h.typ, h.stream, h.zero)
	}
	return h, nil
}

// check compares the checksum of a frame with its bytes. The payload of a chunk is not looked at.
func (h header) check(headerBytes, payload []byte) error {
	if sum := checksum(headerBytes, payload); sum != h.checksum {
		return fmt.Errorf("a frame of type %d and %d bytes is damaged: checksum %#08x, and the bytes have %#08x", h.typ, h.length, h.checksum, sum)
	}
	return nil
}
