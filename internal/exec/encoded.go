package exec

import "sync"

// Encoded is a value as bytes of package codec, as it came from another process: the function that takes it decodes it,
// because only its type says how.
type Encoded struct {
	Data []byte

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
