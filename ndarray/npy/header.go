package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/braid-compute/braid/ndarray"
)

// MaxHeader is the greatest length of a header in bytes. The header of an array
// that package ndarray can hold takes a few hundred.
const MaxHeader = 1 << 16

// ErrFormat is wrapped by every error about bytes that are not in the format.
var ErrFormat = errors.New("malformed file of NumPy")

const magic = "\x93NUMPY"

// Header says what follows it.
type Header struct {
	DType     ndarray.DType
	BigEndian bool // byte order of the elements
	Fortran   bool // the first axis is contiguous, not the last
	Shape     []int
}

// Bytes returns how many bytes of elements follow the header.
func (h Header) Bytes() int64 {
	n := int64(h.DType.Size())
	for _, length := range h.Shape {
		n *= int64(length)
	}
	return n
}

// order is the byte order of the elements.
func (h Header) order() binary.ByteOrder {
	if h.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// ReadHeader reads the header of a .npy file and leaves r at the first element.
func ReadHeader(r io.Reader) (Header, error) {
	text, err := readHeaderText(r)
	if err != nil {
		return Header{}, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return Header{}, fmt.Errorf("npy: header %q: %w", shortened(text), err)
	}
	return h, nil
}

// readHeaderText reads up to the end of the header and returns its text.
func readHeaderText(r io.Reader) (string, error) {
	var fixed [12]byte
	if err := readFull(r, fixed[:10], "the magic bytes and the version"); err != nil {
		return "", err
	}
	if string(fixed[:len(magic)]) != magic {
		return "", fmt.Errorf("npy: %w: it starts with %q, a .npy file with %q", ErrFormat, fixed[:len(magic)], magic)
	}
	major, minor := fixed[6], fixed[7]
	length := uint64(binary.LittleEndian.Uint16(fixed[8:]))
	switch {
	case minor != 0 || major < 1 || major > 3:
		return "", fmt.Errorf("npy: %w: version %d.%d; versions 1.0, 2.0 and 3.0 are known", ErrFormat, major, minor)
	case major > 1:
		if err := readFull(r, fixed[10:], "the header's length"); err != nil {
			return "", err
		}
		length = uint64(binary.LittleEndian.Uint32(fixed[8:]))
	}
	if length > MaxHeader {
		return "", fmt.Errorf("npy: %w: a header of %d bytes; at most %d are read", ErrFormat, length, MaxHeader)
	}
	text := make([]byte, length)
	if err := readFull(r, text, "the header"); err != nil {
		return "", err
	}
	return string(text), nil
}

func readFull(r io.Reader, p []byte, what string) error {
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("npy: %w: truncated after %d of %d bytes of %s", ErrFormat, n, len(p), what)
	}
	if err != nil {
		return fmt.Errorf("npy: reading %s: %w", what, err)
	}
	return nil
}

// shortened returns as much of a text as an error needs.
func shortened(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 200 {
		s = s[:200] + "..."
	}
	return s
}

// parseHeader reads the header's text, a dictionary in Python's notation.
func parseHeader(text string) (Header, error) {
	p := parser{rest: text}
	fields, err := p.dictionary()
	if err != nil {
		return Header{}, err
	}
	descr, okDescr := fields["descr"].(string)
	fortran, okFortran := fields["fortran_order"].(bool)
	shape, okShape := fields["shape"].([]int)
	if _, structured := fields["descr"].(list); structured {
		return Header{}, fmt.Errorf("%w: a structured type, with several fields an element; write each field as an array of its own", errors.ErrUnsupported)
	}
	if !okDescr || !okFortran || !okShape || len(fields) != 3 {
		return Header{}, fmt.Errorf("%w: it must say descr as a text, fortran_order as True or False, shape as a tuple, and no more", ErrFormat)
	}
	h := Header{Fortran: fortran, Shape: shape}
	if h.DType, h.BigEndian, err = parseDescr(descr); err != nil {
		return Header{}, err
	}
	n, err := ndarray.Size(shape...)
	if err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if n > math.MaxInt/h.DType.Size() {
		return Header{}, fmt.Errorf("%w: shape %v has more bytes than memory could hold", ErrFormat, shape)
	}
	return h, nil
}

// descrs are the codes of element types, without their byte order.
var descrs = map[string]ndarray.DType{
	"b1": ndarray.Bool,
	"i1": ndarray.Int8, "i2": ndarray.Int16, "i4": ndarray.Int32, "i8": ndarray.Int64,
	"u1": ndarray.Uint8, "u2": ndarray.Uint16, "u4": ndarray.Uint32, "u8": ndarray.Uint64,
	"f4": ndarray.Float32, "f8": ndarray.Float64,
	"c8": ndarray.Complex64, "c16": ndarray.Complex128,
}

// refused are the kinds of types that have no DType.
var refused = map[byte]string{
	'O': "Python objects, which are pickled programs and are never read",
	'S': "byte strings", 'a': "byte strings", 'U': "text", 'V': "raw records", 'M': "dates", 'm': "time differences",
	'f': "floats of another width", 'c': "complex numbers of another width",
}

func parseDescr(descr string) (d ndarray.DType, bigEndian bool, err error) {
	code := strings.TrimLeft(descr, "<>|=")
	oneOrder := len(descr)-len(code) <= 1
	if d, ok := descrs[code]; ok && oneOrder {
		return d, descr[0] == '>', nil
	}
	if code != "" && oneOrder && refused[code[0]] != "" {
		return 0, false, fmt.Errorf("%w: element type %q (%s); convert the array to one of %v and write it again", errors.ErrUnsupported, descr, refused[code[0]], ndarray.DTypes())
	}
	return 0, false, fmt.Errorf("%w: unknown element type %q", ErrFormat, descr)
}

// Append appends the header as [Write] does: elements of the array follow it, little-endian.
func (h Header) Append(dst []byte) []byte { return append(dst, formatHeader(h)...) }

// formatHeader writes what numpy.save writes, version 1.0 for every array that
// can be: 64 axes take less than its 65,535 bytes.
func formatHeader(h Header) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{'descr': '%s', 'fortran_order': %s, 'shape': (", descrOf(h.DType), pythonBool(h.Fortran))
	for i, n := range h.Shape {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, n)
	}
	if len(h.Shape) == 1 {
		b.WriteString(",")
	}
	b.WriteString("), }")
	if len(h.Shape) > 0 {
		// Room for the axis that grows when elements are appended to the file.
		grows := h.Shape[0]
		if h.Fortran {
			grows = h.Shape[len(h.Shape)-1]
		}
		b.WriteString(strings.Repeat(" ", max(0, growthDigits-len(fmt.Sprint(grows)))))
	}
	const fixed, align = len(magic) + 4, 64
	b.WriteString(strings.Repeat(" ", align-1-(fixed+b.Len())%align))
	b.WriteString("\n")
	out := append([]byte(magic), 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(b.Len()))
	return append(out, b.String()...)
}

// growthDigits is the room that NumPy leaves for the length of a growing axis.
const growthDigits = 21

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func descrOf(d ndarray.DType) string {
	for code, have := range descrs {
		if have == d {
			if d.Size() == 1 {
				return "|" + code
			}
			return "<" + code
		}
	}
	return ""
}
