package link

import (
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// maxCredit limits the credit for chunks that a side may give.
const maxCredit = math.MaxInt32

// minWindow is the smallest window: a chunk must always find credit in the end, whatever is not yet given back.
const minWindow = 2 * maxChunk

// outgoing is a block that is being sent.
type outgoing struct {
	head    []byte
	outputs [][]byte
	output  int // whose turn it is
	sent    int // bytes of it
	stream  uint16
	done    func() // of what was lent: told when nothing of it is read any more; nil otherwise
}

// next returns what is left of the output whose turn it is, nothing if all was sent.
func (o *outgoing) next() []byte {
	for o.output < len(o.outputs) {
		if rest := o.outputs[o.output][o.sent:]; len(rest) > 0 {
			return rest
		}
		o.output, o.sent = o.output+1, 0
	}
	return nil
}

// size returns the bytes of all outputs.
func size(d *word.Delivery) (total int64) {
	for _, o := range d.Outputs {
		total += int64(len(o))
	}
	return total
}

// sendBlock queues a block to be sent on a stream of its own.
func (c *Conn) sendBlock(d *word.Delivery, total int64) error {
	head, err := d.AppendHead(nil)
	if err != nil {
		return err
	}
	if len(head) > maxPayload {
		return c.sendWord(d, false) // thousands of outputs
	}
	s := &c.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.sendable(); err != nil {
		return err
	}
	s.blocks = append(s.blocks, &outgoing{head: head, outputs: d.Outputs})
	s.blockLen += total
	s.wakeWriter()
	return nil
}

// Lend sends a Delivery of a block with one output, whose bytes are in parts that follow each other. They are read until done is
// called, once, by any goroutine and perhaps before Lend returns: when they were written, when the connection ends, or when it has
// ended, which Lend then says. done must not wait.
func (c *Conn) Lend(b word.Block, parts [][]byte, done func()) error {
	total := int64(0)
	for _, p := range parts {
		total += int64(len(p))
	}
	if total <= smallBlock {
		defer done()
		return c.sendWord(&word.Delivery{Block: b, Outputs: [][]byte{slices.Concat(parts...)}}, false)
	}
	o := &outgoing{head: word.AppendHeadOf(nil, b, total), outputs: parts, done: done}
	if err := c.lend(o, total); err != nil {
		done()
		return err
	}
	return nil
}

func (c *Conn) lend(o *outgoing, total int64) error {
	s := &c.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.sendable(); err != nil {
		return err
	}
	if s.written {
		return ErrClosed
	}
	s.blocks = append(s.blocks, o)
	s.blockLen += total
	s.wakeWriter()
	return nil
}

// giveBack tells those who have lent what was not sent that nothing of it is read any more. The writer calls it when it has ended.
func (s *sender) giveBack() {
	s.mu.Lock()
	s.written = true
	var left []*outgoing
	for id, o := range s.under {
		if o != nil {
			left = append(left, o)
		}
		s.under[id] = nil
	}
	left = append(left, s.blocks...)
	s.blocks = nil
	s.mu.Unlock()
	for _, o := range left {
		if o.done != nil {
			o.done()
		}
	}
}

// begin gives free streams to waiting blocks. The lock is held.
func (s *sender) begin(r *round) {
	for id := range s.under {
		if len(s.blocks) == 0 {
			return
		}
		if s.under[id] != nil {
			continue
		}
		o := s.blocks[0]
		s.blocks[0] = nil
		s.blocks = s.blocks[1:]
		o.stream = uint16(id)
		s.under[id] = o
		r.control = appendFrame(r.control, frameOpen, o.stream, o.head)
		o.head = nil
	}
}

// choose returns the stream that may send next, in turn, nil if none may. The lock is held.
func (s *sender) choose() *outgoing {
	for k := range s.under {
		id := (s.next + k) % streams
		o := s.under[id]
		if o == nil {
			continue
		}
		if min(len(o.next()), maxChunk) <= s.credit {
			s.next = (id + 1) % streams
			return o
		}
	}
	return nil
}

// chunk takes the next bytes of a block and ends its stream with the last. The lock is held.
func (s *sender) chunk(o *outgoing) (data []byte, id uint16, last bool) {
	data = o.next()
	data = data[:min(len(data), maxChunk)]
	o.sent += len(data)
	s.credit -= len(data)
	s.blockLen -= int64(len(data))
	if last = o.next() == nil; last {
		s.under[o.stream] = nil
	}
	return data, o.stream, last
}

// incoming is a block that is being received.
type incoming struct {
	word   *word.Delivery
	output int // the one that bytes are missing of
	filled int // bytes of it
}

// alignment of outputs in the memory of a block, so that arrays in them are aligned for any instruction.
const alignment = 64

// open makes the memory of a block that was announced.
func (c *Conn) open(head []byte) (*incoming, error) {
	d, lengths, err := word.DecodeHead(head)
	if err != nil {
		return nil, err
	}
	bytes, memory := int64(0), int64(0)
	for _, n := range lengths {
		if n > int64(c.options.MaxBlock)-bytes {
			return nil, fmt.Errorf("block %v has more than %d bytes: raise MaxBlock, or use smaller chunks", d.Block, c.options.MaxBlock)
		}
		bytes += n
		memory = (memory+alignment-1)&^(alignment-1) + n
	}
	if bytes == 0 {
		return nil, fmt.Errorf("block %v has a stream and no bytes", d.Block)
	}
	buffer := c.options.Buffer(int(memory))
	if len(buffer) != int(memory) {
		return nil, fmt.Errorf("Options.Buffer returned %d bytes instead of %d", len(buffer), memory)
	}
	d.Outputs = make([][]byte, len(lengths))
	at := 0
	for k, n := range lengths {
		at = (at + alignment - 1) &^ (alignment - 1)
		end := at + int(n)
		d.Outputs[k] = buffer[at:end:end]
		at = end
	}
	return &incoming{word: d}, nil
}

// dest returns where the next n bytes of the block belong, nil if they are not all of one output.
func (i *incoming) dest(n int) []byte {
	outputs := i.word.Outputs
	for i.output < len(outputs) && i.filled == len(outputs[i.output]) {
		i.output, i.filled = i.output+1, 0
	}
	if i.output == len(outputs) || n > len(outputs[i.output])-i.filled {
		return nil
	}
	i.filled += n
	return outputs[i.output][i.filled-n : i.filled]
}

// full reports whether all bytes are there.
func (i *incoming) full() bool {
	if i.filled < len(i.word.Outputs[i.output]) {
		return false
	}
	for _, o := range i.word.Outputs[i.output+1:] {
		if len(o) > 0 {
			return false
		}
	}
	return true
}
