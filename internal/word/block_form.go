package word

import (
	"fmt"
	"math"
)

// The binary forms of what is said about blocks.

func (s *Subscribe) encode(e *encoder) { e.blockList(s.Blocks) }
func (s *Subscribe) decode(d *decoder) { s.Blocks = d.blockList() }

func (u *Unsubscribe) encode(e *encoder) { e.blockList(u.Blocks) }
func (u *Unsubscribe) decode(d *decoder) { u.Blocks = d.blockList() }

func (n *NotHere) encode(e *encoder) { e.blockList(n.Blocks) }
func (n *NotHere) decode(d *decoder) { n.Blocks = d.blockList() }

// MaxOutputs limits the outputs of a block.
const MaxOutputs = math.MaxUint16

func (v *Delivery) encode(e *encoder) {
	v.encodeHead(e)
	for _, output := range v.Outputs {
		e.b = append(e.b, output...)
	}
}

func (v *Delivery) decode(d *decoder) {
	lengths := v.decodeHead(d)
	v.Outputs = alloc[[]byte](len(lengths))
	for k, n := range lengths {
		v.Outputs[k] = d.take(uint64(n))
	}
}

func (v *Delivery) encodeHead(e *encoder) {
	e.block(v.Block)
	if len(v.Outputs) > MaxOutputs {
		e.fail("it has %d outputs: at most %d", len(v.Outputs), MaxOutputs)
		return
	}
	e.count(len(v.Outputs))
	for _, output := range v.Outputs {
		e.number(uint64(len(output)))
	}
}

func (v *Delivery) decodeHead(d *decoder) []int64 {
	v.Block = d.block()
	n := d.many(1)
	if n > MaxOutputs {
		d.fail(fmt.Errorf("it has %d outputs: at most %d", n, MaxOutputs))
		return nil
	}
	lengths := alloc[int64](n)
	total := uint64(0)
	for k := range lengths {
		length := d.number()
		if total += length; length > math.MaxInt64 || total > math.MaxInt64 {
			d.fail(errRange)
			return nil
		}
		lengths[k] = int64(length)
	}
	return lengths
}

// AppendHead appends the part of the binary form that stands before the bytes of the outputs, for those who send the bytes
// apart.
func (v *Delivery) AppendHead(dst []byte) ([]byte, error) {
	e := encoder{b: dst, left: MaxItems}
	v.encodeHead(&e)
	if e.err != nil {
		return dst, fmt.Errorf("word: append head of Delivery: %w", e.err)
	}
	return e.b, nil
}

// AppendHeadOf appends the head of a Delivery with one output of so many bytes.
func AppendHeadOf(dst []byte, b Block, bytes int64) []byte {
	e := encoder{b: dst, left: MaxItems}
	e.block(b)
	e.count(1)
	e.number(uint64(bytes))
	return e.b
}

// DecodeHead reads what AppendHead wrote: the word without its outputs, and their lengths, whose sum is a number of 63
// bits.
func DecodeHead(data []byte) (*Delivery, []int64, error) {
	d := decoder{data: data, left: MaxItems}
	v := new(Delivery)
	lengths := v.decodeHead(&d)
	if d.err == nil && d.pos != len(data) {
		d.fail(fmt.Errorf("%d bytes are left over", len(data)-d.pos))
	}
	if d.err != nil {
		return nil, nil, fmt.Errorf("word: decode head of Delivery of %d bytes, at byte %d: %w", len(data), d.pos, d.err)
	}
	return v, lengths, nil
}
