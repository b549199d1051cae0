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

// encodeLiteral turns a live literal into bytes, by the type that it has.
func encodeLiteral(l graph.Literal) (*graph.Encoded, error) {
	if l.Encoded != nil {
		return l.Encoded, nil
	}
	col, ok := l.Live.(graph.Column)
	if !ok {
		data, err := encodeValue(l.Live, nil)
		return &graph.Encoded{Items: [][]byte{data}}, err
	}
	e := &graph.Encoded{Column: true, Items: make([][]byte, col.Len())}
	var room []byte // items lie one behind the other: a million of them are few allocations
	for k := range e.Items {
		if cap(room)-len(room) < minRoom {
			room = make([]byte, 0, roomSize)
		}
		before := len(room)
		grown, err := encodeValue(col.At(k), room)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", k, err)
		}
		e.Items[k] = grown[before:len(grown):len(grown)]
		room = grown
	}
	return e, nil
}

const (
	roomSize = 64 << 10
	minRoom  = 256
)

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
