package word

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxItems limits the items of all lists of a word together: some bytes may stand for many items, so the length of a word does
// not limit them. [Split] cuts longer lists.
const MaxItems = 1 << 20

// ErrItems is the error of a word whose lists have more than MaxItems items.
var ErrItems = fmt.Errorf("its lists have more than %d items", MaxItems)

// MaxBytes limits the bytes of a word on a connection between processes, blocks aside, where nothing else is agreed on.
const MaxBytes = 1 << 30

// ErrBytes is the error of a word that has more bytes than its connection takes.
var ErrBytes = errors.New("the word is too long")

// Append appends the binary form of a word, a pointer as [Decode] returns it, to dst. It does not say of which kind the
// word is; see [KindOf]. Without an error [Decode] reads it back.
func Append(dst []byte, w any) ([]byte, error) {
	f, ok := w.(form)
	if !ok {
		return dst, fmt.Errorf("word: append: a %T is not a word; words are pointers, such as *word.Done", w)
	}
	e := encoder{b: dst, left: MaxItems}
	f.encode(&e)
	if e.err != nil {
		return dst, fmt.Errorf("word: append %v: %w", f.kind(), e.err)
	}
	return e.b, nil
}

// encoder appends to b. The first mistake is kept, and what is written after it is of no use.
type encoder struct {
	b    []byte
	left int // items that the lists may still have
	err  error
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (e *encoder) number(v uint64) {
	for v >= 0x80 {
		e.b = append(e.b, byte(v)|0x80)
		v >>= 7
	}
	e.b = append(e.b, byte(v))
}

func (e *encoder) signed(v int64)    { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) index(v uint32)    { e.number(uint64(v)) }
func (e *encoder) text(s string)     { e.number(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) bytes(s []byte)    { e.number(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) task(t Task)       { e.index(uint32(t.Run)); e.index(uint32(t.Index)) }
func (e *encoder) attempt(a Attempt) { e.index(a.Term); e.index(a.Count) }
func (e *encoder) block(b Block)     { e.task(b.Task); e.attempt(b.Attempt) }
func (e *encoder) input(i Input)     { e.block(i.Block); e.index(uint32(i.Holder)) }

func (e *encoder) flag(v bool) {
	if v {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

// count writes the length of a list. It returns false if the list is too long to be read back.
func (e *encoder) count(n int) bool {
	if n > e.left {
		e.fail("%w: split it", ErrItems)
		return false
	}
	e.left -= n
	e.number(uint64(n))
	return true
}
