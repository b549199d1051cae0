package word

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Decode reads a word of a kind from all of data. What it returns is a pointer, such as *Done. Byte fields of the word refer
// to data if the kind [Kind.Keeps] it; data must not be changed afterwards then.
//
// Nothing is believed: unknown kinds, bytes cut short or left over and numbers out of range are errors, and so are bytes
// that Append would not write, so that equal words are equal bytes. Memory is limited by the length of data and by
// MaxItems.
func Decode(k Kind, data []byte) (any, error) {
	f := k.blank()
	if f == nil {
		return nil, fmt.Errorf("word: decode: unknown %v: use the same release on both sides", k)
	}
	d := decoder{data: data, left: MaxItems}
	f.decode(&d)
	if d.err == nil && d.pos != len(data) {
		d.fail(fmt.Errorf("%d bytes are left over", len(data)-d.pos))
	}
	if d.err != nil {
		return nil, fmt.Errorf("word: decode %v of %d bytes, at byte %d: %w", k, len(data), d.pos, d.err)
	}
	return f, nil
}

var (
	errShort   = errors.New("it is shorter than its content says")
	errLong    = errors.New("a number is longer than it needs to be or has more than 64 bits")
	errRange   = errors.New("a number is out of range")
	errFlag    = errors.New("a flag is neither 0 nor 1")
	errRuns    = errors.New("a run of equal or consecutive items is not written as one")
	errColumns = errors.New("its columns are not equally long")
	errStatus  = errors.New("unknown status")
)

// decoder reads data from pos on. The first mistake is kept; reading goes on with zeros, and lists are empty.
type decoder struct {
	data []byte
	pos  int
	left int // items that the lists may still have
	err  error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *decoder) number() uint64 {
	if d.pos < len(d.data) && d.data[d.pos] < 0x80 && d.err == nil {
		d.pos++
		return uint64(d.data[d.pos-1])
	}
	return d.longNumber()
}

func (d *decoder) longNumber() uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.data[d.pos:])
	switch {
	case n == 0:
		d.fail(errShort)
		return 0
	case n < 0 || d.data[d.pos+n-1] == 0: // the fast path took numbers of one byte
		d.fail(errLong)
		return 0
	}
	d.pos += n
	return v
}

func (d *decoder) signed() int64 {
	u := d.number()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) index() uint32 {
	v := d.number()
	if v > math.MaxUint32 {
		d.fail(errRange)
		return 0
	}
	return uint32(v)
}

func (d *decoder) flag() bool {
	v := d.number()
	if v > 1 {
		d.fail(errFlag)
	}
	return v == 1
}

// take returns the next n bytes, or nothing.
func (d *decoder) take(n uint64) []byte {
	if d.err != nil || n > uint64(len(d.data)-d.pos) {
		d.fail(errShort)
		return nil
	}
	d.pos += int(n)
	return d.data[d.pos-int(n) : d.pos : d.pos]
}

// bytes returns a byte field, nil if it is empty.
func (d *decoder) bytes() []byte {
	n := d.number()
	if n == 0 {
		return nil
	}
	return d.take(n)
}

func (d *decoder) text() string     { return string(d.bytes()) }
func (d *decoder) task() Task       { return Task{Run(d.index()), index(d)} }
func (d *decoder) attempt() Attempt { return Attempt{d.index(), d.index()} }
func (d *decoder) block() Block     { return Block{d.task(), d.attempt()} }
func (d *decoder) input() Input     { return Input{d.block(), Agent(d.index())} }

// count reads the length of a list that is written in runs, so that few bytes may stand for many items.
func (d *decoder) count() int {
	n := d.number()
	if n > uint64(d.left) {
		d.fail(ErrItems)
	}
	if d.err != nil {
		return 0
	}
	d.left -= int(n)
	return int(n)
}

// many reads the length of a list whose items have at least size bytes each.
func (d *decoder) many(size int) int {
	n := d.count()
	if n*size > len(d.data)-d.pos {
		d.fail(errShort)
		return 0
	}
	return n
}
