package runner

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// The numbers of docs/format/runner.md.
const (
	magic0, magic1 = 0xBD, 0x78
	version        = 4
	helloSize      = 16
	headSize       = 16
	align          = 16

	sideAgent  = 1
	sideRunner = 2

	// mustKnow are the feature bits that a reader has to know or to refuse.
	mustKnow = 0xF0
	// featureMaps says that this side lends, gives room, and maps what the other one lends and gives.
	featureMaps = 1

	frameCall   = 1
	frameCancel = 2
	frameAnswer = 3
	frameYield  = 4
	frameRetake = 5
	frameGiven  = 6
	frameMeet   = 7
	frameMet    = 8
	frameLend   = 9
	frameRoom   = 10
	frameHere   = 11

	callFixed   = 32 // bytes of a call's body before its texts
	answerFixed = 16

	// maxBlobs bounds arguments and outputs.
	maxBlobs = 1 << 20
	// trusted is how much is allocated on the word of a frame's head. More follows only what has arrived.
	trusted = 64 << 20

	// DefaultLimit is the greatest size in bytes of the body of a message that is taken.
	DefaultLimit = 4 << 30
)

// hello is the first thing each side says.
type hello struct {
	side     byte
	limit    uint64 // the greatest body this side takes
	features byte
}

func appendHello(b []byte, h hello) []byte {
	b = append(b, magic0, magic1, version, h.features, h.side, 0, 0, 0)
	return binary.LittleEndian.AppendUint64(b, h.limit)
}

func readHello(r io.Reader, side byte) (h hello, err error) {
	var b [helloSize]byte
	if n, err := io.ReadFull(r, b[:]); err != nil {
		return h, fmt.Errorf("%w after %d bytes (%q) of the %d that begin a conversation", whole(err), n, b[:n], helloSize)
	}
	switch {
	case b[0] != magic0 || b[1] != magic1:
		return h, fmt.Errorf("the first bytes are %q, not those of a conversation with a runner: is the program built with braid, and does braid.Main come first?", b[:])
	case b[2] != version:
		return h, fmt.Errorf("the other side speaks version %d and this one version %d; build both with the same braid", b[2], version)
	case b[3]&mustKnow != 0:
		return h, fmt.Errorf("the other side needs features %#x, which this one does not know; build both with the same braid", b[3]&mustKnow)
	case b[4] != side || b[5]|b[6]|b[7] != 0:
		return h, fmt.Errorf("side %d was expected, and % x came", side, b[4:8])
	}
	return hello{side: b[4], limit: binary.LittleEndian.Uint64(b[8:]), features: b[3]}, nil
}

// head stands before each body.
type head struct {
	kind   byte
	number uint32 // of the call, counted from 1 by the agent
	size   uint64
}

func appendHead(b []byte, h head) []byte {
	b = append(b, h.kind, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, h.number)
	return binary.LittleEndian.AppendUint64(b, h.size)
}

// readFrame reads a head and its body. The error is io.EOF itself if the stream ends before the head.
func readFrame(r io.Reader, limit uint64) (h head, body []byte, err error) {
	var b [headSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return h, nil, err
	}
	if b[1]|b[2]|b[3] != 0 {
		return h, nil, fmt.Errorf("the head of a message has % x where zeros belong", b[1:4])
	}
	h = head{kind: b[0], number: binary.LittleEndian.Uint32(b[4:]), size: binary.LittleEndian.Uint64(b[8:])}
	if h.size > limit || h.size > math.MaxInt {
		return h, nil, fmt.Errorf("a message of %d bytes came, and the limit is %d", h.size, limit)
	}
	body = make([]byte, min(h.size, trusted))
	for n := 0; ; {
		if _, err := io.ReadFull(r, body[n:]); err != nil {
			return h, nil, fmt.Errorf("a message of %d bytes was cut: %w", h.size, whole(err))
		}
		if n = len(body); uint64(n) == h.size {
			return h, body, nil
		}
		more := make([]byte, min(h.size, uint64(n)*2))
		copy(more, body)
		body = more
	}
}

// whole makes the end of a stream inside of something an unexpected one.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A body ends with values: their count stands in its fixed part; then come their sizes, eight bytes each, and then each value
// on a multiple of align from the body's start, with zeros between, so that arrays in them are aligned.

func padding(n uint64) uint64 { return -n % align }

// sizeOf returns the size of a body whose part before the sizes has n bytes.
func sizeOf(n int, values [][]byte) uint64 {
	size := uint64(n) + 8*uint64(len(values))
	for _, v := range values {
		size += padding(size) + uint64(len(v))
	}
	return size
}

