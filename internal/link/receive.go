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
	mu      sync.Mutex // held by whoever reads or looks at what was read
	hear    func(any)  // of Serve
	source  *source    // likewise; nil if Poll cannot read
	buf     []byte
	from    int    // buf[from:to] was read and not looked at
	to      int    //
	records []byte // of the frame last read, in buf
	long    []byte // the record that comes in pieces, as far as it is there
	missing int    // of the long record
	rest    []byte // where the next bytes of a chunk belong, in the memory of its block
	chunk   int    // the length of that chunk; 0 if none is being read
	stream  uint16 // its stream
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
	r := &c.in
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := c.unreadable(); err != nil {
			return nil, err
		}
		w, err := c.next()
		if err != nil {
			return nil, c.ending(err)
		}
		if w != nil {
			return w, nil
		}
		r.waiting.Store(true)
		n, err := c.nc.Read(r.space())
		r.waiting.Store(false)
		if r.filled(n); n == 0 && err != nil {
			return nil, c.ending(unexpected(err))
		}
	}
}

// next returns the next word of what was read, nil if more is to be read for it.
func (c *Conn) next() (any, error) {
	r := &c.in
	for {
		switch {
		case len(r.records) > 0:
			return c.record()
		case len(r.rest) > 0:
			return nil, nil
		case r.chunk > 0:
			if w := c.endChunk(); w != nil {
				return w, nil
			}
		}
		if r.to-r.from < headerSize {
			return nil, nil
		}
		if w, more, err := c.frame(r.buf[r.from:r.to]); w != nil || more || err != nil {
			return w, err
		}
	}
}

// frame looks at the frame with which b begins. It returns the word that the frame completes, or says that there is more of it to be
// read.
func (c *Conn) frame(b []byte) (_ any, more bool, _ error) {
	r := &c.in
	h, err := readHeader(b)
	if err != nil {
		return nil, false, err
	}
	if r.inBlock = h.typ == frameChunk; r.inBlock {
		if err := h.check(b, nil); err != nil {
			return nil, false, err
		}
		return nil, false, c.beginChunk(h)
	}
	end := headerSize + int(h.length)
	if len(b) < end {
		return nil, true, nil
	}
	b = b[:end]
	r.from += end
	payload := b[headerSize:]
	if err := h.check(b, payload); err != nil {
		return nil, false, err
	}
	w, err := c.payload(h, payload)
	return w, false, err
}

// payload takes what a frame other than a chunk holds.
func (c *Conn) payload(h header, payload []byte) (_ any, err error) {
	r := &c.in
	switch h.typ {
	case frameWords:
		if r.long != nil {
			return nil, errors.New("words between the pieces of another")
		}
		r.records = payload
	case framePiece:
		return c.piece(payload)
	case frameOpen:
		if r.blocks[h.stream] != nil {
			return nil, fmt.Errorf("stream %d is opened twice", h.stream)
		}
		r.blocks[h.stream], err = c.open(payload)
	case frameCredit:
		err = c.out.allowed(binary.LittleEndian.Uint32(payload))
	case frameBye:
		err = io.EOF
	}
	return nil, err // a sign of life says nothing
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

// beginChunk lets the bytes of a chunk go to the memory of its block.
func (c *Conn) beginChunk(h header) error {
	r := &c.in
	n := int(h.length)
	if r.credit -= n; r.credit < 0 {
		return fmt.Errorf("%d bytes of blocks more than there was credit for", -r.credit)
	}
	i := r.blocks[h.stream]
	if i == nil {
		return fmt.Errorf("a chunk on stream %d, which is not open", h.stream)
	}
	dest := i.dest(n)
	if dest == nil {
		return fmt.Errorf("a chunk of block %v is longer than what is missing of its output", i.word.Block)
	}
	r.from += headerSize
	have := copy(dest, r.buf[r.from:r.to])
	r.from += have
	r.rest, r.chunk, r.stream = dest[have:], n, h.stream
	return nil
}

// endChunk returns the block of the chunk that was read, if that was the last.
func (c *Conn) endChunk() any {
	r := &c.in
	r.owed += r.chunk
	if r.chunk = 0; r.owed >= r.window/4 {
		r.credit += r.owed
		c.allow(r.owed)
		r.owed = 0
	}
	i := r.blocks[r.stream]
	if !i.full() {
		return nil
	}
	r.blocks[r.stream] = nil
	return i.word
}

// space returns where what is read next belongs. All that was read before has been looked at.
func (r *receiver) space() []byte {
	if len(r.rest) > 0 {
		return r.rest
	}
	if r.from > 0 {
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	}
	if r.inBlock && r.to < sipSize {
		return r.buf[r.to:sipSize]
	}
	return r.buf[r.to:]
}

// filled notes that n bytes were read to where space said.
func (r *receiver) filled(n int) {
	r.reads.Add(1)
	if len(r.rest) > 0 {
		r.rest = r.rest[n:]
	} else {
		r.to += n
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
