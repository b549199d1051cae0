package exec

import (
	"bytes"
	"sync"

	"github.com/braid-compute/braid/internal/block"
)

// Encoded is a value as bytes of package codec, as it came from another process: the function that takes it decodes it,
// because only its type says how.
type Encoded struct {
	Data []byte
	Lent bool // the bytes serve something else afterwards: what is made of them must not be in them

	once  sync.Once
	value any
	err   error
}

// Value returns what decode makes of the bytes. It is decoded once and shared, since whoever takes a value treats it as
// read-only; all who take one value take it as the same type.
func (e *Encoded) Value(decode func([]byte) (any, error)) (any, error) {
	e.once.Do(func() {
		e.value, e.err = decode(e.Data)
	})
	return e.value, e.err
}

// EncodedForm is the form of an [*Encoded] in a store: its bytes as they are.
var EncodedForm = &block.Form{
	Name:   "bytes of another process",
	Size:   func(v any) (int64, bool) { return int64(len(v.(*Encoded).Data)), true },
	Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.(*Encoded).Data...), nil },
	Decode: func(data []byte) (any, error) { return &Encoded{Data: bytes.Clone(data)}, nil },
	Lend: func(v any) ([]byte, bool) {
		data := v.(*Encoded).Data
		return data, len(data) > 0
	},
	Make: func(n int64) (any, []byte) {
		data := make([]byte, n)
		return &Encoded{Data: data}, data
	},
	Over: func(data []byte) any { return &Encoded{Data: data} },
	Head: func(int64) ([]byte, bool) { return nil, true },
}
