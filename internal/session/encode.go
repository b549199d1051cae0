package session

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// literals turns live literals into bytes, by the types that they have. What is small lies one behind the other: a million of them are few
// allocations.
type literals struct {
	room []byte
}

// one is the encoding of a literal that is no column, in one piece of memory.
type one struct {
	encoded graph.Encoded
	item    [1][]byte
}

func (ls *literals) encode(l graph.Literal) (*graph.Encoded, error) {
	if l.Encoded != nil {
		return l.Encoded, nil
	}
	col, ok := l.Live.(graph.Column)
	if !ok {
		o := new(one)
		o.encoded.Items = o.item[:]
		var err error
		o.item[0], err = ls.value(l.Live)
		return &o.encoded, err
	}
	e := &graph.Encoded{Column: true, Items: make([][]byte, col.Len())}
	for k := range e.Items {
		var err error
		if e.Items[k], err = ls.value(col.At(k)); err != nil {
			return nil, fmt.Errorf("item %d: %w", k, err)
		}
	}
	return e, nil
}

// Bytes of the memory that small values share, and of what must be left of it for one more.
const (
	roomSize = 64 << 10
	minRoom  = 256
)

// value returns the encoding of a value, behind that of the one before if there is room.
func (ls *literals) value(v any) ([]byte, error) {
	if cap(ls.room)-len(ls.room) < minRoom {
		ls.room = make([]byte, 0, min(max(2*cap(ls.room), minRoom), roomSize))
	}
	before := len(ls.room)
	grown, err := encodeValue(v, ls.room)
	if err != nil {
		return nil, err
	}
	ls.room = grown
	return grown[before:len(grown):len(grown)], nil
}

// encodeValue appends the encoding of a value. nil, the zero value of interfaces and pointers, is no bytes.
func encodeValue(v any, dst []byte) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return dst, nil
	case *exec.Encoded:
		return append(dst, v.Data...), nil
	}
	c, err := codec.For(reflect.TypeOf(v))
	if err != nil {
		return dst, err
	}
	return c.Append(dst, v)
}

// failureOf makes of an outcome what this process knows of a failure.
func failureOf(o word.Outcome) *exec.Failure {
	switch o.Status {
	case word.StatusCancelled:
		return &exec.Failure{Reason: exec.ReasonCancelled, Err: exec.ErrCancelled}
	case word.StatusFailed, word.StatusInput:
		if len(o.Data) == 0 {
			return &exec.Failure{Reason: exec.ReasonCancelled, Err: exec.ErrCancelled}
		}
		f := word.DecodeFailure(o.Data)
		return &exec.Failure{Reason: exec.Reason(f.Reason), Attempt: f.Attempt, Err: f.Err(), Stack: f.Stack}
	}
	return &exec.Failure{Reason: exec.ReasonError, Err: errors.New(string(o.Data))}
}
