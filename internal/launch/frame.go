package launch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The start words travel as one frame: magic, version, a zero byte, the length in four bytes, the payload.
const (
	startMagic0, startMagic1 = 0xBD, 0x77
	startVersion             = 1
	startHeader              = 8

	// MaxPayload is the greatest size of start words in bytes.
	MaxPayload = 16 << 20
)

// appendStart appends a frame with the start words.
func appendStart(b, payload []byte) []byte {
	b = append(b, startMagic0, startMagic1, startVersion, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	return append(b, payload...)
}

// readStart reads a frame with the start words. The error is io.EOF if the stream ends before its last byte: whoever
// wrote it is gone.
func readStart(r io.Reader) ([]byte, error) {
	var head [startHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, startError(err)
	}
	if head[0] != startMagic0 || head[1] != startMagic1 {
		return nil, fmt.Errorf("launch: the start words begin with % x, not with % x: something else writes to the standard input", head[:2], []byte{startMagic0, startMagic1})
	}
	if head[2] != startVersion || head[3] != 0 {
		return nil, fmt.Errorf("launch: the start words have version %d.%d, and this program knows %d.0; start it with a program built with the same braid", head[2], head[3], startVersion)
	}
	n := binary.LittleEndian.Uint32(head[4:])
	if n > MaxPayload {
		return nil, fmt.Errorf("launch: the start words claim %d bytes, more than %d", n, MaxPayload)
	}
	// What is allocated follows what arrives, not what is claimed.
	payload, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(payload) < int(n) {
		err = io.EOF
	}
	if err != nil {
		return nil, startError(err)
	}
	return payload, nil
}

func startError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return fmt.Errorf("launch: read the start words: %w", err)
}
