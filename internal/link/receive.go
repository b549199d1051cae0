package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/word"
)

const (
	// readBuffer holds at least one frame other than a chunk.
	readBuffer = maxPayload + headerSize
	// sipSize is how much is read into the buffer behind a chunk: what there is of the next chunk in it has to be copied.
	sipSize = 4 << 10
)

// receiver is the half of a connection that reads.
type receiver struct {
	mu      sync.Mutex // held by Receive, which one goroutine calls
	buf     []byte
	from    int    // buf[from:to] was read and not looked at
	to      int    //
	records []byte // of the frame last read, in buf
	long    []byte // the record that comes in pieces, as far as it is there
	missing int    // of the long record
	blocks  [streams]*incoming
	window  int
	credit  int  // that the other side has left
	owed    int  // that it is to be given
	inBlock bool // the last frame was a chunk, so the next is likely to be one
	waiting atomic.Bool
	reads   atomic.Uint64
}

func (r *receiver) init(o Options) {
	r.buf = make([]byte, readBuffer)
	r.window, r.credit = o.Window, o.Window
}

// Receive returns the next word, a pointer such as *word.Done, which belongs to the caller. It is to be called by one goroutine in a
// loop. After the other side closed the connection on purpose the error is io.EOF; after any error it is the same for
// ever.
func (c *Conn) Receive() (any, error) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	for {
		if err := c.err(); err != nil {
			return nil, err
		}
		w, err := c.receive()
		if err != nil {
			return nil, c.ending(err)
		}
		if w != nil {
			return w, nil
		}
	}
}

// receive returns the next word that is there, or reads a frame.
func (c *Conn) receive() (any, error) {
	r := &c.in
	if len(r.records) > 0 {
		return c.record()
	}
	b, err := c.need(headerSize)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // nobody said goodbye
		}
		return nil, err
	}
	h, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	if r.inBlock = h.typ == frameChunk; r.inBlock {
		if err := h.check(b, nil); err != nil {
			return nil, err
		}
		return c.chunk(h)
	}
	if b, err = c.need(headerSize + int(h.length)); err != nil {
		return nil, err
	}
	r.from += len(b)
	payload := b[headerSize:]
	if err := h.check(b, payload); err != nil {
		return nil, err
	}
	switch h.typ {
	case frameWords:
		if r.long != nil {
			return nil, errors.New("words between the pieces of another")
		}
		r.records = payload
		return nil, nil
	case framePiece:
		return c.piece(payload)
	case frameOpen:
		if r.blocks[h.stream] != nil {
			return nil, fmt.Errorf("stream %d is opened twice", h.stream)
		}
		r.blocks[h.stream], err = c.open(payload)
		return nil, err
	case frameCredit:
		return nil, c.out.allowed(binary.LittleEndian.Uint32(payload))
	case frameBye:
		return nil, io.EOF
	}
	return nil, nil // a sign of life
}

// record takes the next record of a frame.
func (c *Conn) record() (any, error) {
	r := &c.in
	n, p := binary.Uvarint(r.records)
	if p <= 0 || n == 0 || n > uint64(len(r.records)-p) {
		return nil, errors.New("a record is longer than its frame")
	}
	body := r.records[p : p+int(n)]
	r.records = r.records[p+int(n):]
	k := word.Kind(body[0])
	data := body[1:]
	if k.Keeps() {
		data = slices.Clone(data) // the buffer is used again
	}
	return word.Decode(k, data)
}

// piece adds a piece to the long record and returns its word with the last.
func (c *Conn) piece(payload []byte) (any, error) {
	r := &c.in
	if r.long == nil {
		n, p := binary.Uvarint(payload)
		if p <= 0 || n == 0 {
			return nil, errors.New("a long word without a length")
		}
		if n > uint64(c.options.MaxWord) {
			return nil, fmt.Errorf("a word of %d bytes: at most %d are allowed", n, c.options.MaxWord)
		}
		payload = payload[p:]
		// No more is allocated than a few times what has come.
		r.long, r.missing = make([]byte, 0, min(int(n), 4*maxPayload)), int(n)
	}
	if len(payload) > r.missing {
		return nil, errors.New("the pieces of a long word are longer than it is")
	}
	if n := len(r.long) + len(payload); n > cap(r.long) {
		r.long = slices.Grow(r.long, min(len(r.long)+r.missing, 2*n)-len(r.long))
	}
	r.long = append(r.long, payload...)
	if r.missing -= len(payload); r.missing > 0 {
		return nil, nil
	}
	body := r.long
	r.long = nil
	if len(body) == 0 {
		return nil, errors.New("a long word without bytes")
	}
	return word.Decode(word.Kind(body[0]), body[1:])
}

// chunk reads a chunk into the memory of its block, and returns the block with the last.
func (c *Conn) chunk(h header) (any, error) {
	r := &c.in
	n := int(h.length)
	if r.credit -= n; r.credit < 0 {
		return nil, fmt.Errorf("%d bytes of blocks more than there was credit for", -r.credit)
	}
	i := r.blocks[h.stream]
	if i == nil {
		return nil, fmt.Errorf("a chunk on stream %d, which is not open", h.stream)
	}
	dest := i.dest(n)
	if dest == nil {
		return nil, fmt.Errorf("a chunk of block %v is longer than what is missing of its output", i.word.Block)
	}
	r.from += headerSize
	have := copy(dest, r.buf[r.from:r.to])
	r.from += have
	for have < n {
		k, err := c.read(dest[have:])
		if have += k; err != nil && have < n {
			return nil, unexpected(err)
		}
	}
	if r.owed += n; r.owed >= r.window/4 {
		r.credit += r.owed
		c.allow(r.owed)
		r.owed = 0
	}
	if !i.full() {
		return nil, nil
	}
	r.blocks[h.stream] = nil
	return i.word, nil
}

// need returns the next n bytes, at most a buffer full, without using them up. io.EOF says that there is none at all.
func (c *Conn) need(n int) ([]byte, error) {
	r := &c.in
	for r.to-r.from < n {
		if r.from > 0 {
			r.to = copy(r.buf, r.buf[r.from:r.to])
			r.from = 0
		}
		space := r.buf[r.to:]
		if r.inBlock && n < sipSize {
			space = r.buf[r.to:sipSize]
		}
		k, err := c.read(space)
		if r.to += k; err != nil && r.to < n {
			if r.to > 0 {
				err = unexpected(err)
			}
			return nil, err
		}
	}
	return r.buf[r.from : r.from+n], nil
}

// read reads once.
func (c *Conn) read(b []byte) (int, error) {
	r := &c.in
	r.waiting.Store(true)
	n, err := c.nc.Read(b)
	r.waiting.Store(false)
	r.reads.Add(1)
	return n, err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
