package journal

import (
	"fmt"
	"io"
)

// Read returns the bytes at which the span points, in outputs of a size.
func (s Span) Read(outputs io.ReaderAt, size int64) ([]byte, error) {
	if s.Length == 0 {
		return nil, nil
	}
	if !s.Within(size) {
		return nil, fmt.Errorf("it has no %d bytes at offset %d", s.Length, s.Offset)
	}
	b := make([]byte, s.Length)
	_, err := outputs.ReadAt(b, s.Offset)
	return b, err
}

// Within reports whether outputs of a size hold what the span points at.
func (s Span) Within(size int64) bool {
	return s.Length == 0 || s.Offset >= 0 && s.Length > 0 && s.Offset <= size-s.Length
}
