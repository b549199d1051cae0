package block

import (
	"fmt"
	"math/bits"
	"runtime/debug"
	"sync/atomic"
)

// Form is how the values of one op are sized and spilled. It must not be copied after first use.
type Form struct {
	// Name is the op's, for messages.
	Name string
	// Size returns the bytes of a value and whether they are known without encoding it. It may be nil: never.
	Size func(v any) (int64, bool)
	// Encode appends a value's bytes. If it is nil, values are never spilled; one for which it fails stays in memory.
	Encode func(dst []byte, v any) ([]byte, error)
	// Decode makes a value of the bytes, which it must not keep.
	Decode func(data []byte) (any, error)
	// Lend returns the memory of a value that is nothing but one stretch of it, such as a slice of numbers; ok is false for
	// others. Make makes such a value of n bytes, and returns its memory to be filled. With them a value is written and read
	// without a buffer of its size. Both may be nil.
	Lend func(v any) (data []byte, ok bool)
	Make func(n int64) (v any, data []byte)
	// Over returns a value whose memory is the bytes that Lend would return of it, for who only looks at it as long as they are
	// there. With it, what is in a file is read for him into pages of the arena, and what another process lends is used where it is.
	// It may be nil.
	Over func(data []byte) any
	// Adopt is Decode for who only looks at the value as long as the bytes are there: it may be in their memory. With it, what is in a file
	// is read for him into pages of the arena. It may be nil.
	Adopt func(data []byte) (any, error)
	// Head returns what Encode puts before n bytes of lent memory, if that is how it encodes them; ok is false if it does so in
	// another way. With it such a value is sent from where it is. It may be nil.
	Head func(n int64) (head []byte, ok bool)

	sampled atomic.Int64 // values whose size was not known
	mean    atomic.Int64 // bytes of a value, a running mean
}

// sampleEvery is how often a value is encoded to learn its size, after the first ones: 1, 2, 4, 8 … are samples.
const sampleEvery = 256

// size returns the bytes that a value is counted with.
func (f *Form) size(v any) int64 {
	if f.Size != nil {
		if n, known := f.Size(v); known {
			return n
		}
	}
	n := f.sampled.Add(1)
	if bits.OnesCount64(uint64(n)) != 1 && n%sampleEvery != 0 || f.Encode == nil {
		return f.mean.Load()
	}
	data, err := f.encode(nil, v)
	if err != nil {
		return f.mean.Load()
	}
	mean := f.mean.Load()
	if n == 1 {
		mean = int64(len(data))
	} else {
		mean += (int64(len(data)) - mean) / 4
	}
	f.mean.Store(mean)
	return int64(len(data))
}

// lend calls the caller's function.
func (f *Form) lend(v any) (data []byte, ok bool) {
	if f.Lend == nil || f.Make == nil {
		return nil, false
	}
	return f.Lend(v)
}

// Parts returns the encoding of a value in the two parts of which the second is its own memory; ok is false if it is not encoded so.
func (f *Form) Parts(v any) (head, data []byte, ok bool) {
	if data, ok = f.lend(v); !ok {
		return nil, nil, false
	}
	head, ok = f.headOf(int64(len(data)))
	return head, data, ok
}

// headOf calls the caller's function.
func (f *Form) headOf(n int64) (head []byte, ok bool) {
	if f.Head == nil {
		return nil, false
	}
	return f.Head(n)
}

// encode calls the caller's function.
func (f *Form) encode(dst []byte, v any) (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the encoder panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return f.Encode(dst, v)
}

// decode calls the caller's function.
func (f *Form) decode(data []byte) (v any, err error) { return f.guarded(f.Decode, data) }

// adopt calls the caller's function.
func (f *Form) adopt(data []byte) (v any, err error) { return f.guarded(f.Adopt, data) }

// guarded calls one of the caller's functions that may panic.
func (f *Form) guarded(decode func([]byte) (any, error), data []byte) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return decode(data)
}

// spillable says whether values can go to files.
func (f *Form) spillable() bool { return f.Encode != nil && f.Decode != nil }