// writeFrame writes a head, the first part of a body, and the values that follow it.
func writeFrame(w *bufio.Writer, kind byte, number uint32, first []byte, values [][]byte) error {
	appendFrame(w, kind, number, first, values)
	return w.Flush() // tells the first error of all
}

// appendFrame is writeFrame without the end: what is buffered goes with the next message.
func appendFrame(w *bufio.Writer, kind byte, number uint32, first []byte, values [][]byte) {
	var b [headSize]byte
	w.Write(appendHead(b[:0], head{kind: kind, number: number, size: sizeOf(len(first), values)}))
	w.Write(first)
	for _, v := range values {
		w.Write(binary.LittleEndian.AppendUint64(b[:0], uint64(len(v))))
	}
	at := uint64(len(first)) + 8*uint64(len(values))
	for _, v := range values {
		w.Write(make([]byte, padding(at)))
		at += padding(at) + uint64(len(v))
		w.Write(v) // large values go past the buffer
	}
}

// values takes the values that end a body, from the given place on.
func values(body []byte, at int, count uint32) ([][]byte, error) {
	rest := uint64(len(body) - at)
	if count > maxBlobs || 8*uint64(count) > rest {
		return nil, fmt.Errorf("%d values do not fit into the %d bytes that are left", count, rest)
	}
	if count == 0 {
		if rest > 0 {
			return nil, fmt.Errorf("%d bytes follow the end", rest)
		}
		return nil, nil
	}
	list := make([][]byte, count)
	sizes, end := body[at:], uint64(at)+8*uint64(count)
	for i := range list {
		size := binary.LittleEndian.Uint64(sizes[8*i:])
		start := end + padding(end)
		if start > uint64(len(body)) || size > uint64(len(body))-start {
			return nil, fmt.Errorf("value %d of %d bytes does not fit into a body of %d bytes", i, size, len(body))
		}
		for _, b := range body[end:start] {
			if b != 0 {
				return nil, fmt.Errorf("byte %#x stands before value %d, where zeros belong", b, i)
			}
		}
		end = start + size
		list[i] = body[start:end:end]
	}
	if end != uint64(len(body)) {
		return nil, fmt.Errorf("%d bytes follow the end", uint64(len(body))-end)
	}
	return list, nil
}

// checkRequest refuses what the format has no room for.
func checkRequest(q Request) error {
	for _, s := range []string{q.Op, q.Signature, q.Task} {
		if len(s) > math.MaxUint16 {
			return fmt.Errorf("runner: call of %.40q: a name has %d bytes, more than %d", q.Op, len(s), math.MaxUint16)
		}
	}
	if q.Op == "" || len(q.Args) > maxBlobs || q.Time < 0 || q.Memory < 0 {
		return fmt.Errorf("runner: call of %q with %d arguments, a time limit of %v and %d bytes of memory: the op must have a name and at most %d arguments, and no limit may be negative", q.Op, len(q.Args), q.Time, q.Memory, maxBlobs)
	}
	return nil
}

// appendCall appends a call's body up to the sizes of its arguments.
func appendCall(b []byte, q Request) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(b, uint64(q.Time))
	b = le.AppendUint64(b, uint64(q.Memory))
	b = le.AppendUint32(b, q.CPU)
	b = le.AppendUint32(b, uint32(len(q.Args)))
	b = le.AppendUint16(b, q.Outputs)
	b = le.AppendUint16(b, uint16(len(q.Op)))
	b = le.AppendUint16(b, uint16(len(q.Signature)))
	b = le.AppendUint16(b, uint16(len(q.Task)))
	return append(append(append(b, q.Op...), q.Signature...), q.Task...)
}

func parseCall(body []byte) (q Request, err error) {
	if len(body) < callFixed {
		return q, fmt.Errorf("a call of %d bytes, less than %d", len(body), callFixed)
	}
	le := binary.LittleEndian
	q.Time, q.Memory = time.Duration(le.Uint64(body)), int64(le.Uint64(body[8:]))
	q.CPU, q.Outputs = le.Uint32(body[16:]), le.Uint16(body[24:])
	at := callFixed
	for i, to := range []*string{&q.Op, &q.Signature, &q.Task} {
		n := int(le.Uint16(body[26+2*i:]))
		if n > len(body)-at {
			return q, fmt.Errorf("a name of %d bytes in a call that has %d left", n, len(body)-at)
		}
		*to = string(body[at : at+n])
		at += n
	}
	if q.Args, err = values(body, at, le.Uint32(body[20:])); err != nil {
		return q, fmt.Errorf("call of %q: %w", q.Op, err)
	}
	return q, checkRequest(q)
}

