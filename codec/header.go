package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFormat is wrapped by every error about bytes that cannot be decoded.
var ErrFormat = errors.New("malformed value")

// The fixed part of the header. docs/format/codec.md draws it.
const (
	magic0, magic1 = 0xBD, 'v'
	formatVersion  = 1
	headerSize     = 16

	// A reader may ignore the low feature bits it does not know and must
	// refuse the high ones. None is defined in format version 1.
	requiredFeatures = 0xF0
)

// The codec numbers of the format.
const (
	numberRaw  = 1
	numberCBOR = 2
	numberOwn  = 3 // named by the header
)

const (
	nameRaw  = "raw/le"
	nameCBOR = "cbor"
)

// header is what stands before every payload.
type header struct {
	number  uint8
	name    string // of the user's codec; empty for the built-in ones
	version uint16 // of the codec, not of the format
}

// append writes h with a length of zero, which setLength fills in later.
func (h header) append(dst []byte) []byte {
	dst = append(dst, magic0, magic1, formatVersion, 0, h.number, uint8(len(h.name)))
	dst = binary.LittleEndian.AppendUint16(dst, h.version)
	dst = binary.LittleEndian.AppendUint64(dst, 0)
	return append(dst, h.name...)
}

// size is the number of bytes that append writes.
func (h header) size() int { return headerSize + len(h.name) }

// setLength stores the payload's length in the encoded header at b.
func setLength(b []byte, n int) { binary.LittleEndian.PutUint64(b[8:16], uint64(n)) }

// codecName is the name a person knows the codec by.
func (h header) codecName() string {
	switch h.number {
	case numberRaw:
		return nameRaw
	case numberCBOR:
		return nameCBOR
	case numberOwn:
		return h.name
	}
	return fmt.Sprintf("number %d", h.number)
}

// parseHeader splits src into its header and its payload. The payload is
// exactly as long as the header says and at most limit bytes.
func parseHeader(src []byte, limit int64) (header, []byte, error) {
	var h header
	if len(src) < headerSize {
		return h, nil, formatErrorf("%d bytes are too few for the %d-byte header: the input is truncated or no braid value", len(src), headerSize)
	}
	if src[0] != magic0 || src[1] != magic1 {
		return h, nil, formatErrorf("it starts with %#02x %#02x, a braid value with %#02x %#02x: this input is something else", src[0], src[1], magic0, magic1)
	}
	if src[2] != formatVersion {
		return h, nil, formatErrorf("format version %d; this program knows version %d: use the version of braid that wrote it", src[2], formatVersion)
	}
	if unknown := src[3] & requiredFeatures; unknown != 0 {
		return h, nil, formatErrorf("required feature bits %#02x; this program knows none: use the version of braid that wrote it", unknown)
	}
	nameLen := int(src[5])
	h.number, h.version = src[4], binary.LittleEndian.Uint16(src[6:8])
	length := binary.LittleEndian.Uint64(src[8:16])
	rest := src[headerSize:]
	if (h.number == numberOwn) != (nameLen > 0) {
		return h, nil, formatErrorf("codec %s with a name of %d bytes", h.codecName(), nameLen)
	}
	if len(rest) < nameLen {
		return h, nil, formatErrorf("truncated inside the codec's name: %d of %d bytes", len(rest), nameLen)
	}
	h.name, rest = string(rest[:nameLen]), rest[nameLen:]
	if limit >= 0 && length > uint64(limit) {
		return h, nil, formatErrorf("a payload of %d bytes is above the limit of %d bytes: raise it with DecodeLimit if the source is trusted", length, limit)
	}
	if have := uint64(len(rest)); have < length {
		return h, nil, formatErrorf("truncated: the payload has %d of %d bytes", have, length)
	} else if have > length {
		return h, nil, formatErrorf("%d trailing bytes after a payload of %d", have-length, length)
	}
	return h, rest, nil
}

func formatErrorf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}
