package tile

import (
	"sync"

	"github.com/braid-compute/braid/internal/invariants"
	"github.com/braid-compute/braid/ndarray"
)

// A Scratch lends arrays to who needs them only until it gives them back: their memory then serves the next ones. What is made out of
// them must not lie in it. A nil Scratch makes arrays that stay.
type Scratch struct{ lent []ndarray.Untyped }

// spares are arrays that were given back, by type. The garbage collector takes those that nobody wants.
var spares [ndarray.Complex128 + 1]sync.Pool

const (
	// leastLent is the number of elements below which making an array costs less than keeping it.
	leastLent = 64 << 10
	// mostSpare is how many times as large as wanted a spare array may be.
	mostSpare = 4
)

// Empty returns an array whose elements may be anything.
func (s *Scratch) Empty(d ndarray.DType, shape ...int) (ndarray.Untyped, error) {
	n, err := ndarray.Size(shape...)
	if err != nil {
		return nil, err
	}
	if s == nil || n < leastLent || !d.Valid() {
		return ndarray.Empty(d, shape...)
	}
	if u, ok := spares[d].Get().(ndarray.Untyped); ok && u.Size() >= n && u.Size()/mostSpare <= n {
		s.lent = append(s.lent, u)
		return ndarray.View(u, ndarray.RowMajor(shape...))
	}
	u, err := ndarray.Empty(d, n)
	if err != nil {
		return nil, err
	}
	s.lent = append(s.lent, u)
	return ndarray.View(u, ndarray.RowMajor(shape...))
}

// Release gives all arrays back.
func (s *Scratch) Release() {
	for _, u := range s.lent {
		if invariants.Enabled {
			invariants.Mangle(at[byte](base(u), u.Size()*u.DType().Size()))
		}
		spares[u.DType()].Put(u)
	}
	clear(s.lent)
	s.lent = s.lent[:0]
}