// appendAnswer appends an answer's body up to the sizes of its values.
func appendAnswer(b []byte, a Response, values int) []byte {
	var kind Kind
	var text, stack []byte
	if f := a.Failure; f != nil {
		kind, text, stack = f.Kind, []byte(f.Text[:min(len(f.Text), maxText)]), f.Stack[:min(len(f.Stack), maxText)]
	}
	le := binary.LittleEndian
	b = append(b, byte(kind), 0, 0, 0)
	if a.Placed {
		b[len(b)-3] = 1
	}
	b = le.AppendUint32(b, uint32(values))
	b = le.AppendUint32(b, uint32(len(text)))
	b = le.AppendUint32(b, uint32(len(stack)))
	return append(append(b, text...), stack...)
}

func parseAnswer(body []byte) (a Response, err error) {
	if len(body) < answerFixed {
		return a, fmt.Errorf("an answer of %d bytes, less than %d", len(body), answerFixed)
	}
	le := binary.LittleEndian
	kind := Kind(body[0])
	count, text, stack := le.Uint32(body[4:]), le.Uint32(body[8:]), le.Uint32(body[12:])
	switch rest := uint64(len(body) - answerFixed); {
	case kind > lastKind || body[1] > 1 || body[2]|body[3] != 0 || body[1] == 1 && (kind != 0 || count > 0):
		return a, fmt.Errorf("an answer that begins with % x", body[:4])
	case text > maxText || stack > maxText || uint64(text)+uint64(stack) > rest:
		return a, fmt.Errorf("an answer with %d bytes of text and %d of stack in %d bytes", text, stack, rest)
	case kind == 0 && text+stack > 0:
		return a, fmt.Errorf("an answer of kind %d with %d bytes of text", kind, text+stack)
	case kind != 0 && count > maxNames:
		return a, fmt.Errorf("a failure that is %d errors, more than %d", count, maxNames)
	}
	a.Placed = body[1] == 1
	at := answerFixed + int(text)
	if kind != 0 {
		a.Failure = &Failure{Kind: kind, Text: string(body[answerFixed:at])}
		if stack > 0 {
			a.Failure.Stack = body[at : at+int(stack)]
		}
	}
	list, err := values(body, at+int(stack), count)
	if kind == 0 {
		a.Outputs = list
		return a, err
	}
	for _, name := range list {
		if len(name) > maxName {
			return Response{}, fmt.Errorf("the name of an error with %d bytes, more than %d", len(name), maxName)
		}
		a.Failure.Is = append(a.Failure.Is, string(name))
	}
	return a, err
}

// appendYield appends what a call waits for, cut where it is too long for anybody to read.
func appendYield(b []byte, what string) []byte { return append(b, what[:min(len(what), maxName)]...) }

func parseYield(body []byte) (what string, err error) {
	if len(body) > maxName {
		return "", fmt.Errorf("what a call waits for has %d bytes, more than %d", len(body), maxName)
	}
	return string(body), nil
}

// metFixed is the bytes of the body that ends a meeting before its text.
const metFixed = 8

// appendMet appends the body that ends a meeting up to the sizes of what was brought.
func appendMet(b []byte, values int, why string) []byte {
	why = why[:min(len(why), maxText)]
	b = binary.LittleEndian.AppendUint32(b, uint32(values))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(why)))
	return append(b, why...)
}

func parseMet(body []byte) (all [][]byte, why string, err error) {
	if len(body) < metFixed {
		return nil, "", fmt.Errorf("the end of a meeting in %d bytes, less than %d", len(body), metFixed)
	}
	count, text := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:])
	if text > maxText || int(text) > len(body)-metFixed {
		return nil, "", fmt.Errorf("the end of a meeting with %d bytes of text in %d", text, len(body))
	}
	if (text == 0) != (count > 0) {
		return nil, "", fmt.Errorf("a meeting to which %d came, with %d bytes that say why it did not take place", count, text)
	}
	at := metFixed + int(text)
	all, err = values(body, at, count)
	return all, string(body[metFixed:at]), err
}

// checkMeet refuses what is more than a task may bring to a meeting.
func checkMeet(body []byte) error {
	if len(body) > maxText {
		return fmt.Errorf("a task brings %d bytes to a meeting, more than %d", len(body), maxText)
	}
	return nil
}

// parseNothing is for messages that say all by their kind.
func parseNothing(body []byte) error {
	if len(body) != 0 {
		return fmt.Errorf("%d bytes in a message that has none", len(body))
	}
	return nil
}

func parseCancel(body []byte) (reason, error) {
	if len(body) != 1 || reason(body[0]) != reasonCancelled && reason(body[0]) != reasonLimit {
		return 0, fmt.Errorf("a cancellation of % .8x", body)
	}
	return reason(body[0]), nil
}
